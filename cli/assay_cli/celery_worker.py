"""The Celery application of `assay worker`: each message makes one look at one task.

Started by `celery_pool`. Children of the pool open their own database connections; the parent holds
none. Whatever a message holds, it is forgotten: what there is to do stands in the database, and a
message that names nothing there is told to the log.
"""

import logging
import os
import signal
import threading
import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from celery import Celery
from celery.exceptions import CPendingDeprecationWarning
from celery.signals import (
    celeryd_after_setup,
    celeryd_init,
    setup_logging,
    worker_process_init,
    worker_ready,
)

from assay.audit.engine import DatabaseError, Engine, open_engine
from assay.audit.tasks import release_worker
from assay.domain.errors import ConfigError
from assay.queue.celery import TASK, CeleryDoorbell, make_celery
from assay.queue.doorbell import DoorbellError, Key
from assay.web.logs import ForwardServerRecords, Log, open_log
from assay_cli.celery_pool import pool_name
from assay_cli.doorbell import make_doorbell
from assay_cli.server_judges import ServerJudges
from assay_cli.settings import read_worker_settings
from assay_filter.runs.dispatch import dispatch
from assay_filter.runs.process import settle_in
from assay_filter.runs.stages import Stage
from assay_filter.runs.worker import LEASE_SECONDS, Worker

RETRY_SECONDS = 2.0  # between two tries to reach the database
MAX_ID_CHARS = 80
MAX_ORDINAL = (1 << 31) - 1


@dataclass(frozen=True, slots=True)
class _Home:
    """What one child of the pool works with."""

    name: str
    engine: Engine
    worker: Worker
    doorbell: CeleryDoorbell
    log: Log


_homes: dict[int, _Home] = {}  # by process


def _make_app() -> Celery:
    url = read_worker_settings().broker_url
    if url is None:
        raise ConfigError("expected ASSAY_BROKER_URL for Celery, found none; run `assay worker`")
    return make_celery(url.get_secret_value())


app: Celery = _make_app()


@app.task(name=TASK, Strategy="assay.queue.celery:careful_strategy")  # type: ignore[untyped-decorator]
def work(*address: object, **_: object) -> None:
    """Carry out a task if it is free, and tell of those that became free by that."""
    home = _homes[os.getpid()]
    key = read_key(address)
    if key is None:
        home.log.warning("message.unusable", parts=len(address))
        return
    try:
        if not home.worker.work_on(*key):
            run_id, stage, ordinal = key
            home.log.info("message.idle", run=run_id, stage=stage, ordinal=ordinal)
        dispatch(home.engine, home.doorbell)
    except DatabaseError as exc:
        home.log.warning("database.away", error=type(exc).__name__)
        _let_go(home)
    except DoorbellError:
        home.log.warning("broker.away")  # the sweeper tells it again


def read_key(address: tuple[object, ...]) -> Key | None:
    """Return the task that a message names, or None where it cannot name any."""
    if len(address) != 3:
        return None
    run_id, stage, ordinal = address
    if not isinstance(run_id, str) or not isinstance(ordinal, int) or isinstance(ordinal, bool):
        return None
    is_id = run_id.isascii() and run_id.replace("-", "").isalnum() and len(run_id) <= MAX_ID_CHARS
    if not is_id or stage not in list(Stage) or not 0 <= ordinal <= MAX_ORDINAL:
        return None
    return run_id, str(stage), ordinal


def _let_go(home: _Home) -> None:
    """Free the task at hand as soon as the database is back, or leave it to its lease."""
    until = time.monotonic() + LEASE_SECONDS
    while time.monotonic() < until:
        try:
            release_worker(home.engine, home.name, is_attempt=False)
            return
        except DatabaseError:
            time.sleep(RETRY_SECONDS)


def _open_home(**_: object) -> None:
    settle_in()
    settings, log = read_worker_settings(), open_log()
    engine = open_engine(settings.database_url)
    name = f"{pool_name(os.getppid())}:{os.getpid()}"
    worker = Worker(engine, ServerJudges(), name=name, log=log)
    _homes[os.getpid()] = _Home(name, engine, worker, make_doorbell(app), log)


def _log_records(**_: object) -> None:
    """Bring Celery's warnings into the log; that there is a receiver keeps its own logging off."""
    logging.getLogger().addHandler(ForwardServerRecords(open_log()))


def _log_warnings(**_: object) -> None:
    """Bring Python's warnings into the log: their kind and place.

    Called twice: Celery warns before it sets up its logging, and takes warnings over in that.
    """
    log = open_log()

    def tell(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        where = f"{Path(filename).name}:{lineno}"
        log.warning("python.warning", kind=category.__name__, where=where)

    warnings.showwarning = tell
    warnings.filterwarnings(
        "ignore", category=CPendingDeprecationWarning
    )  # our settings say it all


def _end_with_parent(**_: object) -> None:
    def wait() -> None:
        while os.read(0, 1):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="end-with-parent", daemon=True).start()


celeryd_init.connect(_log_warnings, weak=False)
celeryd_after_setup.connect(_log_warnings, weak=False)
setup_logging.connect(_log_records, weak=False)
worker_process_init.connect(_open_home, weak=False)
worker_ready.connect(_end_with_parent, weak=False)
