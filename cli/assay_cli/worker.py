"""`assay worker`: works on the runs of a server; start as many as there are machines.

With a broker, Celery's pool is a child of this process (`celery_keeper`). Without one, worker
processes look into the database by themselves. Database and broker may be away at the start and at
any time: this process says so, waits, and goes on.
"""

import os
import signal
import threading
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from assay.audit.engine import DatabaseError, Engine, open_engine
from assay.audit.schema import check_revision
from assay.domain.errors import AuditError
from assay_cli.settings import read_worker_settings

if TYPE_CHECKING:
    from assay.web.logs import Log
    from assay_cli.celery_keeper import PoolHome
    from assay_filter.runs.pool import WorkerPool

SWEEP_SECONDS = 5.0
POLL_SECONDS = 1.0  # between two looks after worker processes
DATABASE_RETRY_SECONDS = 2.0


def worker(
    concurrency: Annotated[
        int | None, typer.Option(min=1, help="Worker processes; default: one a core.")
    ] = None,
    database: Annotated[
        str | None, typer.Option(help="Audit database; default $ASSAY_DATABASE_URL.")
    ] = None,
    grace_seconds: Annotated[
        float, typer.Option(min=0, help="How long tasks at hand may go on after SIGTERM.")
    ] = 60.0,
    alive_file: Annotated[
        Path | None,
        typer.Option(help="File to touch while all is well (see `python -m assay.web.probe`)."),
    ] = None,
) -> None:
    """Work on the runs of a server until SIGTERM.

    Needs ASSAY_DATABASE_URL, and the folder of the service (ASSAY_FILTER_STORE) under the same
    path. With ASSAY_BROKER_URL (redis://...) a broker wakes the workers; without it they look into
    the database several times a second. SIGTERM lets the task at hand end; whatever happens to a
    worker, its task is taken over and nothing is done twice.

    Example: ASSAY_DATABASE_URL=postgresql://... ASSAY_BROKER_URL=redis://... assay worker
    """
    settings = read_worker_settings(database)
    from assay.web.logs import open_log

    log = open_log()
    pulse = _Pulse(threading.Event(), alive_file)
    _leave_on_signal(pulse.leave)
    engine = open_engine(settings.database_url)
    if not _wait_for_database(engine, log, pulse):
        return
    num_workers = concurrency or len(os.sched_getaffinity(0))
    if settings.broker_url is None:
        from assay_cli.server_judges import ServerJudges
        from assay_filter.runs.pool import PoolSettings, WorkerPool

        pool = PoolSettings(settings.database_url, ServerJudges(), num_workers)
        _poll(WorkerPool(pool, engine, log), engine, log, pulse, grace_seconds)
        return
    from assay_cli.celery_keeper import PoolHome

    _keep_celery(PoolHome(settings, num_workers, grace_seconds), engine, log, pulse)


@dataclass(frozen=True, slots=True)
class _Pulse:
    """Paces the loop of this process, and shows others that all is well."""

    leave: threading.Event
    alive_file: Path | None

    def is_over(self, seconds: float, *, is_well: bool) -> bool:
        """Wait so long, or until told to leave; say whether it is time to leave."""
        if is_well and self.alive_file is not None:
            self.alive_file.touch()
        return self.leave.wait(seconds)


def _wait_for_database(engine: Engine, log: "Log", pulse: _Pulse) -> bool:
    """Return once the database is there; False where this process was told to leave before.

    Raises:
        AuditError: the database is of another revision, or a file that is no database.
    """
    while True:
        try:
            check_revision(engine)
            return True
        except AuditError as exc:
            is_away = isinstance(exc.__cause__, DatabaseError) and engine.dialect.name != "sqlite"
            if not is_away:
                raise
            log.warning("database.away", reason=str(exc))
        if pulse.is_over(DATABASE_RETRY_SECONDS, is_well=False):
            return False


def _poll(pool: "WorkerPool", engine: Engine, log: "Log", pulse: _Pulse, grace: float) -> None:
    from assay_filter.runs.stages import advance_all

    pool.start()
    log.info("worker.started", broker="-")
    is_well = True
    try:
        while not pulse.is_over(POLL_SECONDS, is_well=is_well):
            pool.look_after()
            try:
                advance_all(engine)
                is_well = True
            except DatabaseError as exc:
                is_well = False
                log.warning("database.away", error=type(exc).__name__)
    finally:
        pool.close(grace_seconds=grace)
        log.info("worker.left")


def _keep_celery(home: "PoolHome", engine: Engine, log: "Log", pulse: _Pulse) -> None:
    from assay_cli.celery_keeper import CeleryKeeper

    keeper = CeleryKeeper(home, engine, log)
    is_well = True
    try:
        while not pulse.is_over(SWEEP_SECONDS, is_well=is_well):
            is_well = keeper.look()
    finally:
        keeper.close()


def _leave_on_signal(leave: threading.Event) -> None:
    def go(_signal: int, _frame: FrameType | None) -> None:
        leave.set()

    signal.signal(signal.SIGTERM, go)
    signal.signal(signal.SIGINT, go)
