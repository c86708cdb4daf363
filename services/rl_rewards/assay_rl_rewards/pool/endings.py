"""How an item ends: what a worker's last word, or its death, means for the answer it was at.

The answer's doing is a zero: it met its deadline, took all memory (of a fresh worker, the second
time), made a verifier fail, or killed a worker twice. The task's doing is `invalid_task`, the
machine's is null after one more attempt.
"""

from assay.domain.reward import RewardStatus
from assay_rl_rewards.pool.frames import Reply, ReplyKind
from assay_rl_rewards.pool.jobs import (
    CRASHED_TWICE,
    OUT_OF_MEMORY,
    TASK_CRASHED,
    TASK_OUT_OF_MEMORY,
    TASK_TOO_SLOW,
    TOO_SLOW,
    WORKER_LOST,
    Job,
    Outcome,
    ungraded,
    worthless,
)
from assay_rl_rewards.pool.observer import EndCause
from assay_rl_rewards.verifier import Grade

MAX_ATTEMPTS = 2


def outcome_of(job: Job, reply: Reply) -> Outcome | None:
    """Return the outcome that a worker's word on an answer stands for; None: it is tried once more.

    What a worker keeps counts against its memory, so the first to take all of it may have met what
    others left; it is tried on a fresh worker.
    """
    if reply.kind is ReplyKind.MEMORY and not job.is_for_fresh:
        job.is_for_fresh = True
        return None
    if reply.kind is ReplyKind.GRADED:
        grade = Grade(reply.score, reply.reason, reply.extracted, reply.parts)
        return Outcome(RewardStatus.OK, grade, reply.reason, reply.milliseconds)
    if reply.kind is ReplyKind.INVALID_TASK:
        return _invalid(reply.reason, reply.milliseconds)
    if reply.kind is ReplyKind.TIMEOUT:
        return _timed_out(reply.milliseconds, is_task=reply.is_task)
    if reply.kind is ReplyKind.MEMORY:
        if reply.is_task:
            return _invalid(TASK_OUT_OF_MEMORY, reply.milliseconds)
        return worthless(RewardStatus.CRASHED, OUT_OF_MEMORY, reply.milliseconds)
    if reply.is_task:
        return _invalid(f"the verifier failed on this task: {reply.reason}", reply.milliseconds)
    reason = f"the verifier failed on this answer: {reply.reason}"
    return worthless(RewardStatus.CRASHED, reason, reply.milliseconds)


def outcome_of_death(
    job: Job, cause: EndCause, milliseconds: float, *, is_task: bool
) -> Outcome | None:
    """Return the outcome of the answer that a worker died at; None: it is tried once more.

    `is_task`: the worker was reading the task, and had not looked at the answer.
    """
    if cause is EndCause.TIMEOUT:
        return _timed_out(milliseconds, is_task=is_task)
    if cause is EndCause.CRASHED:
        job.num_crashes += 1
        if job.num_crashes < MAX_ATTEMPTS:
            return None
        if is_task:
            return _invalid(TASK_CRASHED, milliseconds)
        return worthless(RewardStatus.CRASHED, CRASHED_TWICE, milliseconds)
    job.num_losses += 1
    if job.num_losses < MAX_ATTEMPTS:
        return None
    return ungraded(RewardStatus.CRASHED, WORKER_LOST)


def _timed_out(milliseconds: float, *, is_task: bool) -> Outcome:
    if is_task:
        return _invalid(TASK_TOO_SLOW, milliseconds)
    return worthless(RewardStatus.TIMEOUT, TOO_SLOW, milliseconds)


def _invalid(reason: str, milliseconds: float) -> Outcome:
    return Outcome(RewardStatus.INVALID_TASK, None, reason, milliseconds)
