"""Jobs that wait: taken in turn from each run, slow ones behind the others.

A run of sixteen does not wait for one of sixteen thousand, since runs take turns. An answer that
outlasts a first short turn moves to the slow lane: most of those are hostile, and behind them the
others would wait for deadline after deadline. The slow lane is served when nothing else waits, and
after `MAX_SLOW_WAIT_SECONDS` in any case, by at most half of the workers.
"""

from collections import OrderedDict, deque
from collections.abc import Sequence

from assay_rl_rewards.pool.jobs import Job, Run

MAX_SLOW_WAIT_SECONDS = 2.0


class Lanes:
    """The queue of the pool. Jobs that nobody waits for any more are passed over."""

    def __init__(self) -> None:
        self._by_run: OrderedDict[Run, deque[Job]] = OrderedDict()
        self._returned: deque[Job] = deque()
        self._slow: deque[tuple[float, Job]] = deque()
        self._fresh: deque[Job] = deque()
        self._waiting: set[int] = set()

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def num_quick(self) -> int:
        """Jobs that wait for a first turn, or for a second after a worker was lost."""
        return len(self._waiting) - len(self._slow) - len(self._fresh)

    @property
    def num_fresh(self) -> int:
        """Jobs that wait for a worker which has graded nothing."""
        return len(self._fresh)

    def put(self, run: Run, job: Job) -> None:
        self._by_run.setdefault(run, deque()).append(job)
        self._waiting.add(job.sequence)

    def put_back(self, jobs: Sequence[Job]) -> None:
        """Return jobs that a worker had and did not begin, or lost, to the front."""
        for job in reversed(jobs):
            (self._fresh if job.is_for_fresh else self._returned).appendleft(job)
            self._waiting.add(job.sequence)

    def put_slow(self, job: Job, now: float) -> None:
        job.is_slow = True
        self._slow.append((now, job))
        self._waiting.add(job.sequence)

    def drop(self, run: Run) -> Sequence[Job]:
        """Forget the jobs of a run that wait here, and for nobody else; return them."""
        dropped = [
            job for job in run.jobs.values() if not job.readers and job.sequence in self._waiting
        ]
        kept = deque(job for job in self._by_run.pop(run, ()) if job.readers)
        if kept:
            self._by_run[run] = kept
        self._returned = deque(job for job in self._returned if job.readers)
        self._slow = deque((since, job) for since, job in self._slow if job.readers)
        self._fresh = deque(job for job in self._fresh if job.readers)
        self._waiting.difference_update(job.sequence for job in dropped)
        return dropped

    def take_quick(self) -> Job | None:
        """Return the next job of those that have not had a turn; runs take turns."""
        while self._returned or self._by_run:
            job = self._returned.popleft() if self._returned else self._next_of_runs()
            self._waiting.discard(job.sequence)
            if job.readers:
                return job
        return None

    def take_slow(self, now: float, *, only_due: bool) -> Job | None:
        """Return the next job of the slow lane; `only_due`: if it has waited long enough."""
        while self._slow:
            since, job = self._slow[0]
            if only_due and now - since < MAX_SLOW_WAIT_SECONDS:
                return None
            self._slow.popleft()
            self._waiting.discard(job.sequence)
            if job.readers:
                return job
        return None

    def take_fresh(self) -> Job | None:
        """Return the next job that only a worker which has graded nothing may take."""
        while self._fresh:
            job = self._fresh.popleft()
            self._waiting.discard(job.sequence)
            if job.readers:
                return job
        return None

    def empty(self) -> Sequence[Job]:
        """Take all that wait."""
        jobs = [*self._returned, *self._fresh, *(job for _, job in self._slow)]
        for lane in self._by_run.values():
            jobs.extend(lane)
        self._returned.clear()
        self._slow.clear()
        self._fresh.clear()
        self._by_run.clear()
        self._waiting.clear()
        return jobs

    def _next_of_runs(self) -> Job:
        run, jobs = next(iter(self._by_run.items()))
        job = jobs.popleft()
        self._by_run.move_to_end(run)
        if not jobs:
            del self._by_run[run]
        return job
