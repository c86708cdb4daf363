"""Keeps what the service answered: rollouts with their rewards, written while it runs.

The invariant: what was answered is in a file, or waits for one. A disk that refuses is told and
asked again; once too much waits, requests are refused rather than answered and forgotten.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from assay.domain.errors import OutputError
from assay.domain.rollout import Rollout
from assay.web.logs import Log
from assay.web.problems import Problem, ProblemError
from assay_rl_rewards.engine import Scoring, UnreadRollout
from assay_rl_rewards.keeping.record import KeptReward
from assay_rl_rewards.keeping.store import RewardStore
from assay_rl_rewards.service.metrics import KeepMetrics
from assay_rl_rewards.service.scoring import NOT_KEPT

LOOK_SECONDS = 0.5  # between two looks at what waits
RETRY_SECONDS = 5.0  # until a disk that refused is asked again
COME_BACK_SECONDS = 10  # for who is refused
_FULL = "the disk refuses rewards that are to be kept, and no more can wait in memory"


class Keeper:
    """One for the life of a service; lives in its event loop, writes in a thread."""

    def __init__(self, store: RewardStore, metrics: KeepMetrics, log: Log) -> None:
        self._store = store
        self._metrics = metrics
        self._log = log

    @property
    def num_waiting(self) -> int:
        """Rewards that are in no file yet."""
        return self._store.num_waiting

    def reason(self) -> str | None:
        """Return why no more can be kept, or None where it can."""
        return None if self._store.has_room() else _FULL

    def check_room(self) -> None:
        """Refuse what could not be kept.

        Raises:
            ProblemError: 503 with `Retry-After`.
        """
        if not self._store.has_room():
            detail = "expected room to keep rewards, found that the disk refuses them; free some"
            raise ProblemError(Problem(NOT_KEPT, detail, retry_after_seconds=COME_BACK_SECONDS))

    def keep(self, rollouts: Sequence[Rollout | UnreadRollout], scoring: Scoring) -> None:
        """Take an answered request; what was no rollout has nothing to verify again."""
        now = time.time_ns() // 1_000_000
        self._store.add(
            [
                KeptReward(now, rollout, reward)
                for rollout, reward in zip(rollouts, scoring.rewards, strict=True)
                if isinstance(rollout, Rollout)
            ]
        )

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[None]:
        """Write files as they are due while the block runs, and all the rest after it.

        Raises:
            OutputError: the disk refused the rest, which is lost.
        """
        task = asyncio.create_task(self._write_when_due())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await self._write_rest()

    async def _write_when_due(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            if not self._store.is_due():
                continue
            try:
                await self._write()
            except OutputError:  # told and counted; what it refused waits on
                await asyncio.sleep(RETRY_SECONDS)

    async def _write_rest(self) -> None:
        try:
            await self._write()
        except OutputError:
            self._log.error("rewards.lost", num_rewards=self.num_waiting)
            raise

    async def _write(self) -> None:
        try:
            num_rows = await asyncio.to_thread(self._store.write)
        except OutputError as exc:
            self._metrics.failed()
            self._log.error("rewards.not_kept", reason=str(exc), num_waiting=self.num_waiting)
            raise
        if num_rows:
            self._metrics.written(num_rows)
            self._log.info("rewards.kept", num_rows=num_rows)
