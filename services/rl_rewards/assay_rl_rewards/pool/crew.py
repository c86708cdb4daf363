"""The workers together: hired, fed, watched, replaced.

Work is sent a few answers ahead, so that a worker does not wait for the parent; what a dying worker
had not begun goes to another at once. The watch looks at processor time every `_WATCH_SECONDS`: an
answer that outlasts its first turn makes way for others, one that outlasts its deadline ends its
worker. A result that was sent before a kill still counts, since a socket is read to its end.
"""

import asyncio
import contextlib
import signal
from collections.abc import Callable, Sequence

from assay.domain.errors import RewardError
from assay.domain.reward import RewardStatus
from assay.web.logs import Log
from assay_rl_rewards.pool.endings import outcome_of, outcome_of_death
from assay_rl_rewards.pool.frames import LAST_WORDS, Reply, ReplyKind
from assay_rl_rewards.pool.jobs import Job, Outcome, ungraded
from assay_rl_rewards.pool.lanes import Lanes
from assay_rl_rewards.pool.nursery import Born, Nursery, WorkerSource
from assay_rl_rewards.pool.observer import EndCause, PoolObserver
from assay_rl_rewards.pool.settings import PoolSettings
from assay_rl_rewards.pool.worker import Phase, WorkerLink

NO_WORKER = "no worker could be started"
NOBODY_WAITS = "nobody waits for it any more"

_MAX_AHEAD = 8
_MAX_AHEAD_BYTES = 1 << 17
_WATCH_SECONDS = 0.05
_FIRST_DELAY_SECONDS, _LAST_DELAY_SECONDS = 0.05, 2.0
_MAX_FAILED_STARTS = 3
_TOLD_TO_END = (-signal.SIGTERM, -signal.SIGHUP, -signal.SIGINT)


