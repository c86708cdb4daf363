"""Keys that samples share: bands of their signatures, near-exact keys, prompts.

57 bytes a key travel to the part of that key, 34 keys a sample with the default settings; a pass
takes as many kinds of keys as fit into what is shuffled at a time. A part groups its keys with the
functions of the local engine and passes on little: a forest that connects what belongs together,
and pairs that only the guard keeps apart.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from assay_filter.dedup.clusters import components
from assay_filter.dedup.features import FeatureBlock
from assay_filter.dedup.lsh import BandGroups, Vertices, group_band, group_equal, join, larger_than
from assay_filter.dedup.settings import DedupSettings
from assay_filter.scaling.flow import PART, Flow, R, column
from assay_filter.scaling.job import ChunkAt, Job, part_column
from assay_filter.scaling.mail import items_of
from assay_filter.scaling.settings import KEY_BYTES, Sizes
from assay_filter.scaling.vertices import features_of, vertices_of

NEAR_EXACT, PROMPT = 64, 65  # kinds of keys; less than 64: a band
_SPREAD = 0x9E3779B97F4A7C15
_WORD = (1 << 64) - 1

_KEYS = pa.schema(
    [
        (PART, pa.int64()),
        ("kind", pa.uint8()),
        ("key", pa.uint64()),
        ("second", pa.uint64()),  # of a band the guard, else the rest of the key
        ("preference", pa.uint64()),
        ("exact_high", pa.uint64()),
        ("exact_low", pa.uint64()),
        ("vertex", pa.int64()),
    ]
)
PAIRS = pa.schema([("is_suspect", pa.bool_()), ("better", pa.int64()), ("vertex", pa.int64())])


def group_keys(
    flow: Flow[R], job: Job, chunks: Sequence[ChunkAt], sizes: Sizes, num_samples: int
) -> R:
    """Return pairs of samples: what connects components, and suspects of the guard."""
    kinds = kinds_of(job.dedup)
    each = max(1, sizes.pass_bytes // (KEY_BYTES * num_samples))
    found = []
    for start in range(0, len(kinds), each):
        some = kinds[start : start + each]
        num_parts = sizes.parts_for(KEY_BYTES * num_samples * len(some))
        keys = flow.spread(items_of(chunks), partial(_emit, job, some, num_parts))
        group = partial(_group, job.dedup.guard, job.dedup.prompt_cap)
        found.append(flow.regroup(keys, group, num_parts=num_parts))
    return flow.join(found)


def kinds_of(settings: DedupSettings) -> list[int]:
    """Return the kinds of keys that these settings look at."""
    return [
        *(range(settings.num_bands) if settings.near else ()),
        *((NEAR_EXACT,) if settings.near_exact else ()),
        *((PROMPT,) if settings.prompt_cap else ()),
    ]


class _Keys(NamedTuple):
    """Keys of one kind, and which vertices of the chunk have one."""

    first: "np.ndarray[Any, Any]"
    second: "np.ndarray[Any, Any]"
    rows: NDArray[np.int64]


def _emit(job: Job, kinds: Sequence[int], num_parts: int, item: bytes) -> pa.Table:
    chunk = ChunkAt.from_json(item)
    vertices, features = vertices_of(job, chunk), features_of(job, chunk)
    preference, exact = vertices.preference(), np.asarray(features.exact)
    tables = []
    for kind in kinds:
        first, second, rows = _keys(features, kind)
        mixed = (first ^ np.uint64(kind * _SPREAD & _WORD)) % np.uint64(num_parts)
        cells = {
            PART: part_column(mixed),
            "kind": np.full(len(rows), kind, np.uint8),
            "key": first,
            "second": second,
            "preference": preference[rows],
            "exact_high": exact[rows, 0],
            "exact_low": exact[rows, 1],
            "vertex": vertices.ordinal[rows],
        }
        tables.append(pa.table(cells, schema=_KEYS))
    return pa.concat_tables(tables)


def _keys(features: FeatureBlock, kind: int) -> _Keys:
    if kind == PROMPT:
        rows = np.flatnonzero(np.asarray(features.prompt).any(axis=1))
        return _Keys(features.prompt[rows, 0], features.prompt[rows, 1], rows)
    if kind == NEAR_EXACT:
        keys = np.asarray(features.near_exact)
        return _Keys(keys[:, 0], keys[:, 1], np.arange(len(keys)))
    rows = np.flatnonzero(np.asarray(features.num_elements) > 0)
    return _Keys(features.bands[kind][rows], features.guard[rows], rows)


def _group(has_guard: bool, prompt_cap: int, table: pa.Table) -> pa.Table:
    """Group all keys of a part; vertices are numbered by preference within it, as in a run."""
    names = ("vertex", "exact_low", "exact_high", "preference")
    order = np.lexsort(tuple(column(table, name) for name in names))
    vertex = column(table, "vertex")[order]
    is_new = np.ones(len(vertex), bool)
    is_new[1:] = vertex[1:] != vertex[:-1]
    number, distinct = np.cumsum(is_new) - 1, vertex[is_new]
    rows = _Rows(
        column(table, "kind")[order], column(table, "key")[order], column(table, "second")[order]
    )
    found = list(_groups_by_kind(rows, number, has_guard, prompt_cap))
    roots = components(join([part.groups for part in found]), len(distinct))
    linked = np.flatnonzero(roots != np.arange(len(roots)))
    suspects = np.unique(np.concatenate([part.suspects for part in found], axis=1), axis=1)
    return pa.table(
        {
            "is_suspect": np.repeat([False, True], [len(linked), suspects.shape[1]]),
            "better": distinct[np.concatenate([roots[linked], suspects[0]])],
            "vertex": distinct[np.concatenate([linked, suspects[1]])],
        },
        schema=PAIRS,
    )


class _Rows(NamedTuple):
    kind: NDArray[np.uint8]
    key: NDArray[np.uint64]
    second: NDArray[np.uint64]


def _groups_by_kind(
    rows: _Rows, number: Vertices, has_guard: bool, prompt_cap: int
) -> Iterator[BandGroups]:
    none = np.empty((2, 0), np.int64)
    for kind in np.unique(rows.kind).tolist():
        at = np.flatnonzero(rows.kind == kind)
        if kind not in (NEAR_EXACT, PROMPT):
            guard = None
            if has_guard:
                guard = np.zeros(int(number[-1]) + 1, np.uint64)
                guard[number[at]] = rows.second[at]
            yield group_band(rows.key[at], number[at], guard)
            continue
        groups = group_equal(np.stack([rows.key[at], rows.second[at]], axis=1), number[at])
        yield BandGroups(larger_than(prompt_cap, groups) if kind == PROMPT else groups, none)
