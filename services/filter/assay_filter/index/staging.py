"""Writes entries ahead of their publication, and deletes what was removed.

A batch of a large run is millions of key rows: written in the transaction that publishes it, they
would hold the only write lock of SQLite for minutes. They are written in short transactions
instead, under ids that nobody sees, and publishing them is one row's update (`head.publish`). What
a crash leaves unpublished is deleted when the run stages again, or by `purge`.
"""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Engine,
    Integer,
    LargeBinary,
    Row,
    Table,
    and_,
    delete,
    insert,
    select,
    update,
)

from assay.audit.index_tables import HEAD_ID, index_batch, index_entry, index_head, index_key
from assay_filter.index.entry import KEY_DTYPE, Entry
from assay_filter.index.head import HeadMovedError, Staged

SLICE = 2000  # entries a transaction
KEY_SLICE = 50_000  # key rows a transaction
KEYS_SORTED = 1 << 21  # key rows that are sorted together: neighbours land on one page, once

_ENTRY_COLUMNS = ("id", "batch_id", *Entry._fields)
_KEY_COLUMNS = ("key", "entry_id")
_POSTGRES_TYPES = ((BigInteger, "int8"), (Integer, "int4"), (LargeBinary, "bytea"))


def stage(
    engine: Engine, run_id: str, *, family: int, most_entries: int, entries: Iterable[Entry]
) -> Staged:
    """Write a run's entries; what the run had staged before and not published goes first.

    Args:
        engine: the audit database.
        run_id: the run.
        family: the settings that the keys were made with (`keys.family_of`).
        most_entries: how many ids to reserve.
        entries: no more than that.

    Raises:
        ValueError: there are more entries.
        HeadMovedError: another worker of the run has begun to stage anew.
    """
    discard(engine, run_id)
    with engine.begin() as connection:
        batch_id = _reserve(connection, max(most_entries, 1))
        last = batch_id + max(most_entries, 1) - 1
        connection.execute(
            insert(index_batch).values(
                id=batch_id, run_id=run_id, family=family, last_entry=last, num_entries=0
            )
        )
    count = 0
    stream = iter(entries)
    keys: list[NDArray[np.int64]] = []
    while part := list(islice(stream, SLICE)):
        if count + len(part) > most_entries:
            raise ValueError(f"expected at most {most_entries} entries, found more")
        with engine.begin() as connection:
            _add_entries(connection, batch_id, batch_id + count, part)
        keys.append(_key_rows(batch_id + count, part))
        count += len(part)
        if sum(map(len, keys)) >= KEYS_SORTED:
            _add_keys(engine, batch_id, keys)
            keys = []
    _add_keys(engine, batch_id, keys)
    return Staged(batch_id, last, count)


def discard(engine: Engine, run_id: str) -> None:
    """Delete what a run staged and never published."""
    batch = index_batch
    stale = and_(batch.c.run_id == run_id, batch.c.added.is_(None))
    with engine.begin() as connection:  # who still writes into it finds that out
        connection.execute(update(batch).where(stale).values(removed=0))
        batches = connection.execute(select(batch.c.id).where(stale)).scalars().all()
    for batch_id in batches:
        _delete_unpublished(engine, batch_id)


def purge(engine: Engine) -> int:
    """Delete for good what was removed, and what can never be published; return how many entries.

    Look-ups as of a head before a removal are not exact any more after this.
    """
    batch, head = index_batch, index_head
    published_to = select(head.c.published_to).where(head.c.id == HEAD_ID).scalar_subquery()
    is_overtaken = and_(batch.c.added.is_(None), batch.c.last_entry <= published_to)
    is_gone = and_(batch.c.added.is_not(None), batch.c.removed.is_not(None))
    with engine.begin() as connection:
        connection.execute(update(batch).where(is_overtaken).values(removed=0))
        overtaken = connection.execute(select(batch.c.id).where(is_overtaken)).scalars().all()
        has_entries = and_(is_gone, batch.c.num_entries > 0)
        gone = connection.execute(select(batch.c.id).where(has_entries)).scalars().all()
    count = sum(_delete_unpublished(engine, batch_id) for batch_id in overtaken)
    count += sum(_delete_where(engine, index_entry.c.batch_id == batch_id) for batch_id in gone)
    return count + _delete_where(engine, index_entry.c.removed.is_not(None))


def _reserve(connection: Connection, count: int) -> int:
    head = index_head
    after = connection.execute(
        update(head)
        .where(head.c.id == HEAD_ID)
        .values(next_entry=head.c.next_entry + count)
        .returning(head.c.next_entry)
    ).scalar_one()
    return int(after) - count


