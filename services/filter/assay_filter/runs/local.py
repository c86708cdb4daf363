"""A run on one machine: worker processes beside this one, on the same queue of record.

This process computes nothing. It starts workers, draws their progress, frees at once what a dead
one held, and ends when the run does. Workers end with it, however it ends; what is committed stays.
"""

import multiprocessing
import os
import time
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess

from sqlalchemy import Engine, select
from sqlalchemy.exc import DatabaseError

from assay.audit import tables
from assay.audit.engine import database_errors, open_engine, reading
from assay.audit.recording import set_run_state
from assay.audit.tasks import ACTIVE, release_tasks, release_worker
from assay.domain.errors import AssayError, AuditError, RunStateError
from assay_filter.curation.open_judges import JudgeFactory
from assay_filter.curation.progress import Progress
from assay_filter.runs.context import RunContext
from assay_filter.runs.errors import error_of
from assay_filter.runs.process import settle_in
from assay_filter.runs.stages import advance
from assay_filter.runs.watching import Watch
from assay_filter.runs.worker import Worker

POLL_SECONDS = 0.1
ADVANCE_SECONDS = 1.0  # workers move the run on; this process stands in for one that died
LONGEST_PAUSE_SECONDS = 0.2  # of a worker that finds nothing to do
MAX_DEATHS_IN_A_ROW = 20  # of workers that finish nothing in between


@dataclass(frozen=True, slots=True)
class OneJudge:
    """The judge of the one run that this machine works on."""

    factory: JudgeFactory | None

    def __call__(self, context: RunContext) -> JudgeFactory | None:
        return self.factory


@dataclass(frozen=True, slots=True)
class Crew:
    """What the workers of a run are started with."""

    database: str
    run_id: str
    judge: JudgeFactory | None
    num_workers: int


def run_locally(crew: Crew, engine: Engine, progress: Progress) -> None:
    """Work on a run until it is done.

    Raises:
        AssayError: what stopped the run; what is committed stays, and --resume goes on.
        KeyboardInterrupt: the user stopped it.
    """
    watch = Watch(engine, crew.run_id, progress)
    advanced_at = float("-inf")
    with _Workers(crew, engine) as workers:
        while True:
            workers.look_after()
            state = watch.look()
            if state.name not in ACTIVE:
                break
            if time.monotonic() - advanced_at >= ADVANCE_SECONDS:
                advance(engine, crew.run_id)
                advanced_at = time.monotonic()
    if state.name != "done":
        raise error_of(state.error_kind, state.error)


class _Workers:
    """The worker processes of a run; none outlives the context."""

    def __init__(self, crew: Crew, engine: Engine) -> None:
        self._crew = crew
        self._engine = engine
        self._processes: dict[str, tuple[BaseProcess, Connection]] = {}
        self._num_started = 0
        self._deaths = 0
        self._num_done = 0

    def __enter__(self) -> "_Workers":
        for _ in range(self._crew.num_workers):
            self._start()
        return self

    def __exit__(self, *_: object) -> None:
        for process, _pipe in self._processes.values():
            process.terminate()
        for process, pipe in self._processes.values():
            process.join()
            pipe.close()
        with suppress(DatabaseError):  # a full disk: a resume frees them too
            release_tasks(self._engine, run_id=self._crew.run_id, is_attempt=False)

    def look_after(self) -> None:
        """Wait a moment; replace the workers that have died.

        Raises:
            AssayError: what a worker could not write into the database.
        """
        sentinels = {process.sentinel: name for name, (process, _) in self._processes.items()}
        wait(list(sentinels), timeout=POLL_SECONDS)
        for name in list(self._processes):
            process, pipe = self._processes[name]
            if process.is_alive():
                continue
            told = _last_words(pipe)
            pipe.close()
            del self._processes[name]
            if told is not None:
                raise error_of(*told)
            if process.exitcode != 0:
                self._replace(name)

    def _replace(self, name: str) -> None:
        release_worker(self._engine, name)
        num_done = _num_done(self._engine, self._crew.run_id)
        self._deaths = self._deaths + 1 if num_done == self._num_done else 1
        self._num_done = num_done
        if self._deaths > MAX_DEATHS_IN_A_ROW:
            raise RunStateError(
                f"expected workers that live, found {self._deaths} deaths in a row (killed, or out "
                "of memory); free memory or lower --workers, then use --resume"
            )
        self._start()

    def _start(self) -> None:
        name = f"{os.uname().nodename}:{os.getpid()}:{self._num_started}"
        self._num_started += 1
        ours, theirs = multiprocessing.Pipe(duplex=False)
        process = multiprocessing.get_context("spawn").Process(
            target=_work, args=(self._crew, name, theirs), name=name
        )
        process.start()
        theirs.close()
        self._processes[name] = (process, ours)


def _last_words(pipe: Connection) -> tuple[str, str] | None:
    """Return the error that a worker told before it ended; None where it was killed."""
    try:
        told: tuple[str, str] | None = pipe.recv() if pipe.poll() else None
    except EOFError:
        return None
    return told


def _num_done(engine: Engine, run_id: str) -> int:
    task = tables.task
    done = select(task.c.ordinal).where(task.c.run_id == run_id, task.c.state == "done")
    with reading(engine) as connection:
        return len(connection.execute(done).all())


def _work(crew: Crew, name: str, parent: Connection) -> None:
    """The life of a worker process."""
    settle_in()
    try:
        with database_errors():
            _work_until_over(crew, name)
    except AssayError as exc:
        parent.send((type(exc).__name__, str(exc)))
        raise SystemExit(1) from None


def _work_until_over(crew: Crew, name: str) -> None:
    engine = open_engine(crew.database)
    worker = Worker(engine, OneJudge(crew.judge), name=name, num_threads=crew.num_workers)
    pause = 0.01
    while True:
        if worker.work_next(crew.run_id):
            pause = 0.01
            continue
        if not _is_active(engine, crew.run_id):
            return
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)


def _is_active(engine: Engine, run_id: str) -> bool:
    state = select(tables.run.c.state).where(tables.run.c.id == run_id)
    with reading(engine) as connection:
        return connection.execute(state).scalar_one() in ACTIVE


def stop_run(engine: Engine, run_id: str, error: AssayError | None, *, state: str) -> None:
    """Note why this machine stops working on a run; what cannot be noted is told anyway."""
    with suppress(AuditError):  # the same full disk, most likely: the first error is the cause
        set_run_state(engine, run_id, state=state, error=error)
