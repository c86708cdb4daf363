"""Which samples of a run were kept before: exact, then near-exact, then near and verified.

The tiers and rules are those inside one run (`dedup`). Among equals the earliest entry is the
partner: it has the smallest id. A sample's near candidates are the entries that share a bucket with
it; of more than `MOST_CANDIDATES` those that share most buckets are compared, for the share of
common buckets estimates similarity. So the work per sample is bounded, and what is found depends on
the sample and the scope alone: not on the batch, and not on what was added later.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine

from assay.audit.engine import reading
from assay_filter.dedup.clusters import EXACT, NEAR, NEAR_EXACT
from assay_filter.dedup.corpus import Corpus
from assay_filter.dedup.sets import ShingleSets, compare_sets, shingle_sets
from assay_filter.dedup.settings import DedupSettings
from assay_filter.dedup.verify import DIFFERENT, EQUAL, Limits
from assay_filter.index import keys as key_columns
from assay_filter.index.head import Scope
from assay_filter.index.keys import Keyed, LookupKeys, lookup_keys
from assay_filter.index.lookup import Hits, Stubs, find_hits, load_features, load_stubs
from assay_filter.index.packing import unpack

QUERY_BATCH = 512
MOST_CANDIDATES = 256
BATCH_UNITS = 1 << 22  # text whose sets are built at a time, unless one sample has more
BATCH_SHINGLES = 1 << 22  # of entries, loaded at a time, unless one entry has more

MATCHES = np.dtype(
    [
        ("row", np.int64),
        ("entry", np.int64),
        ("method", np.uint8),  # a position in `dedup.result.METHODS`
        ("context", np.int16),  # thousandths
        ("response", np.int16),
    ]
)


class Samples(NamedTuple):
    """The rows of feature files that are looked up; languages are empty where unknown."""

    corpus: Corpus
    language: NDArray[np.bytes_]
    lengths: NDArray[np.int64]  # units of text


def find_earlier(
    engine: Engine, samples: Samples, scope: Scope, settings: DedupSettings
) -> Iterator[NDArray[np.void]]:
    """Yield, batch by batch, the rows that the scope holds already (`MATCHES`, by row).

    Each batch is a short transaction of its own: what the scope sees does not change.
    """
    if scope.last == 0:
        return
    for first in range(0, samples.corpus.size, QUERY_BATCH):
        count = min(QUERY_BATCH, samples.corpus.size - first)
        with reading(engine) as connection:
            yield _Lookup(connection, samples, scope, settings).run(first, count)


def keyed(corpus: Corpus, first: int, count: int) -> Keyed:
    """What the keys of consecutive rows are made of."""
    return Keyed(
        corpus.part("exact", first, count),
        corpus.part("near_exact", first, count),
        corpus.part("bands", first, count),
        corpus.part("guard", first, count),
        corpus.part("num_elements", first, count) > 0,
    )


def sets_of(corpus: Corpus, rows: NDArray[np.int64]) -> ShingleSets:
    """The shingle sets of some rows, in their order."""
    count = len(rows)
    return shingle_sets(corpus.texts(rows, np.zeros(count, np.int16), np.ones(count, np.bool_)))


class _Lookup:
    """One batch of samples against the index."""

    def __init__(
        self, connection: Connection, samples: Samples, scope: Scope, settings: DedupSettings
    ) -> None:
        self._connection = connection
        self._samples = samples
        self._scope = scope
        self._settings = settings
        self._limits = Limits(round(settings.threshold * 1000), settings.short_answer_changes)

    def run(self, first: int, count: int) -> NDArray[np.void]:
        known = keyed(self._samples.corpus, first, count)
        keys = lookup_keys(known, self._settings)
        equal = self._equal(known, keys)
        is_open = ~np.isin(np.arange(count), equal["row"]) & self._settings.near
        keys.is_used[:, : key_columns.FIRST_BAND] = False
        keys.is_used[:, key_columns.FIRST_BAND :] &= is_open[:, None]
        hits, stubs = self._find(keys)
        found = np.concatenate([equal, self._near(first, hits, stubs)])
        found["row"] += first
        return np.sort(found, order="row")

    def _find(self, keys: LookupKeys) -> "_Found":
        """What the scope sees under some keys."""
        hits = find_hits(self._connection, keys, self._scope)
        stubs = load_stubs(self._connection, np.unique(hits.entry), self._scope)
        return _Found(_seen(hits, stubs), stubs)

    def _equal(self, known: Keyed, keys: LookupKeys) -> NDArray[np.void]:
        """Exact and, of what is left, near-exact copies: most samples need no more."""
        is_used = np.zeros_like(keys.is_used)
        is_used[:, key_columns.EXACT] = self._settings.exact
        is_used[:, key_columns.NEAR_EXACT] = self._settings.near_exact
        hits, stubs = self._find(LookupKeys(keys.values, is_used))
        exact = _equal(hits, key_columns.EXACT, known.exact, stubs.exact, stubs.ids)
        hits = hits.where(~np.isin(hits.row, exact["row"]))
        rest = _equal(hits, key_columns.NEAR_EXACT, known.near_exact, stubs.near_exact, stubs.ids)
        return np.concatenate([exact, rest])

    def _near(self, first: int, hits: Hits, stubs: Stubs) -> NDArray[np.void]:
        """Verify band candidates."""
        parts = [np.empty(0, MATCHES)]
        rows = np.unique(hits.row)
        lengths = self._samples.lengths[first + rows]
        for part in np.split(rows, _cuts(lengths, BATCH_UNITS)):
            if len(part):
                sets = sets_of(self._samples.corpus, first + part)
                pairs = self._pairs(first, hits.where(np.isin(hits.row, part)), part, sets, stubs)
                parts.append(self._verify(part, pairs, sets, stubs))
        return np.concatenate(parts)

    def _pairs(
        self, first: int, hits: Hits, rows: NDArray[np.int64], sets: ShingleSets, stubs: Stubs
    ) -> NDArray[np.int64]:
        """Pairs (position in `rows`, position in `stubs`) worth comparing, earliest entry first."""
        local = np.searchsorted(rows, hits.row)
        base = len(stubs.ids)
        packed, shared = np.unique(local * base + hits.entry, return_counts=True)
        pairs = np.stack([packed // base, packed % base], axis=1)
        mine = self._samples.language[first + rows[pairs[:, 0]]]
        other = stubs.language[pairs[:, 1]]
        is_possible = (mine == other) | (mine == b"") | (other == b"")
        sizes = sets.sizes()[:, [0, 2]][pairs[:, 0]]
        others = stubs.sizes[pairs[:, 1]]
        low, high = np.minimum(sizes, others), np.maximum(sizes, others)
        is_possible &= np.all(1000 * low >= self._limits.threshold * high, axis=1)
        return _nearest(pairs[is_possible], shared[is_possible])

    def _verify(
        self, rows: NDArray[np.int64], pairs: NDArray[np.int64], sets: ShingleSets, stubs: Stubs
    ) -> NDArray[np.void]:
        parts = [np.empty(0, MATCHES)]
        settled = np.zeros(len(rows), np.bool_)
        for part in np.split(pairs, _cuts(stubs.sizes.sum(axis=1)[pairs[:, 1]], BATCH_SHINGLES)):
            part = part[~settled[part[:, 0]]]
            if len(part) == 0:
                continue
            involved, local = np.unique(part[:, 1], return_inverse=True)
            others = unpack(load_features(self._connection, stubs.ids[involved]))
            compared = np.stack([part[:, 0], local], axis=1)
            similarities = compare_sets(sets, others, compared, self._limits)
            is_similar = similarities[:, 0] != DIFFERENT
            part, similarities = part[is_similar], similarities[is_similar]
            settled[part[:, 0]] = True
            found = np.empty(len(part), MATCHES)
            found["row"], found["entry"] = rows[part[:, 0]], stubs.ids[part[:, 1]]
            found["method"] = NEAR
            found["context"], found["response"] = similarities.T
            parts.append(found)
        return np.concatenate(parts)


class _Found(NamedTuple):
    hits: Hits  # `entry` is a position in `stubs`
    stubs: Stubs


def _seen(hits: Hits, stubs: Stubs) -> Hits:
    """The hits on entries that the scope sees; entries become positions in `stubs`."""
    at = np.searchsorted(stubs.ids, hits.entry)
    at[at == len(stubs.ids)] = 0
    is_seen = stubs.ids[at] == hits.entry if len(stubs.ids) else np.zeros(len(at), np.bool_)
    return Hits(hits.row, hits.column, at).where(is_seen)


def _equal(
    hits: Hits,
    column: int,
    mine: NDArray[np.uint64],
    others: NDArray[np.uint64],
    ids: NDArray[np.int64],
) -> NDArray[np.void]:
    """The earliest entry of each row whose whole key is equal."""
    hits = hits.where(hits.column == column)
    hits = hits.where(np.all(mine[hits.row] == others[hits.entry], axis=1))
    order = np.lexsort((hits.entry, hits.row))
    rows, heads = np.unique(hits.row[order], return_index=True)
    found = np.empty(len(rows), MATCHES)
    found["row"], found["entry"] = rows, ids[hits.entry[order][heads]]
    found["method"] = EXACT if column == key_columns.EXACT else NEAR_EXACT
    found["context"] = found["response"] = EQUAL
    return found


def _nearest(pairs: NDArray[np.int64], shared: NDArray[np.int64]) -> NDArray[np.int64]:
    """Of each row's pairs those that share most buckets, in the order of entries."""
    order = np.lexsort((pairs[:, 1], -shared, pairs[:, 0]))
    ranked = pairs[order]
    _, heads, counts = np.unique(ranked[:, 0], return_index=True, return_counts=True)
    rank = np.arange(len(ranked)) - np.repeat(heads, counts)
    kept = ranked[rank < MOST_CANDIDATES]
    return kept[np.lexsort((kept[:, 1], kept[:, 0]))]


def _cuts(costs: NDArray[np.int64], budget: int) -> NDArray[np.int64]:
    """Where to cut a list so that each part costs about `budget`, or is one element."""
    before = (np.cumsum(costs) - costs) // budget
    return np.flatnonzero(before[1:] != before[:-1]) + 1
