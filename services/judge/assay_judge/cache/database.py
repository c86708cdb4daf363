"""Opens the SQLite files of this service: ours, whole, and of a known version, or not at all.

A file says what it is (`application_id`) and which version (`user_version`). Files are in WAL mode:
readers never wait, and a commit needs no fsync. It survives the death of any process; a power cut
may cost the last commits, never the file.
"""

import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path

from assay.domain.errors import ConfigError

BUSY_SECONDS = 30.0
PAUSE_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class FileKind:
    """A kind of file: what messages call it, its marks, and the statements that make it.

    Attributes:
        advice: what the user can do with a file that cannot be read.
    """

    what: str
    application: int
    version: int
    schema: tuple[str, ...]
    advice: str = "name another file"


def open_database(path: Path, kind: FileKind) -> sqlite3.Connection:
    """Open a file, or create it; transactions are left to the caller.

    Raises:
        ConfigError: it cannot be opened, is damaged, is another program's, or of another version.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(
            path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
    except (OSError, sqlite3.Error) as exc:
        raise ConfigError(
            f"expected to open the {kind.what} {str(path)!r}, found: {exc}; check the path and its "
            "permissions"
        ) from exc
    try:
        _prepare(connection, path, kind)
    except sqlite3.Error as exc:
        connection.close()
        raise ConfigError(
            f"expected a sound {kind.what} in {str(path)!r}, found: {exc}; {kind.advice}"
        ) from exc
    except ConfigError:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection, path: Path, kind: FileKind) -> None:
    _is_empty(connection, path, kind)  # refuse another program's file before anything is changed
    _use_write_ahead_log(connection)
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("BEGIN IMMEDIATE")  # of several that create it, one does
    if _is_empty(connection, path, kind):
        for statement in kind.schema:
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {kind.application}")
        connection.execute(f"PRAGMA user_version = {kind.version}")
    connection.execute("COMMIT")


def _use_write_ahead_log(connection: sqlite3.Connection) -> None:
    """Switch to WAL; SQLite does not wait for others in this one statement, so this does."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(PAUSE_SECONDS)


def _is_empty(connection: sqlite3.Connection, path: Path, kind: FileKind) -> bool:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (num_tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if application == 0 and num_tables == 0:
        return True
    if application != kind.application:
        raise ConfigError(
            f"expected a {kind.what} in {str(path)!r}, found another program's database; "
            "name another file"
        )
    if version != kind.version:
        raise ConfigError(
            f"expected version {kind.version} of the {kind.what} {str(path)!r}, found {version}; "
            f"{kind.advice}"
        )
    return False
