"""The cache keeps what would come out again, and no more than it is allowed."""

import pytest

from assay.domain.reward import RewardStatus
from assay_rl_rewards.pool.cache import OutcomeCache
from assay_rl_rewards.pool.jobs import Outcome, key_of, ungraded, worthless
from assay_rl_rewards.verifier import Grade

RIGHT = Outcome(RewardStatus.OK, Grade(1.0, "right"), "right", 1.0)


def test_least_recently_used_outcome_goes_first() -> None:
    cache = OutcomeCache(2)
    cache.keep(b"a", RIGHT)
    cache.keep(b"b", RIGHT)
    assert cache.find(b"a") is RIGHT
    cache.keep(b"c", RIGHT)
    assert cache.find(b"b") is None
    assert cache.find(b"a") is RIGHT
    assert len(cache) == 2


@pytest.mark.parametrize(
    ("outcome", "is_kept"),
    [
        (RIGHT, True),
        (worthless(RewardStatus.TIMEOUT, "slow", 1.0), True),
        (worthless(RewardStatus.CRASHED, "twice", 1.0), True),
        (ungraded(RewardStatus.INVALID_TASK, "no reference"), True),
        (ungraded(RewardStatus.CRASHED, "lost"), False),
        (ungraded(RewardStatus.OVERLOADED, "no room"), False),
    ],
)
def test_only_what_would_come_out_again_is_kept(outcome: Outcome, *, is_kept: bool) -> None:
    cache = OutcomeCache(2)
    cache.keep(b"a", outcome)
    assert (cache.find(b"a") is outcome) == is_kept


def test_key_covers_every_part_and_their_bounds() -> None:
    keys = {
        key_of("math", 1, b"{}", b"4"),
        key_of("math", 2, b"{}", b"4"),
        key_of("maths", 1, b"{}", b"4"),
        key_of("math", 1, b"{}4", b""),
        key_of("math", 1, b"{", b"}4"),
        key_of("math", 1, b"{}", b"5"),
        key_of("math/1", 1, b"{}", b"4"),
    }
    assert len(keys) == 7
