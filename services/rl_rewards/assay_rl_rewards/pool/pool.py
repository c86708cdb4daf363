"""The pool: many answers in, an outcome for each, whatever the answers do.

The parent never looks at the text of an answer: it hashes it and passes it on. Equal items are
graded once: those at work are shared, those done remembered. A run that is cancelled takes along
what nobody else waits for.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from assay.domain.reward import RewardStatus
from assay.web.logs import Log, open_log
from assay_rl_rewards.pool.cache import OutcomeCache
from assay_rl_rewards.pool.crew import Crew
from assay_rl_rewards.pool.jobs import (
    NO_ROOM,
    Job,
    Outcome,
    PoolItem,
    Run,
    encode_tasks,
    key_of,
    ungraded,
)
from assay_rl_rewards.pool.lanes import Lanes
from assay_rl_rewards.pool.nursery import Nursery
from assay_rl_rewards.pool.observer import PoolObserver, SilentObserver
from assay_rl_rewards.pool.settings import PoolSettings

CLOSING = "the pool is closing"
NOT_JSON = "the task is not JSON"
NO_VERIFIER = "there is no such verifier"

_ADMITTED_AT_ONCE = 128  # items between two turns of the event loop


class RewardPool:
    """Grades answers in worker processes; made by `open_pool`."""

    def __init__(
        self, settings: PoolSettings, nursery: Nursery, observer: PoolObserver, log: Log
    ) -> None:
        self._settings = settings
        self._versions = nursery.versions
        self._observer = observer
        self._log = log
        self._loop = asyncio.get_running_loop()
        self._lanes = Lanes()
        self._cache = OutcomeCache(settings.max_cached)
        self._in_flight: dict[bytes, Job] = {}
        self._last_sequence = 0
        self._is_closing = False
        self._crew = Crew(settings, self._lanes, finish=self._finish, observer=observer, log=log)
        self._crew.start(nursery)

    @property
    def versions(self) -> Mapping[str, int]:
        """The verifiers' versions, by id."""
        return self._versions

    @property
    def num_queued(self) -> int:
        """Items that wait for a worker."""
        return len(self._lanes)

    @property
    def worker_pids(self) -> Sequence[int]:
        """Processes of the workers."""
        return self._crew.pids

    @property
    def forker_pid(self) -> int | None:
        """Process that workers are forked from; None while there is none."""
        return self._crew.forker_pid

    async def run(self, items: Sequence[PoolItem]) -> list[Outcome]:
        """Grade `items`; outcomes come in their order, one each, and none raises."""
        run = Run(len(items), self._loop.create_future())
        tasks = encode_tasks(items)
        try:
            for place, item in enumerate(items):
                if place % _ADMITTED_AT_ONCE == 0 and place:
                    self._crew.feed()
                    await asyncio.sleep(0)
                self._admit(run, place, item, tasks[id(item.task)])
            self._crew.feed()
            await run.done
        except asyncio.CancelledError:
            self._abandon(run)
            raise
        return [outcome for outcome in run.outcomes if outcome is not None]

    async def close(self) -> None:
        """Refuse what waits, let what is at work end, and end every process."""
        self._is_closing = True
        for job in self._lanes.empty():
            self._finish(job, ungraded(RewardStatus.OVERLOADED, CLOSING))
        await self._crew.close()

    def _admit(self, run: Run, place: int, item: PoolItem, task: bytes | None) -> None:
        """Answer an item at once, let it share a job, or queue a job for it."""
        version = self._versions.get(item.verifier)
        if task is None or version is None:
            reason = NOT_JSON if task is None else NO_VERIFIER
            self._answer(run, place, ungraded(RewardStatus.INVALID_TASK, reason))
            return
        text = item.text.encode("utf-8", "replace")
        key = key_of(item.verifier, version, task, text)
        known = self._cache.find(key)
        job = self._in_flight.get(key)
        if known is not None:
            self._answer(run, place, known, is_shared=True)
        elif job is not None:
            self._join(run, place, job)
        elif self._is_closing or len(self._lanes) >= self._settings.max_queued:
            reason = CLOSING if self._is_closing else NO_ROOM
            self._answer(run, place, ungraded(RewardStatus.OVERLOADED, reason))
        else:
            self._last_sequence += 1
            now = self._loop.time()
            job = Job(self._last_sequence, key, item.verifier, task, text, now)
            self._in_flight[key] = job
            self._join(run, place, job)
            self._lanes.put(run, job)

    def _join(self, run: Run, place: int, job: Job) -> None:
        run.jobs[job.sequence] = job
        job.readers.append((run, place))

    def _answer(self, run: Run, place: int, outcome: Outcome, *, is_shared: bool = False) -> None:
        run.fill(place, outcome)
        self._observer.item_done(outcome.status, is_shared=is_shared, waited_seconds=0.0)

    def _finish(self, job: Job, outcome: Outcome) -> None:
        """Tell everybody who waits for a job, and remember what would come out again."""
        self._forget(job)
        self._cache.keep(job.key, outcome)
        if outcome.status is RewardStatus.CRASHED:
            event = "answer.lost" if outcome.grade is None else "answer.quarantined"
            self._log.error(event, digest=job.digest, verifier=job.verifier, reason=outcome.reason)
        waited = max(0.0, self._loop.time() - job.queued_at - outcome.milliseconds / 1000)
        for number, (run, place) in enumerate(job.readers):
            run.fill(place, outcome)
            self._observer.item_done(outcome.status, is_shared=number > 0, waited_seconds=waited)
        job.readers.clear()

    def _abandon(self, run: Run) -> None:
        """Take a run's name off its jobs, and drop those that wait for nobody else."""
        for job in run.jobs.values():
            job.readers[:] = [reader for reader in job.readers if reader[0] is not run]
        for job in self._lanes.drop(run):
            self._forget(job)

    def _forget(self, job: Job) -> None:
        """Share it no longer; an equal item may have a job of its own by now."""
        if self._in_flight.get(job.key) is job:
            del self._in_flight[job.key]


@asynccontextmanager
async def open_pool(
    settings: PoolSettings, *, observer: PoolObserver | None = None, log: Log | None = None
) -> AsyncIterator[RewardPool]:
    """Open a pool, and close it with every process it has.

    Raises:
        RewardError: the verifiers could not be loaded.
    """
    nursery = await Nursery.open(settings)
    pool = RewardPool(
        settings, nursery, observer or SilentObserver(), log or open_log(is_quiet=True)
    )
    try:
        yield pool
    finally:
        await pool.close()
