"""Runs the filter service: settings in, a server until SIGTERM, and workers beside it if asked for.

With SQLite and no broker this one command is the whole service: worker processes of this machine
look into the database. With a broker, or several machines, `assay worker` does that elsewhere.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import Engine
from sqlalchemy.exc import DatabaseError

from assay.domain.errors import AssayError, ConfigError
from assay.queue.doorbell import Doorbell
from assay.web.auth import check_binding
from assay.web.logs import Log, open_log
from assay.web.server import bind, run_server
from assay.web.settings import AccessSettings
from assay_filter.runs.pool import PoolSettings, WorkerPool
from assay_filter.runs.stages import advance_all
from assay_filter.runs.steps.work import JudgeSource
from assay_filter.service.app import make_app
from assay_filter.service.database import prepare_database
from assay_filter.service.expiry import expire
from assay_filter.service.orphans import free_orphans
from assay_filter.service.parts import JudgeDirectory, Store
from assay_filter.service.settings import FilterServiceSettings

LOOK_SECONDS = 1.0
EXPIRE_SECONDS = 300.0


class ServedJudges(JudgeDirectory, JudgeSource, Protocol):
    """Judges as the service and its workers need them; picklable where there are workers."""


@dataclass(frozen=True, slots=True)
class Home:
    """Where the service runs: address, database, doorbell, and workers beside it.

    `num_workers` None means one where nothing else would do the work: SQLite without a broker.
    """

    host: str
    port: int
    database: str
    doorbell: Doorbell | None = None
    num_workers: int | None = None
    allow_anonymous: bool = False


def serve(settings: FilterServiceSettings, home: Home, judges: ServedJudges) -> None:
    """Serve until SIGTERM.

    Raises:
        AuditError: the database is of another revision, or cannot be reached.
        ConfigError: a setting is wrong, the address is taken, or keys are missing.
        KeyboardInterrupt: on SIGINT, after what was held is finished.
    """
    keys = AccessSettings().keys()
    check_binding(home.host, keys, allow_anonymous=home.allow_anonymous)
    log = open_log()
    settings = settings.model_copy(update={"store": settings.store.absolute()})
    Store(settings.store).make()  # the database may stand in it
    engine = prepare_database(home.database, log)
    app = make_app(
        settings, engine=engine, judges=judges, doorbell=home.doorbell, log=log, keys=keys
    )
    num_workers = _num_workers(home, engine)
    listener = bind(home.host, home.port)
    if not num_workers:
        with _keeper(None, engine, settings, log):
            run_server(app, listener, log=log, shutdown_seconds=settings.shutdown_seconds)
        return
    pool = PoolSettings(home.database, judges, num_workers)
    with start_local_workers(pool, engine, settings, log):
        run_server(app, listener, log=log, shutdown_seconds=settings.shutdown_seconds)


@contextmanager
def start_local_workers(
    pool_settings: PoolSettings, engine: Engine, settings: FilterServiceSettings, log: Log
) -> Iterator[WorkerPool]:
    """Work on runs, and expire what is old, in processes of this machine while the context is open.

    A worker that dies is replaced; a run whose last worker died is moved on.
    """
    pool = WorkerPool(pool_settings, engine, log)
    if engine.dialect.name == "sqlite":
        free_orphans(engine)
    pool.start()
    log.info("workers.started", workers=pool_settings.num_workers)
    try:
        with _keeper(pool, engine, settings, log):
            yield pool
    finally:
        pool.close(grace_seconds=float(settings.shutdown_seconds))
        log.info("workers.left")


@contextmanager
def _keeper(
    pool: WorkerPool | None, engine: Engine, settings: FilterServiceSettings, log: Log
) -> Iterator[None]:
    """Expire what is old, and keep the workers of this machine at work, while the context is open.

    Several processes of the service may do so at once: what one removed the others do not find.
    """
    over = threading.Event()
    keeper = threading.Thread(
        target=_look_after, args=(pool, engine, settings, log, over), name="keeper"
    )
    keeper.start()
    try:
        yield
    finally:
        over.set()
        keeper.join()


def _look_after(
    pool: WorkerPool | None,
    engine: Engine,
    settings: FilterServiceSettings,
    log: Log,
    over: threading.Event,
) -> None:
    expired_at = -EXPIRE_SECONDS
    while not over.wait(LOOK_SECONDS):
        try:
            if pool is not None:
                pool.look_after()
                advance_all(engine)
            if time.monotonic() - expired_at >= EXPIRE_SECONDS:
                expired_at = time.monotonic()
                expire(engine, Store(settings.store), settings)
        except (DatabaseError, AssayError, OSError) as exc:  # away for a moment, or a full disk
            log.warning("workers.look_after_failed", error=type(exc).__name__)


def _num_workers(home: Home, engine: Engine) -> int:
    is_sqlite = engine.dialect.name == "sqlite"
    if home.doorbell is not None and is_sqlite:
        raise ConfigError(
            "expected PostgreSQL with a broker, found SQLite: workers of other machines cannot "
            "open the file; give --database postgresql://..., or leave --broker out"
        )
    if home.num_workers is not None:
        return home.num_workers
    return 1 if is_sqlite else 0
