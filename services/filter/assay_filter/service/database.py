"""Prepares the audit database of a service: right revision, or a clear word.

A SQLite file belongs to this machine: it is made, or upgraded after a copy was set aside. A
PostgreSQL database belongs to many processes: only an operator upgrades it.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import Engine

from assay.audit.engine import database_errors, open_engine, reading
from assay.audit.schema import check_revision, current_revision, head_revision, upgrade
from assay.domain.errors import OutputError
from assay.web.logs import Log


def prepare_database(url: str, log: Log) -> Engine:
    """Return the engine of a database at the revision of this code.

    Raises:
        AuditError: there is no database, or an operator must upgrade it.
        OutputError: the copy before an upgrade cannot be written.
    """
    engine = open_engine(url)
    try:
        if engine.dialect.name == "sqlite":
            _bring_up(engine, log)
        else:
            check_revision(engine)
    except BaseException:
        engine.dispose()
        raise
    return engine


def _bring_up(engine: Engine, log: Log) -> None:
    assert engine.url.database is not None
    with database_errors(), reading(engine) as connection:
        found = current_revision(connection)
    if found is not None and found != head_revision():
        copy = _set_aside(Path(engine.url.database), found)
        log.info("database.upgraded", revision=head_revision(), copy=copy.name)
    upgrade(engine)


def _set_aside(path: Path, revision: str) -> Path:
    """Copy a database with what its log still holds; a copy that is there already stays."""
    copy = path.with_name(f"{path.name}.revision-{revision}")
    if copy.exists():
        return copy
    unfinished = copy.with_name(f".{copy.name}.part")
    try:
        with (
            closing(sqlite3.connect(path)) as source,
            closing(sqlite3.connect(unfinished)) as target,
        ):
            source.backup(target)
        unfinished.replace(copy)
    except (OSError, sqlite3.Error) as exc:
        unfinished.unlink(missing_ok=True)
        raise OutputError(
            f"expected to copy {str(path)!r} before it is upgraded, found: {exc}; free space"
        ) from exc
    return copy
