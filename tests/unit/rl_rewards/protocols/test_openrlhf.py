import pytest

from assay.domain.reward import Reward, RewardStatus
from assay.domain.rollout import Rollout
from assay.domain.sample import Message
from assay.web.problems import ProblemError
from assay_rl_rewards.engine import UnreadRollout
from assay_rl_rewards.protocols.openrlhf import (
    EXAMPLE,
    OpenRlhfRequest,
    read_rollouts,
    write_answer,
)


def make_reward(number: float | None, status: RewardStatus = RewardStatus.OK) -> Reward:
    return Reward(
        reward=number,
        status=status,
        parts={} if number is None else {"correctness": number},
        reason="why",
        verifier="math",
        version="1",
        milliseconds=1.0,
    )


def read_one(**changes: object) -> Rollout | UnreadRollout:
    (found,) = read_rollouts(OpenRlhfRequest.model_validate(EXAMPLE | changes), None)
    return found


def test_published_request_becomes_a_rollout() -> None:
    assert read_one() == Rollout(
        "math",
        (Message("user", "What is 12 * 12?"),),
        "It is \\boxed{144}.<|end_of_text|>",
        "144",
    )


def test_token_before_the_prompt_does_not_hide_it() -> None:
    query = "<s>" + EXAMPLE["query"][0]
    assert read_one(query=[query]) == read_one()


def test_query_without_its_prompt_is_not_taken_for_a_response() -> None:
    found = read_one(query=["It is \\boxed{144}."])
    assert isinstance(found, UnreadRollout)
    assert "begins with its prompt" in found.reason


@pytest.mark.parametrize(
    ("label", "domain", "expected"),
    [
        ("144", "math", ("math", "144")),
        (144, "math", ("math", 144)),
        ('{"domain": "science", "reference": "B"}', "math", ("science", "B")),
        ('{"a": 1}', "structured_output", ("structured_output", '{"a": 1}')),
        ("{not json", "math", ("math", "{not json")),
        ({"a": 1}, "structured_output", ("structured_output", {"a": 1})),
        (["x", "y"], "logical_reasoning", ("logical_reasoning", ["x", "y"])),
    ],
)
def test_label_is_the_task_or_its_reference(
    label: object, domain: str, expected: tuple[str, object]
) -> None:
    request = OpenRlhfRequest.model_validate(EXAMPLE | {"labels": [label]})
    (found,) = read_rollouts(request, domain)
    assert isinstance(found, Rollout)
    assert (found.domain, found.reference) == expected


@pytest.mark.parametrize(
    ("label", "told"),
    [
        ("144", "expected a domain"),
        ({"domain": 3}, "expected a text as domain"),
        ({"domain": "math", "params": [1]}, "expected an object as params"),
        ({"domain": "math", "messages": "hello"}, "expected a list of messages"),
        ({"domain": "math", "messages": [{"role": "user"}]}, "role and content"),
    ],
)
def test_label_that_does_not_fit_is_told(label: object, told: str) -> None:
    found = read_one(labels=[label])
    assert isinstance(found, UnreadRollout)
    assert told in found.reason


def test_lists_of_different_lengths_are_refused() -> None:
    request = OpenRlhfRequest.model_validate(EXAMPLE | {"labels": []})
    with pytest.raises(ValueError, match="shorter"):
        read_rollouts(request, None)


def test_answer_has_one_number_a_query_and_logs_of_parts() -> None:
    answer = write_answer([make_reward(1.0), make_reward(-0.5)])
    assert answer.model_dump() == {
        "rewards": [1.0, -0.5],
        "scores": [1.0, 0.0],
        "extra_logs": {"correctness": [1.0, -0.5]},
    }


@pytest.mark.parametrize(
    ("status", "http_status"), [(RewardStatus.JUDGE_FAILED, 503), (RewardStatus.INVALID_TASK, 422)]
)
def test_null_is_no_zero(status: RewardStatus, http_status: int) -> None:
    with pytest.raises(ProblemError) as failed:
        write_answer([make_reward(1.0), make_reward(None, status)])
    assert failed.value.problem.kind.status == http_status
