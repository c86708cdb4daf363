"""What is kept for a while only: uploads, kept answers, copies, and what crashes left.

`expire` may run in any process, several at a time; each step is safe to be cut off and done again.
"""

import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, Engine, select

from assay.audit import tables
from assay.audit.clock import milliseconds_of
from assay.audit.engine import reading
from assay.audit.service_tables import upload
from assay.web.problems import ProblemError
from assay_filter.service.files import delete_file, expired_files
from assay_filter.service.idempotency import HOUR_MILLISECONDS, expire_answers
from assay_filter.service.parts import Store
from assay_filter.service.settings import FilterServiceSettings

LEFT_SECONDS = 3600.0  # a file that no row knows is left by a crash when it is older
UPLOAD_SECONDS = 86_400.0  # no upload takes longer
COPY_SECONDS = 86_400.0
PAGE = 500


class Expired(NamedTuple):
    """How much was removed."""

    files: int
    answers: int
    leftovers: int


def expire(engine: Engine, store: Store, settings: FilterServiceSettings) -> Expired:
    """Remove what has been kept long enough, and what crashes left behind."""
    num_files = _expire_files(engine, store, settings.file_hours)
    with engine.begin() as connection:
        num_answers = expire_answers(connection, kept_hours=settings.idempotency_hours)
    leftovers = (
        *_older(store.incoming, UPLOAD_SECONDS),
        *_unknown_files(engine, store),
        *_read_inputs(engine, store),
        *_older(store.copies, COPY_SECONDS),
    )
    for path in leftovers:
        _remove(path)
    return Expired(num_files, num_answers, len(leftovers))


def _expire_files(engine: Engine, store: Store, hours: float | None) -> int:
    if hours is None:
        return 0
    removed = 0
    while True:
        with reading(engine) as connection:
            before = milliseconds_of(connection) - round(hours * HOUR_MILLISECONDS)
            found = expired_files(connection, before=before, limit=PAGE)
        num_before = removed
        for each in found:
            with suppress(ProblemError):  # a run began to read it, or another process was faster
                delete_file(engine, store, each.id)
                removed += 1
        if len(found) < PAGE or removed == num_before:
            return removed


def _unknown_files(engine: Engine, store: Store) -> list[Path]:
    """Return uploads without a row: a crash came between the file and its row, or after it."""
    old = list(_older(store.files, LEFT_SECONDS))
    left = []
    with reading(engine) as connection:
        for path in old:
            query = select(upload.c.id).where(upload.c.id == path.name.partition(".")[0])
            if connection.execute(query).first() is None:
                left.append(path)
    return left


def _read_inputs(engine: Engine, store: Store) -> list[Path]:
    """Return samples of requests whose run is done, or was never made."""
    with reading(engine) as connection:
        return [
            path
            for path in _older(store.inputs, LEFT_SECONDS)
            if _state(connection, path.name.partition(".")[0]) in (None, "done")
        ]


def _state(connection: Connection, run_id: str) -> str | None:
    query = select(tables.run.c.state).where(tables.run.c.id == run_id)
    state: str | None = connection.execute(query).scalar_one_or_none()
    return state


def _older(folder: Path, seconds: float) -> Iterator[Path]:
    before = time.time() - seconds
    for path in folder.iterdir():
        with suppress(FileNotFoundError):  # another process was faster
            if path.stat().st_mtime < before:
                yield path


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
