"""Where the databases of a task come from: a script in the task.

It is run by us, once, under an authorizer that allows what a dump needs.
"""

import hashlib
import sqlite3
from contextlib import closing

from assay.domain.errors import InvalidTaskError
from assay_rl_rewards.sql.functions import ALLOWED_FUNCTIONS, Guards
from assay_rl_rewards.sql.sandbox import MAX_CELL_BYTES, Budget, Database, limit

MAX_SCRIPT_BYTES = 1 << 20
MAX_IMAGE_PAGES = 2048  # of 4 KiB

_BUILDING = frozenset(
    (
        sqlite3.SQLITE_CREATE_TABLE, sqlite3.SQLITE_CREATE_INDEX, sqlite3.SQLITE_CREATE_VIEW,
        sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE, sqlite3.SQLITE_DELETE, sqlite3.SQLITE_READ,
        sqlite3.SQLITE_SELECT, sqlite3.SQLITE_RECURSIVE, sqlite3.SQLITE_TRANSACTION,
        sqlite3.SQLITE_REINDEX,
    )
)  # fmt: skip


def digest_script(script: str) -> str:
    """Return the name of the database that `script` builds.

    Raises:
        InvalidTaskError: it is too long, or holds half of a surrogate pair.
    """
    try:
        data = script.encode()
    except UnicodeEncodeError as exc:
        raise InvalidTaskError("a database script holds text that is not Unicode") from exc
    if len(data) > MAX_SCRIPT_BYTES:
        raise InvalidTaskError(
            f"a database script has at most {MAX_SCRIPT_BYTES} bytes, found {len(data)}"
        )
    return hashlib.sha256(data).hexdigest()


def build_database(script: str) -> Database:
    """Run `script` on an empty database and return that.

    Raises:
        InvalidTaskError: it does not run, does what a dump has no need of, or takes too much work.
    """
    digest = digest_script(script)
    budget = Budget()
    with (
        closing(sqlite3.connect(":memory:", isolation_level=None)) as connection,
        closing(Guards(connection, MAX_CELL_BYTES)),
    ):
        connection.execute(f"PRAGMA max_page_count={MAX_IMAGE_PAGES}")
        limit(connection, budget.tick)
        connection.setlimit(sqlite3.SQLITE_LIMIT_SQL_LENGTH, MAX_SCRIPT_BYTES)
        connection.setlimit(sqlite3.SQLITE_LIMIT_VDBE_OP, 1_000_000)
        connection.set_authorizer(_authorize)
        try:
            connection.executescript(script)
            if connection.in_transaction:
                connection.commit()
        except (sqlite3.Error, sqlite3.Warning, ValueError, MemoryError) as exc:
            raise InvalidTaskError(f"a database script does not run: {exc}") from exc
        connection.set_authorizer(None)  # serializing asks for the number of pages
        return Database(digest, connection.serialize())


def _authorize(action: int, first: str | None, second: str | None, *_: str | None) -> int:
    if action in _BUILDING:
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_FUNCTION and second in ALLOWED_FUNCTIONS:
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_PRAGMA and first == "foreign_keys":
        return sqlite3.SQLITE_IGNORE  # dumps begin with it
    return sqlite3.SQLITE_DENY
