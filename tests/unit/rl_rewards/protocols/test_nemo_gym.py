import json

import pytest

from assay.domain.reward import Reward, RewardStatus
from assay.domain.rollout import Rollout
from assay.domain.sample import Message
from assay_rl_rewards.engine import UnreadRollout
from assay_rl_rewards.protocols.nemo_gym import (
    EXAMPLE,
    VerifyRequest,
    aggregate,
    read_rollout,
    write_answer,
)


def request_of(**changes: object) -> VerifyRequest:
    return VerifyRequest.model_validate(EXAMPLE | changes)


def make_reward(number: float | None) -> Reward:
    return Reward(
        reward=number,
        status=RewardStatus.OK if number is not None else RewardStatus.JUDGE_FAILED,
        parts={} if number is None else {"correctness": number},
        reason="why",
        verifier="math",
        version="1",
        milliseconds=1.0,
    )


def test_published_row_becomes_a_rollout() -> None:
    found = read_rollout(request_of())
    assert found == Rollout(
        "math", (Message("user", "What is 12 * 12?"),), "It is \\boxed{144}.", "144"
    )


def test_task_may_stand_in_the_verifier_metadata() -> None:
    row = {k: v for k, v in EXAMPLE.items() if k not in ("domain", "reference")}
    row["verifier_metadata"] = {"domain": "science", "reference": "B", "params": {"options": 4}}
    found = read_rollout(VerifyRequest.model_validate(row))
    assert isinstance(found, Rollout)
    assert (found.domain, found.reference, found.params) == ("science", "B", {"options": 4})


def test_last_message_alone_is_graded_and_a_cut_one_is_known() -> None:
    def text(value: str) -> dict[str, object]:
        return {"type": "message", "content": [{"type": "output_text", "text": value}]}

    response = {
        "output": [text("\\boxed{144}"), {"type": "reasoning", "summary": []}, text("no idea")],
        "incomplete_details": {"reason": "max_output_tokens"},
    }
    found = read_rollout(request_of(response=response))
    assert isinstance(found, Rollout)
    assert found.response == "no idea"
    assert found.is_truncated
    nothing = read_rollout(request_of(response={"output": []}))
    assert isinstance(nothing, Rollout)
    assert nothing.response == ""


def test_instructions_and_parts_of_a_prompt_are_read() -> None:
    params = {
        "instructions": "Be brief.",
        "input": [
            {"role": "developer", "content": [{"type": "input_text", "text": "Use SI units."}]},
            {"role": "user", "content": "How far?"},
            {"type": "function_call_output", "output": "12"},
        ],
    }
    found = read_rollout(request_of(responses_create_params=params))
    assert isinstance(found, Rollout)
    assert found.messages == (
        Message("system", "Be brief."),
        Message("system", "Use SI units."),
        Message("user", "How far?"),
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"domain": None},
        {"language": ["en"]},
        {"params": [1]},
        {"params": "{}"},
        {"params": {"tolerance": float("nan")}},
        {"reference": float("inf")},
        {"reference": json.loads("[" * 129 + "]" * 129)},
        {"responses_create_params": {"input": 3}},
        {"responses_create_params": {"input": [{"role": "pirate", "content": "a"}]}},
    ],
)
def test_row_that_does_not_fit_is_told(changes: dict[str, object]) -> None:
    found = read_rollout(request_of(**changes))
    assert isinstance(found, UnreadRollout)
    assert found.reason.startswith("expected ")


def test_deepest_reference_of_v1_is_taken_here_too() -> None:
    reference = json.loads("[" * 128 + "]" * 128)
    found = read_rollout(request_of(reference=reference))
    assert isinstance(found, Rollout)
    assert found.reference == reference


def test_answer_is_the_row_with_its_reward() -> None:
    answer = write_answer(request_of(), make_reward(0.5))
    assert {k: answer[k] for k in EXAMPLE} == EXAMPLE
    assert answer["reward"] == 0.5
    assert answer["reward_components"] == {"correctness": 0.5}
    assert "_ng_failure_class" not in answer


def test_null_goes_the_way_of_a_failed_judge_and_out_of_the_metrics() -> None:
    failed = write_answer(request_of(), make_reward(None))
    assert failed["_ng_failure_class"] == "judge_failed"
    assert failed["_ng_failure_judge_error"] == "judge_failed: why"
    metrics = aggregate([write_answer(request_of(), make_reward(1.0)), failed])
    assert metrics.key_metrics == {"mean/reward": 1.0}


def test_metrics_are_those_of_a_reward_profile() -> None:
    rows: list[dict[str, object]] = [
        {"_ng_task_index": 0, "_ng_rollout_index": 0, "reward": 1.0, "is_short": True},
        {"_ng_task_index": 0, "_ng_rollout_index": 1, "reward": 0.0, "is_short": False},
        {"_ng_task_index": 4, "_ng_rollout_index": 0, "reward": 0.5, "text": "no number"},
    ]
    metrics = aggregate(rows)
    assert [group["_ng_task_index"] for group in metrics.group_level_metrics] == [0, 4]
    first, second = metrics.group_level_metrics
    assert (first["mean/reward"], first["max/reward"], first["min/reward"]) == (0.5, 1.0, 0.0)
    assert first["std/reward"] == pytest.approx(0.7071067811865476)
    assert (first["num_rollouts"], second["std/reward"]) == (2, 0.0)
    assert metrics.agent_metrics["median/reward"] == 0.5
    assert metrics.key_metrics == {"mean/reward": 0.5, "mean/is_short": 0.5}
    assert aggregate([]).model_dump() == {
        "group_level_metrics": [],
        "agent_metrics": {},
        "key_metrics": {},
    }
