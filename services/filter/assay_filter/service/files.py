"""Uploads: kept in the store under generated names, described in table `upload`.

The row is the truth: it is written when the file stands under its name, and gone before the file
is. A crash in between leaves a file that no row knows, which `expire` removes.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Any, cast

from sqlalchemy import Connection, Engine, Row, and_, delete, func, insert, or_, select

from assay.audit import tables
from assay.audit.clock import milliseconds_of
from assay.audit.engine import reading
from assay.audit.service_tables import upload, upload_use
from assay.datasets.sources import Format
from assay_filter.service.parts import Store, is_id
from assay_filter.service.problems import (
    FILE_IN_USE,
    FILE_NOT_FOUND,
    STORAGE_FULL,
    not_found,
    refused,
)

PREFIX = "file-"
READING_STATES = ("queued", "running", "interrupted")  # of runs that may still read their inputs


@dataclass(frozen=True, slots=True)
class Upload:
    """One file in the store; `created_at` in milliseconds since 1970."""

    id: str
    purpose: str
    filename: str
    format: Format
    num_bytes: int
    sha256: str
    created_at: int
    created_by: str


@dataclass(frozen=True, slots=True)
class NewUpload:
    """What is known of a file that is about to be kept."""

    purpose: str
    filename: str
    format: Format
    num_bytes: int
    sha256: str
    created_by: str


@dataclass(frozen=True, slots=True)
class Quota:
    """How much the store takes."""

    max_bytes: int
    max_files: int

    def room(self, engine: Engine) -> int:
        """Return how many bytes one more file may have.

        Raises:
            ProblemError: 507, there is room for none.
        """
        with reading(engine) as connection:
            num_files, num_bytes = _stored(connection)
        room = self.max_bytes - num_bytes
        if num_files >= self.max_files or room <= 0:
            raise refused(
                STORAGE_FULL,
                f"expected room for a file, found {num_files} of {self.max_files} files and "
                f"{num_bytes} of {self.max_bytes} bytes; delete files that are not needed",
            )
        return room


def keep_file(engine: Engine, store: Store, path: Path, new: NewUpload) -> Upload:
    """Move a whole file into the store and describe it there."""
    file_id = f"{PREFIX}{token_hex(12)}"
    kept = store.file_path(file_id, new.format)
    path.replace(kept)
    try:
        with engine.begin() as connection:
            made = Upload(
                id=file_id,
                purpose=new.purpose,
                filename=new.filename,
                format=new.format,
                num_bytes=new.num_bytes,
                sha256=new.sha256,
                created_at=milliseconds_of(connection),
                created_by=new.created_by,
            )
            values = {name: getattr(made, name) for name in Upload.__slots__}
            connection.execute(insert(upload).values(**values))
    except BaseException:
        kept.unlink(missing_ok=True)
        raise
    return made


def find_file(engine: Engine, file_id: str) -> Upload:
    """Return an upload.

    Raises:
        ProblemError: 404, there is none of this id.
    """
    if is_id(file_id):
        with reading(engine) as connection:
            row = connection.execute(select(upload).where(upload.c.id == file_id)).first()
        if row is not None:
            return _upload(row)
    raise not_found(FILE_NOT_FOUND, "file", file_id)


def list_files(
    engine: Engine, *, after: str | None, limit: int, purpose: str | None, newest_first: bool
) -> tuple[list[Upload], bool]:
    """Return a page of uploads, and whether there are more; `after` is the last id seen.

    Raises:
        ProblemError: 404, the cursor is no file's id.
    """
    order = (upload.c.created_at, upload.c.id)
    query = select(upload).order_by(*(c.desc() if newest_first else c for c in order))
    if purpose is not None:
        query = query.where(upload.c.purpose == purpose)
    if after is not None:
        last = find_file(engine, after)
        at, same_id = upload.c.created_at, upload.c.id
        beyond = (
            or_(at < last.created_at, and_(at == last.created_at, same_id < last.id))
            if newest_first
            else or_(at > last.created_at, and_(at == last.created_at, same_id > last.id))
        )
        query = query.where(beyond)
    with reading(engine) as connection:
        rows = connection.execute(query.limit(limit + 1)).all()
    return [_upload(row) for row in rows[:limit]], len(rows) > limit


def delete_file(engine: Engine, store: Store, file_id: str) -> None:
    """Delete an upload.

    Raises:
        ProblemError: 404 there is none of this id, 409 a run may still read it.
    """
    found = find_file(engine, file_id)
    with engine.begin() as connection:
        locked = select(upload.c.id).where(upload.c.id == file_id).with_for_update()
        connection.execute(locked)
        run_id = _reader(connection, file_id)
        if run_id is not None:
            raise refused(
                FILE_IN_USE,
                f"expected a file that no run works on, found run {run_id} at work on {file_id}; "
                "wait for it, or cancel it",
            )
        connection.execute(delete(upload).where(upload.c.id == file_id))
    with suppress(FileNotFoundError):
        store.file_path(file_id, found.format).unlink()


def use_files(connection: Connection, run_id: str, file_ids: Sequence[str]) -> None:
    """Note, in the transaction that makes a run, that it reads these uploads.

    Raises:
        ProblemError: 404, one was deleted meanwhile.
    """
    for file_id in sorted(file_ids):
        locked = select(upload.c.id).where(upload.c.id == file_id).with_for_update()
        if connection.execute(locked).first() is None:
            raise not_found(FILE_NOT_FOUND, "file", file_id)
    if file_ids:
        rows = [{"upload_id": file_id, "run_id": run_id} for file_id in file_ids]
        connection.execute(insert(upload_use), rows)


def expired_files(connection: Connection, *, before: int, limit: int) -> list[Upload]:
    """Return uploads made before a moment (milliseconds since 1970) that no run may still read."""
    run = tables.run
    is_read = (
        select(upload_use.c.run_id)
        .join(run, run.c.id == upload_use.c.run_id)
        .where(upload_use.c.upload_id == upload.c.id, run.c.state.in_(READING_STATES))
        .exists()
    )
    query = select(upload).where(upload.c.created_at < before, ~is_read).limit(limit)
    return [_upload(row) for row in connection.execute(query)]


def _reader(connection: Connection, file_id: str) -> str | None:
    run = tables.run
    query = (
        select(run.c.id)
        .join(upload_use, upload_use.c.run_id == run.c.id)
        .where(upload_use.c.upload_id == file_id, run.c.state.in_(READING_STATES))
        .limit(1)
    )
    found = connection.execute(query).first()
    return None if found is None else str(found.id)


def _stored(connection: Connection) -> tuple[int, int]:
    query = select(func.count(), func.coalesce(func.sum(upload.c.num_bytes), 0)).select_from(upload)
    num_files, num_bytes = connection.execute(query).one()
    return int(num_files), int(num_bytes)


def _upload(row: Row[Any]) -> Upload:
    values = dict(row._mapping)
    return Upload(**{**values, "format": cast(Format, row.format)})
