"""Zero is what an answer brings upon itself; null is what the machine or the task does."""

import pytest

from assay.domain.reward import RewardStatus
from assay_rl_rewards.pool.endings import outcome_of, outcome_of_death
from assay_rl_rewards.pool.frames import Reply, ReplyKind
from assay_rl_rewards.pool.jobs import Job, Outcome
from assay_rl_rewards.pool.observer import EndCause

Ending = tuple[RewardStatus, float | None]


def _job() -> Job:
    return Job(1, b"key", "math", b"{}", b"", 0.0)


def _ending(outcome: Outcome | None) -> Ending:
    assert outcome is not None
    return outcome.status, None if outcome.grade is None else outcome.grade.score


@pytest.mark.parametrize(
    ("reply", "ending"),
    [
        (Reply(kind=ReplyKind.GRADED, score=0.5), (RewardStatus.OK, 0.5)),
        (Reply(kind=ReplyKind.INVALID_TASK), (RewardStatus.INVALID_TASK, None)),
        (Reply(kind=ReplyKind.TIMEOUT), (RewardStatus.TIMEOUT, 0.0)),
        (Reply(kind=ReplyKind.FAILED), (RewardStatus.CRASHED, 0.0)),
        (Reply(kind=ReplyKind.TIMEOUT, is_task=True), (RewardStatus.INVALID_TASK, None)),
        (Reply(kind=ReplyKind.FAILED, is_task=True), (RewardStatus.INVALID_TASK, None)),
    ],
)
def test_last_word_of_a_worker_ends_an_item(reply: Reply, ending: Ending) -> None:
    assert _ending(outcome_of(_job(), reply)) == ending


@pytest.mark.parametrize(
    ("is_task", "ending"),
    [(False, (RewardStatus.CRASHED, 0.0)), (True, (RewardStatus.INVALID_TASK, None))],
)
def test_first_to_take_all_memory_is_tried_on_a_fresh_worker(is_task: bool, ending: Ending) -> None:
    job, reply = _job(), Reply(kind=ReplyKind.MEMORY, is_task=is_task)
    assert outcome_of(job, reply) is None
    assert job.is_for_fresh
    assert _ending(outcome_of(job, reply)) == ending


def test_first_crash_is_tried_again_and_the_second_is_the_answers_doing() -> None:
    job = _job()
    assert outcome_of_death(job, EndCause.CRASHED, 1.0, is_task=False) is None
    outcome = outcome_of_death(job, EndCause.CRASHED, 1.0, is_task=False)
    assert outcome is not None and outcome.grade is not None
    assert (outcome.status, outcome.grade.score) == (RewardStatus.CRASHED, 0.0)


@pytest.mark.parametrize("cause", [EndCause.LOST, EndCause.STUCK])
def test_second_loss_through_no_fault_of_the_answer_is_null(cause: EndCause) -> None:
    job = _job()
    assert outcome_of_death(job, cause, 1.0, is_task=False) is None
    outcome = outcome_of_death(job, cause, 1.0, is_task=False)
    assert outcome is not None
    assert (outcome.status, outcome.grade) == (RewardStatus.CRASHED, None)


def test_a_loss_does_not_count_as_a_crash() -> None:
    job = _job()
    assert outcome_of_death(job, EndCause.LOST, 1.0, is_task=False) is None
    assert outcome_of_death(job, EndCause.CRASHED, 1.0, is_task=False) is None


def test_deadline_is_not_tried_again() -> None:
    outcome = outcome_of_death(_job(), EndCause.TIMEOUT, 2500.0, is_task=False)
    assert outcome is not None and outcome.grade is not None
    assert (outcome.status, outcome.grade.score) == (RewardStatus.TIMEOUT, 0.0)


@pytest.mark.parametrize(("cause", "attempts"), [(EndCause.TIMEOUT, 1), (EndCause.CRASHED, 2)])
def test_death_while_reading_the_task_is_not_laid_to_the_answer(
    cause: EndCause, attempts: int
) -> None:
    job = _job()
    outcomes = [outcome_of_death(job, cause, 1.0, is_task=True) for _ in range(attempts)]
    last = outcomes[-1]
    assert last is not None
    assert (last.status, last.grade) == (RewardStatus.INVALID_TASK, None)
