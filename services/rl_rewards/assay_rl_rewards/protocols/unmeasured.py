"""What a protocol without nulls is told: that there is no reward, never that it is 0."""

from collections.abc import Sequence

from assay.domain.reward import Reward, RewardStatus
from assay.web.problems import Kind, Problem, ProblemError

UNMEASURED = Kind(503, "reward-unmeasured", "A reward could not be measured", True)
UNFIT = Kind(422, "task-invalid", "A task cannot be graded", False)
RETRY_SECONDS = 1


def measured(rewards: Sequence[Reward]) -> list[float]:
    """Return the numbers of rewards.

    Raises:
        ProblemError: one is null: 422 where its task is the reason, else 503, to be asked again.
    """
    for reward in rewards:
        if reward.reward is None:
            raise ProblemError(_problem(reward))
    return [reward.reward for reward in rewards if reward.reward is not None]


def _problem(reward: Reward) -> Problem:
    status, detail = reward.status, f"expected a reward, found {reward.status}: {reward.reason}"
    extra = {"reward_status": status.value}
    if status is RewardStatus.INVALID_TASK:
        return Problem(UNFIT, detail, extra=extra)
    return Problem(UNMEASURED, detail, retry_after_seconds=RETRY_SECONDS, extra=extra)
