"""Keeps Celery's pool at work beside `assay worker`, and does what no message brings about.

Again and again: runs whose last worker died are moved on, what dead workers held is freed, tasks
that nobody took are told once more. A pool that died is replaced; so is one that does nothing
although there is something to do, for a consumer can lose its broker and not know it.
"""

import time
from dataclasses import dataclass

import typer

from assay.audit.engine import DatabaseError, Engine
from assay.queue.celery import make_celery
from assay.queue.doorbell import DoorbellError
from assay.web.logs import Log
from assay_cli.celery_pool import CeleryPool
from assay_cli.doorbell import make_doorbell
from assay_cli.settings import WorkerSettings
from assay_filter.runs.dispatch import has_free_tasks, sweep
from assay_filter.runs.pool import is_idle, release_dead, release_pool

DEAF_SECONDS = 60.0  # idle for so long, with something to do
MAX_DEATHS = 5  # of pools in a row, each within the time that a good one stays idle at most
EXIT_POOL_DIED = 1


@dataclass(frozen=True, slots=True)
class PoolHome:
    """What the pool is started with."""

    settings: WorkerSettings
    num_workers: int
    grace_seconds: float
    deaf_seconds: float = DEAF_SECONDS


class CeleryKeeper:
    """The pool of this process; `close` it."""

    def __init__(self, home: PoolHome, engine: Engine, log: Log) -> None:
        assert home.settings.broker_url is not None
        self._home = home
        self._engine = engine
        self._log = log
        self._doorbell = make_doorbell(make_celery(home.settings.broker_url.get_secret_value()))
        self._num_deaths = 0
        self._start()
        log.info("worker.started", workers=home.num_workers, broker="redis")

    def look(self) -> bool:
        """Do what is due; say whether database, broker and pool were there.

        Raises:
            typer.Exit: the pools die as fast as they are started.
        """
        if self._pool.code is not None:
            self._bury()
            return False
        try:
            freed = release_dead(self._engine, self._pool.name)
            if freed:
                self._log.warning("worker.died", tasks=freed)
            sweep(self._engine, self._doorbell)
            if self._is_deaf():
                self._log.warning("worker.pool_deaf")
                self._end(0.0)
                self._start()
                return False
        except DatabaseError as exc:
            self._log.warning("database.away", error=type(exc).__name__)
            return False
        except DoorbellError:
            self._log.warning("broker.away")
            return False
        return True

    def close(self) -> None:
        """Let the tasks at hand end, for as long as there is grace, and free the rest."""
        self._end(self._home.grace_seconds)
        self._log.info("worker.left")

    def _start(self) -> None:
        self._pool = CeleryPool(self._home.settings, self._home.num_workers)
        self._started_at = self._heard_at = time.monotonic()

    def _end(self, grace_seconds: float) -> None:
        self._pool.leave(grace_seconds)
        try:
            release_pool(self._engine, self._pool.name)
        except DatabaseError as exc:  # the leases end by themselves
            self._log.warning("database.away", error=type(exc).__name__)

    def _bury(self) -> None:
        self._log.error("worker.pool_died", code=self._pool.code)
        is_early = time.monotonic() - self._started_at < self._home.deaf_seconds
        self._num_deaths = self._num_deaths + 1 if is_early else 1
        self._end(0.0)
        if self._num_deaths >= MAX_DEATHS:
            raise typer.Exit(EXIT_POOL_DIED)
        self._start()

    def _is_deaf(self) -> bool:
        now = time.monotonic()
        if not is_idle(self._engine, self._pool.name) or not has_free_tasks(self._engine):
            self._heard_at = now
        return now - self._heard_at > self._home.deaf_seconds
