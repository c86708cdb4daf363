"""Makes kept rewards for the tests of this folder."""

from typing import Any

from assay.domain.reward import Reward, RewardStatus
from assay.domain.rollout import Rollout
from assay.domain.sample import Message
from assay_rl_rewards.keeping.record import KeptReward

QUESTION = Message("user", "What is 12 * 12?")


def make_kept(
    reward: float | None = 1.0,
    *,
    response: str = "\\boxed{144}",
    domain: str = "math",
    extracted: str | None = None,
    num_tokens: int | None = None,
    **settings: Any,
) -> KeptReward:
    """Return one record; a null reward is a judge's failure."""
    status = RewardStatus.JUDGE_FAILED if reward is None else RewardStatus.OK
    rollout = Rollout(domain, (QUESTION,), response, "144", num_tokens=num_tokens, **settings)
    earned = Reward(
        id=rollout.id,
        reward=reward,
        status=status,
        parts={} if reward is None else {"answer": reward},
        extracted=extracted,
        reason="equal",
        verifier="math",
        version="math/1-abc",
        milliseconds=0.5,
    )
    return KeptReward(1_700_000_000_000, rollout, earned)
