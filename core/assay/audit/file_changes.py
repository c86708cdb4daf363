"""Changes of a run's outcome files after its end: recorded, so that digests stay verifiable.

The digests in table `export` are under the chain for ever. A file that was rewritten since has a
change that leads from the digest before to the digest after; the last one is the file's today.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, insert, select

from assay.audit import tables
from assay.audit.recording import now
from assay.audit.redaction_tables import file_change


class FileState(NamedTuple):
    """An outcome file as it ought to be now; `sha256` is None where it was removed."""

    name: str
    num_rows: int
    num_bytes: int
    sha256: str | None
    num_changes: int


class FileChange(NamedTuple):
    """One change, as the manifest tells it."""

    name: str
    old_sha256: str
    sha256: str | None
    num_rows: int
    num_bytes: int
    created_at: str
    reason: str


def file_states(connection: Connection, run_id: str) -> dict[str, FileState]:
    """Return what the outcome files of a run ought to be now, by name."""
    export = tables.export
    states = {
        row.name: FileState(row.name, row.num_rows, row.num_bytes, row.sha256, 0)
        for row in connection.execute(select(export).where(export.c.run_id == run_id))
    }
    for row in _changes(connection, run_id):
        states[row.name] = FileState(row.name, row.num_rows, row.num_bytes, row.sha256, row.seq + 1)
    return states


def file_changes(connection: Connection, run_id: str) -> list[FileChange]:
    """Return all changes of a run's files, by name, the oldest first."""
    return [
        FileChange(*(getattr(row, name) for name in FileChange._fields))
        for row in _changes(connection, run_id)
    ]


def record_file_change(
    connection: Connection,
    run_id: str,
    before: FileState,
    *,
    after: tuple[int, int, str | None],
    reason: str,
    actor: str,
) -> None:
    """Store that a file is another from now on; `after` is its rows, bytes and digest."""
    assert before.sha256 is not None, "a removed file cannot change"
    num_rows, num_bytes, sha256 = after
    connection.execute(
        insert(file_change).values(
            run_id=run_id,
            name=before.name,
            seq=before.num_changes,
            old_sha256=before.sha256,
            sha256=sha256,
            num_rows=num_rows,
            num_bytes=num_bytes,
            created_at=now(),
            actor=actor,
            reason=reason,
        )
    )


def check_file_changes(connection: Connection, run_id: str) -> tuple[int, str | None]:
    """Return how many files were changed, and the first change that leads on from nothing."""
    export = tables.export
    exported = connection.execute(
        select(export.c.name, export.c.num_rows, export.c.sha256).where(export.c.run_id == run_id)
    )
    known: dict[str, tuple[int, int, str | None]] = {
        row.name: (0, row.num_rows, row.sha256) for row in exported
    }
    changed: set[str] = set()
    for row in _changes(connection, run_id):
        where = f"file_change name={row.name} seq={row.seq}"
        if row.name not in known:
            return len(changed), f"{where}: the run exported no such file"
        seq, num_rows, sha256 = known[row.name]
        if row.seq != seq or row.old_sha256 != sha256:
            return len(changed), f"{where}: it does not follow from {sha256}"
        if row.num_rows > num_rows:
            return len(changed), f"{where}: the file has more rows than before"
        known[row.name] = (seq + 1, row.num_rows, row.sha256)
        changed.add(row.name)
    return len(changed), None


def _changes(connection: Connection, run_id: str) -> Sequence[Any]:
    change = file_change
    return connection.execute(
        select(change).where(change.c.run_id == run_id).order_by(change.c.name, change.c.seq)
    ).all()
