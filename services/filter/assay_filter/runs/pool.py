"""Worker processes that work on any run until they are told to leave.

The home without a broker: workers look into the database by themselves. A process that dies is
replaced; what it held is freed at once, for its death is known here.
"""

import multiprocessing
import os
import signal
import threading
import time
from dataclasses import dataclass
from multiprocessing.process import BaseProcess

from sqlalchemy import Engine, select
from sqlalchemy.exc import DatabaseError

from assay.audit import tables
from assay.audit.engine import open_engine, reading
from assay.audit.tasks import release_worker
from assay.web.logs import Log
from assay_filter.runs.process import settle_in
from assay_filter.runs.steps.work import JudgeSource
from assay_filter.runs.worker import LEASE_SECONDS, Worker

LONGEST_PAUSE_SECONDS = 0.5
DATABASE_RETRY_SECONDS = 2.0
GRACE_SECONDS = 60.0  # for the task at hand when told to leave
RESTART_SECONDS = 1.0  # between two starts of the same place


@dataclass(frozen=True, slots=True)
class PoolSettings:
    """How the workers are started; `judges` must be picklable."""

    database: str
    judges: JudgeSource
    num_workers: int
    lease_seconds: float = LEASE_SECONDS


class WorkerPool:
    """Worker processes of this machine; none outlives `close`."""

    def __init__(self, settings: PoolSettings, engine: Engine, log: Log) -> None:
        self._settings = settings
        self._engine = engine
        self._log = log
        self._processes: dict[str, BaseProcess] = {}
        self._num_started = 0
        self._last_start = 0.0

    def start(self) -> None:
        """Start the workers."""
        for _ in range(self._settings.num_workers):
            self._start()

    def look_after(self) -> None:
        """Replace the workers that have died and free what they held; call it again and again."""
        for name, process in list(self._processes.items()):
            if process.is_alive():
                continue
            if time.monotonic() - self._last_start < RESTART_SECONDS:
                return
            self._log.warning("worker.died", worker=name, code=process.exitcode)
            try:
                release_worker(self._engine, name)
            except DatabaseError:
                return  # the database is away: another time
            del self._processes[name]
            self._start()

    def close(self, *, grace_seconds: float = GRACE_SECONDS) -> None:
        """Let each worker finish its task, for so long; then end it. Its lease is freed."""
        for process in self._processes.values():
            process.terminate()
        until = time.monotonic() + grace_seconds
        for name, process in self._processes.items():
            process.join(max(0.0, until - time.monotonic()))
            if process.is_alive():
                process.kill()
                process.join()
            try:
                release_worker(self._engine, name, is_attempt=False)
            except DatabaseError:
                self._log.warning("worker.not_released", worker=name)  # its lease ends by itself
        self._processes.clear()

    def _start(self) -> None:
        name = f"{os.uname().nodename}:{os.getpid()}:{self._num_started}"
        self._num_started += 1
        self._last_start = time.monotonic()
        process = multiprocessing.get_context("spawn").Process(
            target=_work, args=(self._settings, name), name=name
        )
        process.start()
        self._processes[name] = process


def release_dead(engine: Engine, pool: str) -> int:
    """Free what dead worker processes of this machine held; return how many tasks.

    Args:
        engine: the database.
        pool: the workers looked at are called `POOL:PROCESS_ID`.
    """
    dead = [name for name in _busy_workers(engine, pool) if not _is_alive(name)]
    return sum(release_worker(engine, name) for name in dead)


def release_pool(engine: Engine, pool: str) -> int:
    """Free what a pool held that was told to leave; return how many tasks."""
    busy = _busy_workers(engine, pool)
    return sum(release_worker(engine, name, is_attempt=False) for name in busy)


def is_idle(engine: Engine, pool: str) -> bool:
    """Tell whether no worker of a pool holds a task."""
    return not _busy_workers(engine, pool)


def _busy_workers(engine: Engine, pool: str) -> list[str]:
    task = tables.task
    query = (
        select(task.c.worker)
        .where(task.c.state == "running", task.c.worker.startswith(f"{pool}:", autoescape=True))
        .distinct()
    )
    with reading(engine) as connection:
        return list(connection.execute(query).scalars())


def _is_alive(name: str) -> bool:
    """Tell whether a process that its name ends with lives; a reused number counts as alive."""
    try:
        os.kill(int(name.rpartition(":")[2]), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _work(settings: PoolSettings, name: str) -> None:
    """The life of a worker process: until SIGTERM, after the task at hand."""
    settle_in()
    leave = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: leave.set())
    engine = open_engine(settings.database)
    worker = Worker(engine, settings.judges, name=name, lease_seconds=settings.lease_seconds)
    pause = 0.01
    was_away = False
    while not leave.is_set():
        try:
            if was_away:  # the task at hand was dropped: its lease need not run out first
                release_worker(engine, name, is_attempt=False)
                was_away = False
            if worker.work_next():
                pause = 0.01
                continue
        except DatabaseError:
            pause, was_away = DATABASE_RETRY_SECONDS, True
        leave.wait(pause)
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