class Crew:
    """Takes jobs from `lanes` and calls `finish` with the outcome of each."""

    def __init__(
        self,
        settings: PoolSettings,
        lanes: Lanes,
        *,
        finish: Callable[[Job, Outcome], None],
        observer: PoolObserver,
        log: Log,
    ) -> None:
        self._settings = settings
        self._lanes = lanes
        self._finish = finish
        self._observer = observer
        self._log = log
        self._loop = asyncio.get_running_loop()
        self._nursery: WorkerSource | None = None
        self._workers: dict[int, WorkerLink] = {}
        self._num_asked = 0
        self._num_failures = 0
        self._is_closing = False
        self._has_warned = False  # of a worker without a filter of system calls
        self._changed = asyncio.Event()  # an answer or a worker has ended
        self._watch: asyncio.TimerHandle | None = None
        self._hiring: asyncio.TimerHandle | None = None
        self._connecting: set[asyncio.Task[None]] = set()
        self._replacing: asyncio.Task[None] | None = None

    @property
    def pids(self) -> Sequence[int]:
        """The processes of workers that are alive."""
        return tuple(self._workers)

    @property
    def forker_pid(self) -> int | None:
        return None if self._nursery is None else self._nursery.pid

    def start(self, nursery: WorkerSource) -> None:
        """Hire the workers from a forker."""
        self._nursery = nursery
        self._num_asked = 0
        nursery.listen(self)
        self._hire()

    def feed(self) -> None:
        """Send what waits to the workers, those with the least to do first."""
        for worker in sorted(self._workers.values(), key=lambda w: len(w.jobs)):
            self._feed(worker)
        if self._watch is None and (self._workers or self._num_asked):
            self._watch = self._loop.call_later(_WATCH_SECONDS, self._look)

    async def close(self) -> None:
        """End all workers: those at work after `drain_seconds`, and wait for every process."""
        self._is_closing = True
        if self._hiring is not None:
            self._hiring.cancel()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._settings.drain_seconds):
                await self._wait_until(lambda: not any(w.jobs for w in self._workers.values()))
        if self._replacing is not None:
            self._replacing.cancel()
            await asyncio.gather(self._replacing, return_exceptions=True)
        await asyncio.gather(*self._connecting)
        for worker in self._workers.values():
            worker.kill(EndCause.CLOSED)
        if self._nursery is not None:
            await self._nursery.close()
            self._orphan_all(EndCause.CLOSED)
        await self._wait_until(lambda: not self._workers)  # their sockets are read to the end
        if self._watch is not None:
            self._watch.cancel()

    def born(self, worker: Born) -> None:
        self._num_asked -= 1
        link = WorkerLink(worker.pid, worker.process, self)
        self._workers[worker.pid] = link
        task = self._loop.create_task(link.connect(worker.connection))
        self._connecting.add(task)
        task.add_done_callback(self._connecting.discard)
        self.feed()

    def died(self, pid: int, status: int) -> None:
        worker = self._workers[pid]
        worker.exit_status = status
        if worker.is_closed:
            self._settle(worker)

    def refused(self) -> None:
        self._num_asked -= 1
        self._fail_start()

    def forker_lost(self) -> None:
        lost, self._nursery = self._nursery, None
        self._log.error("forker.lost")
        self._orphan_all(EndCause.LOST)
        if lost is not None and not self._is_closing:
            self._replacing = self._loop.create_task(self._replace(lost))

    def worker_ready(self, worker: WorkerLink) -> None:
        self._num_failures = 0
        self._observer.worker_started(is_filtered=worker.is_filtered)
        if not worker.is_filtered and not self._has_warned:
            self._has_warned = True
            self._log.warning("worker.unfiltered", pid=worker.pid)
        self._feed(worker)

    def worker_replied(self, worker: WorkerLink, job: Job, reply: Reply) -> None:
        self._changed.set()
        outcome = outcome_of(job, reply)
        if outcome is None:
            self._give_back([job])
        else:
            self._finish(job, outcome)
        if reply.kind in LAST_WORDS:
            is_timeout = reply.kind is ReplyKind.TIMEOUT
            worker.cause = worker.cause or (EndCause.TIMEOUT if is_timeout else EndCause.MEMORY)
            self._give_back(worker.take_back())
            worker.kill(worker.cause)  # it leaves by itself; nothing hangs on it
            self._hire()
        else:
            self._feed(worker)

    def worker_closed(self, worker: WorkerLink) -> None:
        if worker.exit_status is not None:
            self._settle(worker)

    async def _wait_until(self, is_so: Callable[[], bool]) -> None:
        while not is_so():
            self._changed.clear()
            await self._changed.wait()

    def _feed(self, worker: WorkerLink) -> None:
        if worker.phase is Phase.STARTING or worker.is_leaving or worker.is_at_slow:
            return
        if worker.is_fresh and (job := self._lanes.take_fresh()) is not None:
            worker.send([job])
            return
        if worker.num_sent >= self._settings.max_answers or self._lacks_fresh():
            if not worker.jobs:
                worker.release(EndCause.RECYCLED)
                self._hire()
            return
        if not worker.jobs and (job := self._take_slow()) is not None:
            worker.send([job])
        elif len(worker.jobs) <= _MAX_AHEAD // 2:
            jobs = self._take_quick(worker)
            if jobs:
                worker.send(jobs)

    def _lacks_fresh(self) -> bool:
        """Whether more jobs wait for fresh workers than such workers are here or on their way."""
        if self._lanes.num_fresh == 0:
            return False
        num_fresh = sum(worker.is_fresh for worker in self._workers.values())
        return self._lanes.num_fresh > num_fresh + self._num_asked

    def _take_slow(self) -> Job | None:
        only_due = self._lanes.num_quick > 0
        if only_due:
            at_slow = sum(worker.is_at_slow for worker in self._workers.values())
            if at_slow >= max(1, self._settings.num_workers // 2):
                return None
        return self._lanes.take_slow(self._loop.time(), only_due=only_due)

    def _take_quick(self, worker: WorkerLink) -> Sequence[Job]:
        """Take no more than a worker's share, so that the last answers are spread."""
        share = -(-self._lanes.num_quick // self._settings.num_workers)
        room = min(share, _MAX_AHEAD - len(worker.jobs))
        num_bytes = worker.num_bytes_ahead
        jobs: list[Job] = []
        while len(jobs) < room and num_bytes < _MAX_AHEAD_BYTES:
            job = self._lanes.take_quick()
            if job is None:
                break
            jobs.append(job)
            num_bytes += job.num_bytes
        return jobs

    def _look(self) -> None:
        """Look at every worker's time; look again later while any of them has something to do."""
        is_busy = False
        for worker in tuple(self._workers.values()):
            if worker.is_leaving or not (worker.jobs or worker.phase is Phase.STARTING):
                continue
            is_busy = True
            cause = self._limit_met(worker)
            if cause is not None:
                worker.kill(cause)
                self._hire()
        is_busy = is_busy or len(self._lanes) > 0
        self._watch = self._loop.call_later(_WATCH_SECONDS, self._look) if is_busy else None

    def _limit_met(self, worker: WorkerLink) -> EndCause | None:
        settings = self._settings
        if worker.phase is Phase.STARTING:
            return EndCause.LOST if worker.waited_seconds() > settings.startup_seconds else None
        used = worker.used_seconds()
        if used > settings.deadline_seconds + settings.grace_seconds:
            return EndCause.LOST if worker.phase is Phase.WAITING else EndCause.TIMEOUT
        if worker.idle_seconds() > settings.patience_seconds:
            return EndCause.STUCK
        is_first = worker.phase is Phase.GRADING and not worker.is_at_slow
        if is_first and used > settings.turn_seconds:
            is_wanted = len(worker.jobs) > 1 or self._lanes.num_quick > 0
            return EndCause.YIELDED if is_wanted else None
        return None

    def _settle(self, worker: WorkerLink) -> None:
        """A worker is dead, and all that it said has been heard: find what becomes of its jobs."""
        del self._workers[worker.pid]
        self._changed.set()
        worker.bury()
        cause = worker.cause or _cause_of(worker)
        jobs = worker.take_back()
        if jobs and worker.killed_at in (None, jobs[0]):
            self._end_current(jobs[0], worker, cause)
            jobs = jobs[1:]
        self._give_back(jobs)
        self._observer.worker_ended(cause)
        if cause in (EndCause.CRASHED, EndCause.STUCK, EndCause.LOST):
            self._log.warning("worker.ended", cause=str(cause), status=worker.exit_status)
        if worker.phase is Phase.STARTING and cause is EndCause.LOST and self._nursery is not None:
            self._fail_start()
        else:
            self._hire()
        self.feed()

    def _end_current(self, job: Job, worker: WorkerLink, cause: EndCause) -> None:
        if cause is EndCause.YIELDED and job.readers:
            self._lanes.put_slow(job, self._loop.time())
            return
        is_task = worker.phase is Phase.READING
        outcome = outcome_of_death(job, cause, worker.waited_seconds() * 1000, is_task=is_task)
        if outcome is None:
            self._give_back([job])
        else:
            self._finish(job, outcome)

    def _give_back(self, jobs: Sequence[Job]) -> None:
        for job in jobs:
            if not job.readers or self._is_closing:
                self._finish(job, ungraded(RewardStatus.OVERLOADED, NOBODY_WAITS))
        self._lanes.put_back([job for job in jobs if job.readers])

    def _hire(self) -> None:
        """Ask for as many workers as are missing."""
        self._hiring = None
        if self._nursery is None or self._is_closing:
            return
        num_staying = sum(not worker.is_leaving for worker in self._workers.values())
        for _ in range(self._settings.num_workers - num_staying - self._num_asked):
            self._num_asked += 1
            self._nursery.ask()

    def _fail_start(self) -> None:
        """Try again later, ever less often; nobody waits for what no worker may come to do."""
        self._num_failures += 1
        self._log.error("worker.not_started", failures=self._num_failures)
        is_hopeless = all(worker.phase is Phase.STARTING for worker in self._workers.values())
        if is_hopeless and self._num_failures >= _MAX_FAILED_STARTS:
            self._fail_all()
        if self._hiring is None and not self._is_closing:
            self._hiring = self._loop.call_later(_delay(self._num_failures), self._hire)

    def _fail_all(self) -> None:
        for job in self._lanes.empty():
            self._finish(job, ungraded(RewardStatus.CRASHED, NO_WORKER))

    def _orphan_all(self, cause: EndCause) -> None:
        for worker in tuple(self._workers.values()):
            worker.cause = worker.cause or cause
            worker.exit_status = -signal.SIGKILL
            worker.kill(cause)
            if worker.is_closed:
                self._settle(worker)

    async def _replace(self, lost: WorkerSource) -> None:
        """Open another forker, however often it takes."""
        await lost.close()
        failures = 0
        while True:
            try:
                nursery = await Nursery.open(self._settings)
            except RewardError as exc:
                failures += 1
                self._log.error("forker.not_started", failures=failures, error=str(exc))
                self._fail_all()
                await asyncio.sleep(_delay(failures))
            else:
                self.start(nursery)
                return


def _cause_of(worker: WorkerLink) -> EndCause:
    """Name the death of a worker that nobody ended: at work it is laid to the answer it was at."""
    if worker.exit_status in _TOLD_TO_END or worker.phase in (Phase.STARTING, Phase.WAITING):
        return EndCause.LOST
    return EndCause.CRASHED


def _delay(failures: int) -> float:
    return min(_FIRST_DELAY_SECONDS * 2.0**failures, _LAST_DELAY_SECONDS)