def _add_entries(
    connection: Connection, batch_id: int, first: int, entries: Sequence[Entry]
) -> None:
    _claim(connection, batch_id, len(entries))
    rows = [(first + i, batch_id, *entry) for i, entry in enumerate(entries)]
    _insert(connection, index_entry, _ENTRY_COLUMNS, rows)


def _add_keys(engine: Engine, batch_id: int, keys: Sequence[NDArray[np.int64]]) -> None:
    """Insert rows of `index_key` in its order."""
    if not keys:
        return
    rows = np.concatenate(keys)
    rows = rows[np.lexsort((rows[:, 1], rows[:, 0]))]
    for start in range(0, len(rows), KEY_SLICE):
        with engine.begin() as connection:
            _claim(connection, batch_id, 0)
            part = rows[start : start + KEY_SLICE].tolist()
            _insert(connection, index_key, _KEY_COLUMNS, part)


def _claim(connection: Connection, batch_id: int, num_added: int) -> None:
    """Make sure that nobody has taken the batch away, and that nobody can before this commits."""
    batch = index_batch
    mine = connection.execute(
        update(batch)
        .where(batch.c.id == batch_id, batch.c.added.is_(None), batch.c.removed.is_(None))
        .values(num_entries=batch.c.num_entries + num_added)
    )
    if mine.rowcount != 1:
        raise HeadMovedError(
            f"expected to stage into batch {batch_id}, found it gone: another worker of the run "
            "stages anew"
        )


def _key_rows(first: int, entries: Sequence[Entry]) -> NDArray[np.int64]:
    """Rows of `index_key`, shape (n, 2)."""
    keys = np.frombuffer(b"".join(entry.lookup_keys for entry in entries), KEY_DTYPE)
    counts = [len(entry.lookup_keys) // KEY_DTYPE.itemsize for entry in entries]
    ids = np.repeat(np.arange(first, first + len(entries)), counts)
    return np.stack([keys.astype(np.int64), ids], axis=1)


def _insert(
    connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    """Insert through the driver: binary COPY on PostgreSQL, one prepared statement on SQLite."""
    names = ", ".join(columns)
    if connection.dialect.name == "postgresql":
        driver: Any = connection.connection.driver_connection
        statement = f"COPY {table.name} ({names}) FROM STDIN (FORMAT BINARY)"
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            copy.set_types([_postgres_type(table.c[name].type) for name in columns])
            for row in rows:
                copy.write_row(row)
        return
    marks = ", ".join("?" * len(columns))
    given = [tuple(row) for row in rows]
    connection.exec_driver_sql(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", given)


def _postgres_type(kind: object) -> str:
    return next((name for known, name in _POSTGRES_TYPES if isinstance(kind, known)), "text")


def _delete_where(engine: Engine, condition: ColumnElement[bool]) -> int:
    """Delete entries slice by slice; return how many."""
    entry = index_entry
    query = select(entry.c.id, entry.c.batch_id, entry.c.lookup_keys).where(condition).limit(SLICE)
    count = 0
    while True:
        with engine.begin() as connection:
            rows = connection.execute(query).all()
            _delete_rows(connection, rows)
        count += len(rows)
        if len(rows) < SLICE:
            return count


def _delete_rows(connection: Connection, rows: Sequence[Row[Any, Any, Any]]) -> None:
    if not rows:
        return
    entry, key, batch = index_entry, index_key, index_batch
    pairs = [
        (number, row.id)
        for row in rows
        for number in np.frombuffer(row.lookup_keys, KEY_DTYPE).tolist()
    ]
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    connection.exec_driver_sql(
        f"DELETE FROM {key.name} WHERE key = {mark} AND entry_id = {mark}", sorted(pairs)
    )
    ids = [row.id for row in rows]
    for start in range(0, len(ids), 500):
        connection.execute(delete(entry).where(entry.c.id.in_(ids[start : start + 500])))
    counts: dict[int, int] = {}
    for row in rows:
        counts[row.batch_id] = counts.get(row.batch_id, 0) + 1
    for batch_id, count in sorted(counts.items()):
        connection.execute(
            update(batch)
            .where(batch.c.id == batch_id)
            .values(num_entries=batch.c.num_entries - count)
        )


def _delete_unpublished(engine: Engine, batch_id: int) -> int:
    batch = index_batch
    count = _delete_where(engine, index_entry.c.batch_id == batch_id)
    with engine.begin() as connection:
        connection.execute(delete(batch).where(batch.c.id == batch_id, batch.c.added.is_(None)))
    return count
