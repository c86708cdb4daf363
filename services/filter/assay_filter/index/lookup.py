"""Reads of the index: who has a key, what is known of an entry, how an entry is called.

Every read is bounded: a key gives at most `BUCKET_CAP` entries, the earliest ones, so a bucket that
a hundred thousand entries share costs what a bucket of `BUCKET_CAP` costs. The primary key of
`index_key` begins with the key and goes on with the id, so each look-up is one descent of a tree.
"""

from collections.abc import Sequence
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
import orjson
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Connection, and_, bindparam, or_, select, text

from assay.audit.index_tables import index_batch, index_entry
from assay_filter.index.entry import Partner
from assay_filter.index.head import Scope, is_seen
from assay_filter.index.keys import LookupKeys

BUCKET_CAP = 128
FETCH = 1 << 16
ID_BATCH = 5000

_FIND = {
    "sqlite": text(
        "SELECT k.value, b.entry_id FROM json_each(:listed) AS k JOIN index_key AS b "
        "ON b.key = k.value WHERE b.entry_id IN (SELECT c.entry_id FROM index_key AS c "
        "WHERE c.key = k.value AND c.entry_id BETWEEN :first AND :last "
        "ORDER BY c.entry_id LIMIT :cap)"
    ),
    "postgresql": text(
        "SELECT k.value, b.entry_id FROM unnest(CAST(:listed AS BIGINT[])) AS k(value) "
        "CROSS JOIN LATERAL (SELECT c.entry_id FROM index_key AS c "
        "WHERE c.key = k.value AND c.entry_id BETWEEN :first AND :last "
        "ORDER BY c.entry_id LIMIT :cap) AS b"
    ),
}


class Hits(NamedTuple):
    """Which entry was found for which sample by which column of its keys."""

    row: NDArray[np.int64]
    column: NDArray[np.int64]
    entry: NDArray[np.int64]

    def where(self, chosen: NDArray[np.bool_]) -> "Hits":
        """Some of the hits."""
        return Hits(self.row[chosen], self.column[chosen], self.entry[chosen])


class Stubs(NamedTuple):
    """What is known of entries without their features; ids ascend."""

    ids: NDArray[np.int64]
    exact: NDArray[np.uint64]  # (n, 2)
    near_exact: NDArray[np.uint64]  # (n, 2)
    language: NDArray[np.bytes_]  # empty where unknown
    sizes: NDArray[np.int64]  # (n, 2): shingles of context and response, 0 where short


def find_hits(connection: Connection, keys: LookupKeys, scope: Scope) -> Hits:
    """Look all keys up; entries that the scope does not see may be among those found."""
    rows, columns = np.nonzero(keys.is_used)
    wanted, which = np.unique(keys.values[keys.is_used], return_inverse=True)
    if scope.last == 0 or len(wanted) == 0:
        none = np.empty(0, np.int64)
        return Hits(none, none, none)
    found = _run_find(connection, wanted, scope)
    found = found[np.lexsort((found[:, 1], found[:, 0]))]
    starts = np.searchsorted(found[:, 0], wanted)
    counts = np.searchsorted(found[:, 0], wanted, side="right") - starts
    repeats = counts[which]
    before = np.cumsum(repeats) - repeats
    at = np.arange(int(repeats.sum())) + np.repeat(starts[which] - before, repeats)
    return Hits(np.repeat(rows, repeats), np.repeat(columns, repeats), found[at, 1])


def load_stubs(connection: Connection, ids: NDArray[np.int64], scope: Scope) -> Stubs:
    """Load what the scope sees of the entries `ids` (ascending)."""
    entry, batch = index_entry, index_batch
    query = (
        select(
            entry.c.id,
            entry.c.exact_key,
            entry.c.near_exact_key,
            entry.c.language,
            entry.c.num_context,
            entry.c.num_response,
            batch.c.run_id,
        )
        .join(batch, batch.c.id == entry.c.batch_id)
        .where(
            _is_listed(connection),
            is_seen(scope.head),
            or_(entry.c.removed.is_(None), entry.c.removed > scope.head),
        )
        .order_by(entry.c.id)
    )
    rows: list[Any] = []
    for start in range(0, len(ids), ID_BATCH):
        part = _listed(connection, ids[start : start + ID_BATCH])
        found = connection.execute(query, {"listed": part}).all()
        rows += [row for row in found if scope.runs is None or row.run_id in scope.runs]
    return Stubs(
        np.array([row.id for row in rows], np.int64),
        _keys_of([row.exact_key for row in rows]),
        _keys_of([row.near_exact_key for row in rows]),
        np.array([row.language.encode() for row in rows], np.bytes_),
        np.array([row[4:6] for row in rows], np.int64).reshape(-1, 2),
    )


def load_features(connection: Connection, ids: NDArray[np.int64]) -> list[bytes]:
    """Load the packed features of entries, in the order of `ids`."""
    query = select(index_entry.c.id, index_entry.c.features).where(_is_listed(connection))
    found: dict[int, bytes] = {}
    for start in range(0, len(ids), ID_BATCH):
        part = _listed(connection, ids[start : start + ID_BATCH])
        found.update((row.id, row.features) for row in connection.execute(query, {"listed": part}))
    return [found[int(entry)] for entry in ids]


def load_partners(connection: Connection, ids: Sequence[int]) -> dict[int, Partner]:
    """Return how entries are called, by id; those that were purged are missing."""
    entry, batch = index_entry, index_batch
    query = (
        select(entry.c.id, batch.c.run_id, entry.c.ordinal, entry.c.sample_id)
        .join(batch, batch.c.id == entry.c.batch_id)
        .where(_is_listed(connection))
    )
    found: dict[int, Partner] = {}
    numbers = np.unique(np.array(ids, np.int64))
    for start in range(0, len(numbers), ID_BATCH):
        part = _listed(connection, numbers[start : start + ID_BATCH])
        for row in connection.execute(query, {"listed": part}):
            found[row.id] = Partner(*row[1:])
    return found


def _run_find(connection: Connection, wanted: NDArray[np.int64], scope: Scope) -> NDArray[np.int64]:
    result = connection.execute(
        _FIND[connection.dialect.name],
        {
            "listed": _listed(connection, wanted),
            "first": scope.first,
            "last": scope.last,
            "cap": BUCKET_CAP,
        },
    )
    parts = [np.empty((0, 2), np.int64)]
    while rows := result.fetchmany(FETCH):
        parts.append(np.fromiter(chain.from_iterable(rows), np.int64).reshape(-1, 2))
    return np.concatenate(parts)


def _is_listed(connection: Connection) -> ColumnElement[bool]:
    """Whether an entry's id is among those in the parameter `listed`: one parameter, any number."""
    values = {
        "sqlite": "SELECT k.value FROM json_each(:listed) AS k",
        "postgresql": "SELECT unnest(CAST(:listed AS BIGINT[]))",
    }[connection.dialect.name]
    listed = text(values).bindparams(bindparam("listed")).columns(index_entry.c.id)
    return and_(index_entry.c.id.in_(listed))


def _listed(connection: Connection, values: NDArray[np.int64]) -> "str | list[int]":
    numbers = values.tolist()
    return orjson.dumps(numbers).decode() if connection.dialect.name == "sqlite" else numbers


def _keys_of(keys: Sequence[bytes]) -> NDArray[np.uint64]:
    return np.frombuffer(b"".join(keys), np.dtype("<u8")).reshape(-1, 2)
