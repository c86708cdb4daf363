"""The pool of the service: opened when the service starts, watched, closed when it leaves."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol, TypeAlias

from assay.domain.reward import RewardStatus
from assay.web.logs import Log
from assay_rl_rewards.engine import Grading
from assay_rl_rewards.pool.jobs import Outcome, PoolItem, ungraded
from assay_rl_rewards.pool.observer import PoolObserver
from assay_rl_rewards.pool.pool import open_pool
from assay_rl_rewards.pool.settings import PoolSettings
from assay_rl_rewards.routes.conditions import Conditions
from assay_rl_rewards.service.settings import RewardServiceSettings

TABLE = "assay_rl_rewards.tasks.checked:WORK"
WARM_UP = "assay_rl_rewards.warm_up:ITEMS"
QUESTIONS_PER_ROLLOUT = 4  # room in the pool: a part, two gates, one penalty
PATIENCE = 15  # deadlines on the clock until a worker that gets no processor is given up,
MIN_PATIENCE_SECONDS = 30.0  # and never less than this
_CLOSED = "the workers are not there"


class LivingPool(Grading, Protocol):
    """A pool that tells how it is."""

    @property
    def worker_pids(self) -> Sequence[int]:
        """Processes of its workers."""

    @property
    def forker_pid(self) -> int | None:
        """The process that workers are forked from; None while there is none."""

    @property
    def num_queued(self) -> int:
        """Items that wait for a worker."""


OpenPool: TypeAlias = Callable[[], AbstractAsyncContextManager[LivingPool]]


class Workers:
    """What the engine grades with, for as long as the service runs."""

    def __init__(self, open_pool: OpenPool, log: Log) -> None:
        self._open_pool = open_pool
        self._log = log
        self._pool: LivingPool | None = None

    @property
    def num_living(self) -> int:
        """Workers that are ready or at work."""
        return 0 if self._pool is None else len(self._pool.worker_pids)

    @property
    def num_queued(self) -> int:
        """Answers that wait for a worker."""
        return 0 if self._pool is None else self._pool.num_queued

    def reason(self) -> str | None:
        """Return why nothing can be graded now, or None where it can.

        A worker that was ended by an answer is replaced at once, so one that is missing says
        nothing; what they are forked from must be there.
        """
        if self._pool is None:
            return _CLOSED
        if self._pool.forker_pid is None and not self._pool.worker_pids:
            return "no worker can be started"
        return None

    async def run(self, items: Sequence[PoolItem]) -> Sequence[Outcome]:
        """Return one outcome per item, in order."""
        if self._pool is None:
            return [ungraded(RewardStatus.OVERLOADED, _CLOSED)] * len(items)
        return await self._pool.run(items)

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Have the pool open while the block runs."""
        async with self._open_pool() as pool:
            self._pool = pool
            self._log.info("workers.open", num_workers=len(pool.worker_pids))
            try:
                yield
            finally:
                self._pool = None


def conditions_of(settings: RewardServiceSettings) -> Conditions:
    """Return the limits that the settings set to what may be measured."""
    return Conditions(
        deadline_seconds=settings.deadline_seconds,
        memory_bytes=settings.memory_bytes,
        max_response_chars=settings.max_response_chars,
    )


def worker_processes(
    settings: RewardServiceSettings, *, observer: PoolObserver | None = None, log: Log | None = None
) -> OpenPool:
    """Return what opens the pool of processes that the settings name."""
    pool = PoolSettings(
        num_workers=settings.num_workers,
        max_queued=QUESTIONS_PER_ROLLOUT * settings.max_queued,
        deadline_seconds=settings.deadline_seconds,
        memory_bytes=settings.memory_bytes,
        table=TABLE,
        warm_up=WARM_UP,
        patience_seconds=max(PATIENCE * settings.deadline_seconds, MIN_PATIENCE_SECONDS),
    )
    return lambda: open_pool(pool, observer=observer, log=log)
