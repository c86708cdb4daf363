import json
from typing import Any

import pytest

from assay.domain.reward import Reward, RewardStatus
from assay.domain.rollout import Rollout
from assay.domain.sample import Message
from assay.web.problems import ProblemError
from assay_rl_rewards.engine import UnreadRollout
from assay_rl_rewards.keeping.record import KeptReward, from_batch, to_batch
from assay_rl_rewards.protocols.slime import EXAMPLE, SlimeRequest, read_rollout, write_answer


def make_reward(number: float | None) -> Reward:
    return Reward(
        reward=number,
        status=RewardStatus.OK if number is not None else RewardStatus.OVERLOADED,
        parts={"correctness": 1.0},
        reason="why",
        verifier="math",
        version="1",
        milliseconds=1.0,
    )


def test_published_request_becomes_a_rollout() -> None:
    found = read_rollout(SlimeRequest.model_validate(EXAMPLE), None)
    assert found == Rollout(
        "math", (Message("user", "What is 12 * 12?"),), "It is \\boxed{144}.", "144"
    )


def test_prompt_may_be_messages_and_label_the_reference() -> None:
    request = SlimeRequest.model_validate(
        {"prompt": [{"role": "user", "content": "2 + 2?"}], "response": "4", "label": "4"}
    )
    assert read_rollout(request, "math") == Rollout("math", (Message("user", "2 + 2?"),), "4", "4")


def test_prompt_of_another_form_is_told() -> None:
    request = SlimeRequest.model_validate({"prompt": [{"role": "user"}], "response": "4"})
    found = read_rollout(request, "math")
    assert isinstance(found, UnreadRollout)


@pytest.mark.parametrize(
    "label",
    [
        {"domain": "math", "reference": json.loads("[" * 129 + "]" * 129)},
        {"domain": "math", "reference": "4", "params": {"at": json.loads("[" * 128 + "]" * 128)}},
        {"domain": "math", "reference": float("nan")},
        json.loads("[" * 129 + "]" * 129),
    ],
)
def test_label_that_would_not_be_kept_as_it_is_has_no_reward(label: Any) -> None:
    found = read_rollout(SlimeRequest(prompt="2 + 2?", response="4", label=label), "math")
    assert isinstance(found, UnreadRollout)


def test_deepest_label_is_kept_and_read_back() -> None:
    label = json.loads("[" * 128 + "]" * 128)
    rollout = read_rollout(SlimeRequest(prompt="2 + 2?", response="4", label=label), "math")
    assert isinstance(rollout, Rollout)
    kept = KeptReward(0, rollout, make_reward(1.0))
    assert list(from_batch(to_batch([kept]))) == [kept]


def test_answer_holds_the_number_under_reward() -> None:
    assert write_answer(make_reward(0.25)).model_dump() == {
        "reward": 0.25,
        "status": "ok",
        "parts": {"correctness": 1.0},
        "reason": "why",
    }


def test_null_is_asked_for_again() -> None:
    with pytest.raises(ProblemError) as failed:
        write_answer(make_reward(None))
    assert failed.value.problem.retry_after_seconds == 1
