"""Verifies kept rollouts again, with the verifiers and routes of today, and says what changed.

Nothing is written over: the records stay as they are. A record that has no reward now (its model
is not configured, say) is counted apart from those whose reward is another.
"""

import math
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

from assay.domain.reward import Reward
from assay_rl_rewards.engine import RewardEngine
from assay_rl_rewards.keeping.record import KeptReward

ROLLOUTS_PER_BATCH = 512
TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class Change:
    """A rollout that earns something else now."""

    kept: KeptReward
    now: Reward


@dataclass(slots=True)
class DomainChanges:
    """The rollouts of one domain that were verified again.

    Attributes:
        num_rollouts: all of them.
        num_compared: with a reward then and now.
        num_changed: of those, the ones with another.
        num_lost: with a reward then and none now; `num_gained` the other way round.
        versions: how many came from each version of the route.
    """

    num_rollouts: int = 0
    num_changed: int = 0
    num_lost: int = 0
    num_gained: int = 0
    num_compared: int = 0
    sum_before: float = 0.0
    sum_after: float = 0.0
    versions: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))

    @property
    def mean_before(self) -> float | None:
        """Of the rollouts with a reward then and now; None without one."""
        return self.sum_before / self.num_compared if self.num_compared else None

    @property
    def mean_after(self) -> float | None:
        """Of the same rollouts."""
        return self.sum_after / self.num_compared if self.num_compared else None

    def add(self, kept: KeptReward, now: Reward) -> bool:
        """Count one rollout; returns whether something is different."""
        then = kept.reward.reward
        self.num_rollouts += 1
        self.versions[kept.reward.version] += 1
        if then is not None and now.reward is not None:
            self.num_compared += 1
            self.sum_before += then
            self.sum_after += now.reward
            is_other = not math.isclose(then, now.reward, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
            self.num_changed += is_other
            return is_other
        self.num_lost += then is not None
        self.num_gained += now.reward is not None
        return then is not None or now.reward is not None


class Replay:
    """One pass over kept rollouts; `domains` grows with it."""

    def __init__(self, engine: RewardEngine) -> None:
        self._engine = engine
        self.domains: dict[str, DomainChanges] = {}

    async def run(self, records: Iterable[KeptReward]) -> AsyncIterator[Change]:
        """Verify all records again, batch by batch, and yield those that come out otherwise."""
        iterator = iter(records)
        while batch := list(islice(iterator, ROLLOUTS_PER_BATCH)):
            scoring = await self._engine.score([kept.rollout for kept in batch])
            for change in self._compare(zip(batch, scoring.rewards, strict=True)):
                yield change

    def _compare(self, pairs: Iterable[tuple[KeptReward, Reward]]) -> Iterator[Change]:
        for kept, now in pairs:
            changes = self.domains.setdefault(kept.rollout.domain, DomainChanges())
            if changes.add(kept, now):
                yield Change(kept, now)


def describe_change(change: Change) -> Mapping[str, object]:
    """Return a change as a JSON object, without the texts of prompt and response."""
    then, now = change.kept.reward, change.now
    return {
        "id": then.id,
        "group": change.kept.rollout.group,
        "domain": change.kept.rollout.domain,
        "at_milliseconds": change.kept.at_milliseconds,
        "before": _told(then),
        "after": _told(now),
    }


def _told(reward: Reward) -> Mapping[str, object]:
    return {
        "reward": reward.reward,
        "status": reward.status.value,
        "reason": reward.reason,
        "extracted": reward.extracted,
        "version": reward.version,
    }
