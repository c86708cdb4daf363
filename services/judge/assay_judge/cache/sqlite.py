"""The cache in one SQLite file that any number of processes share.

One thread writes, one reads, each in batches (`transactions`), so the event loop never waits for
the disk. A put is durable against the death of any process once its batch is committed; a power cut
may cost the last batches. With `max_bytes` the oldest entries make room for new ones; the file then
stays about that large (its write-ahead log comes on top), and never shrinks.
"""

import sqlite3
import time
from pathlib import Path

from assay_judge.cache.database import FileKind, open_database
from assay_judge.cache.transactions import TransactionThread

KEPT_SHARE = 0.9  # of `max_bytes` after pruning, so that not every batch prunes
NUM_PRUNED_AT_ONCE = 256
_FILE = FileKind(
    what="judgement cache",
    application=0x4173534A,  # "AsSJ"
    version=1,
    schema=(
        "CREATE TABLE judgement (number INTEGER PRIMARY KEY AUTOINCREMENT, "
        "key TEXT NOT NULL UNIQUE, value BLOB NOT NULL, created REAL NOT NULL)",
    ),
    advice="name another file, or delete this one if it was a cache: it will be filled anew",
)


class SqliteCache:
    """A cache in a file.

    Args:
        path: created when absent.
        max_bytes: prune beyond this; None keeps everything.

    Raises:
        ConfigError: the file cannot be opened, is damaged, foreign, or of another version.
    """

    def __init__(self, path: Path, *, max_bytes: int | None = None) -> None:
        self._max_bytes = max_bytes
        self._writer = TransactionThread(lambda: open_database(path, _FILE), what=_FILE.what)
        self._reader = TransactionThread(
            lambda: open_database(path, _FILE), begin="BEGIN", what=_FILE.what
        )

    async def get(self, key: str) -> bytes | None:
        return await self._reader.run(lambda connection: _get(connection, key))

    async def put(self, key: str, value: bytes) -> None:
        await self._writer.run(lambda connection: self._put(connection, key, value))

    async def close(self) -> None:
        await self._reader.close()
        await self._writer.close()

    def _put(self, connection: sqlite3.Connection, key: str, value: bytes) -> None:
        connection.execute(
            "INSERT OR REPLACE INTO judgement (key, value, created) VALUES (?, ?, ?)",
            (key, value, time.time()),
        )
        if self._max_bytes is not None and num_bytes_used(connection) > self._max_bytes:
            _prune(connection, int(self._max_bytes * KEPT_SHARE))


def num_bytes_used(connection: sqlite3.Connection) -> int:
    """Return how many bytes of the file are in use."""
    (page_size,) = connection.execute("PRAGMA page_size").fetchone()
    (num_pages,) = connection.execute("PRAGMA page_count").fetchone()
    (num_free,) = connection.execute("PRAGMA freelist_count").fetchone()
    return int(page_size * (num_pages - num_free))


def _get(connection: sqlite3.Connection, key: str) -> bytes | None:
    row = connection.execute("SELECT value FROM judgement WHERE key = ?", (key,)).fetchone()
    return None if row is None else bytes(row[0])


def _prune(connection: sqlite3.Connection, max_bytes: int) -> None:
    """Delete the oldest entries until the rest fits; the newest always stays."""
    while num_bytes_used(connection) > max_bytes:
        pruned = connection.execute(
            "DELETE FROM judgement WHERE number IN (SELECT number FROM judgement WHERE number < "
            "(SELECT max(number) FROM judgement) ORDER BY number LIMIT ?)",
            (NUM_PRUNED_AT_ONCE,),
        )
        if pruned.rowcount == 0:
            return
