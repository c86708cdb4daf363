"""Opens the audit database: SQLite in WAL mode on a laptop, PostgreSQL on a server.

SQLite transactions begin with BEGIN IMMEDIATE so that two writers on one database wait for each
other instead of failing half way; those of `reading` do not, and wait for nobody. The pragma
`recursive_triggers` makes the append-only triggers hold for INSERT OR REPLACE too.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, event, make_url
from sqlalchemy import Engine as Engine  # for doors, which hold no SQL
from sqlalchemy.exc import ArgumentError
from sqlalchemy.exc import DatabaseError as DatabaseError
from sqlalchemy.pool import ConnectionPoolEntry

from assay.domain.errors import AuditError

BUSY_TIMEOUT_MILLISECONDS = 60_000
READS = "assay_reads"  # execution option of connections that write nothing


def open_engine(url: str, *, read_only: bool = False) -> Engine:
    """Return an engine for `url`.

    Raises:
        AuditError: the URL is malformed, names another database, or its folder does not exist.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as exc:
        raise AuditError(
            f"expected a database URL such as sqlite:///assay.db, found {url!r}; correct --db"
        ) from exc
    backend = parsed.get_backend_name()
    if backend == "postgresql":
        return create_engine(parsed)
    if backend != "sqlite":
        raise AuditError(
            f"expected a sqlite:// or postgresql:// URL, found {backend!r}; correct --db"
        )
    _check_folder(parsed.database, read_only=read_only)
    engine = create_engine(parsed, connect_args={"timeout": BUSY_TIMEOUT_MILLISECONDS / 1000})
    event.listen(engine, "connect", _read_pragmas if read_only else _write_pragmas)
    event.listen(engine, "begin", _begin_deferred if read_only else _begin_immediate)
    return engine


def reading(engine: Engine) -> Connection:
    """Return a connection, to be used as a context, that sees one state and writes nothing."""
    if engine.dialect.name == "postgresql":
        options: dict[str, Any] = {
            "isolation_level": "REPEATABLE READ",
            "postgresql_readonly": True,
        }
    else:
        options = {READS: True}
    return engine.execution_options(**options).connect()


@contextmanager
def database_errors() -> Iterator[None]:
    """Turn what the database could not do into an `AuditError`: the guard at a program's edge."""
    try:
        yield
    except DatabaseError as exc:
        raise AuditError(
            f"expected the audit database to work, found: {exc.orig}; check the disk and the file, "
            "or give another --db"
        ) from exc


def _check_folder(database: str | None, *, read_only: bool) -> None:
    if not database or database == ":memory:":
        raise AuditError("expected a database file, found none; use sqlite:///FILE")
    path = Path(database)
    if read_only and not path.is_file():
        raise AuditError(
            f"expected an audit database at {str(path)!r}, found none; give --db, or curate first"
        )
    if not path.absolute().parent.is_dir():
        raise AuditError(
            f"expected the folder {str(path.parent)!r} to exist for the audit database; create it"
        )


def _write_pragmas(connection: Any, _: ConnectionPoolEntry) -> None:
    _run_pragmas(
        connection,
        f"busy_timeout={BUSY_TIMEOUT_MILLISECONDS}",
        "journal_mode=WAL",
        "synchronous=FULL",  # a manifest must not outlive its run in a power cut
        "foreign_keys=ON",
        "recursive_triggers=ON",
        "temp_store=MEMORY",
        "cache_size=-65536",
    )


def _read_pragmas(connection: Any, _: ConnectionPoolEntry) -> None:
    _run_pragmas(connection, f"busy_timeout={BUSY_TIMEOUT_MILLISECONDS}", "query_only=ON")


def _run_pragmas(connection: Any, *pragmas: str) -> None:
    connection.isolation_level = None  # SQLAlchemy's begin event below opens transactions
    cursor = connection.cursor()
    try:
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")
    finally:
        cursor.close()


def _begin_immediate(connection: Connection) -> None:
    reads = connection.get_execution_options().get(READS, False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def _begin_deferred(connection: Any) -> None:
    connection.exec_driver_sql("BEGIN")
