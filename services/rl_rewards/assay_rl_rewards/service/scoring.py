"""One request for rewards: read, admitted, rewarded within its time, counted, written once.

Requests are admitted by their rollouts. What does not fit is refused at once with a `Retry-After`
computed from how fast rollouts have been rewarded.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import TypeAdapter

from assay.domain.reward import GroupDiagnostics, Reward
from assay.domain.rollout import Rollout
from assay.web.problems import Kind, Problem, ProblemError
from assay.web.saturation import Admission
from assay_rl_rewards.engine import RewardEngine, Scoring, UnreadRollout
from assay_rl_rewards.service.asking import check_number, read_rollouts
from assay_rl_rewards.service.metrics import RewardMetrics

REWARDS_TIMEOUT = Kind(504, "rewards-timeout", "The rewards took too long", True)
_REWARDS = TypeAdapter(tuple[Reward, ...])
_GROUPS = TypeAdapter(tuple[GroupDiagnostics, ...])


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one request may hold, and how long it may take."""

    max_rollouts: int
    request_timeout_seconds: float


class RewardScoring:
    """What the routes call; one for the life of the service."""

    def __init__(
        self, engine: RewardEngine, admission: Admission, limits: Limits, metrics: RewardMetrics
    ) -> None:
        self.engine = engine
        self.admission = admission
        self.limits = limits
        self._metrics = metrics

    def check_room(self) -> None:
        """Refuse before a body is read where not even one rollout could be taken.

        Raises:
            ProblemError: 429 with `Retry-After`.
        """
        with self.admission.admit():
            pass

    async def score(self, body: bytes) -> bytes:
        """Return the answer to a request.

        Raises:
            ProblemError: the request as a whole cannot be taken, or took too long.
        """
        rollouts = read_rollouts(body, max_rollouts=self.limits.max_rollouts)
        return _written(await self.score_rollouts(rollouts))

    async def score_rollouts(self, rollouts: Sequence[Rollout | UnreadRollout]) -> Scoring:
        """Return the rewards of rollouts that were read already, by whatever protocol.

        Raises:
            ProblemError: there are none or too many (422), there is no room for all of them (429),
                or they took too long (504).
        """
        check_number(len(rollouts), self.limits.max_rollouts)
        with self.admission.admit(len(rollouts)):
            begun = time.monotonic()
            try:
                async with asyncio.timeout(self.limits.request_timeout_seconds):
                    scoring = await self.engine.score(rollouts)
            except TimeoutError:
                raise ProblemError(self._too_slow()) from None
            work = (time.monotonic() - begun) * self.admission.max_in_flight
            self.admission.learn(work / len(rollouts))
        self._metrics.count(scoring.rewards)
        return scoring

    def _too_slow(self) -> Problem:
        seconds = self.limits.request_timeout_seconds
        detail = f"expected rewards within {seconds:g} s, found none; send fewer rollouts at a time"
        return Problem(REWARDS_TIMEOUT, detail)


def _written(scoring: Scoring) -> bytes:
    rewards = _REWARDS.dump_json(scoring.rewards)
    return b'{"rewards":' + rewards + b',"groups":' + _GROUPS.dump_json(scoring.groups) + b"}"
