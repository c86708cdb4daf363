"""From band keys to groups of samples that may be near copies.

Vertices are numbered by preference, best first. Vertices that share a band key form a bucket; with
the guard on, a bucket is split by guard, so that ten thousand tasks of one template with different
numbers never meet. What the split kept apart is remembered as suspects: each vertex with the best
one of its bucket, to be flagged when the pair proves similar.

Bands are worked on one at a time: memory grows with the memberships found, not with the keys.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Vertices = NDArray[np.int64]


class Groups(NamedTuple):
    """Memberships (vertex, group), ordered by group, then by vertex; groups count from 0."""

    vertex: Vertices
    group: NDArray[np.int64]


class BandGroups(NamedTuple):
    """What one band says: its groups, and pairs (row 0 the better) that only the guard parts."""

    groups: Groups
    suspects: Vertices


def group_equal(keys: NDArray[np.uint64], vertices: Vertices) -> Groups:
    """Group `vertices` by equal rows of `keys`, which are one or two words wide.

    Vertices that stand alone are in no group.
    """
    columns = keys if keys.ndim == 2 else keys[:, None]
    paired = _share_a_value(columns[:, 0])  # nearly all stand alone: a full sort of few is cheap
    columns, vertices = columns[paired], vertices[paired]
    order = np.lexsort((vertices, *columns.T))
    sorted_keys = columns[order]
    is_first = np.ones(len(order), bool)
    is_first[1:] = np.any(sorted_keys[1:] != sorted_keys[:-1], axis=1)
    return _without_singles(vertices[order], np.cumsum(is_first) - 1)


def group_band(
    keys: NDArray[np.uint64], vertices: Vertices, guard: NDArray[np.uint64] | None
) -> BandGroups:
    """Group the vertices of one band; `guard` (by vertex number) splits groups where given."""
    buckets = group_equal(keys, vertices)
    if guard is None or len(buckets.vertex) == 0:
        return BandGroups(buckets, np.empty((2, 0), np.int64))
    _, first = np.unique(buckets.group, return_index=True)
    best = buckets.vertex[first][buckets.group]
    is_apart = guard[best] != guard[buckets.vertex]
    suspects = np.stack([best[is_apart], buckets.vertex[is_apart]])
    columns = np.stack([guard[buckets.vertex], buckets.group.astype(np.uint64)], axis=1)
    return BandGroups(group_equal(columns, buckets.vertex), suspects)


def group_bands(
    read_band: Callable[[int], NDArray[np.uint64]],
    num_bands: int,
    *,
    vertices: Vertices,
    guard: NDArray[np.uint64] | None,
    num_threads: int,
) -> BandGroups:
    """Group by every band; suspects are listed once."""

    def work(band: int) -> BandGroups:
        return group_band(read_band(band), vertices, guard)

    with ThreadPoolExecutor(num_threads) as pool:
        found = list(pool.map(work, range(num_bands)))
    suspects = np.concatenate([part.suspects for part in found], axis=1)
    return BandGroups(join([part.groups for part in found]), _distinct(suspects))


def larger_than(size: int, groups: Groups) -> Groups:
    """Return the groups of more than `size` vertices, numbered anew."""
    is_over = np.bincount(groups.group)[groups.group] > size
    return group_equal(groups.group[is_over].astype(np.uint64), groups.vertex[is_over])


def no_groups() -> Groups:
    """The groups of nothing."""
    return Groups(np.empty(0, np.int64), np.empty(0, np.int64))


def join(parts: Iterable[Groups]) -> Groups:
    """Put groups of several kinds one after the other, numbered anew."""
    numbered = list(_renumbered(parts))
    return Groups(
        np.concatenate([part.vertex for part in numbered]),
        np.concatenate([part.group for part in numbered]),
    )


def _renumbered(parts: Iterable[Groups]) -> Iterator[Groups]:
    offset = 0
    for part in parts:
        yield Groups(part.vertex, part.group + offset)
        offset += int(part.group[-1]) + 1 if len(part.group) else 0


def _without_singles(vertex: Vertices, group: NDArray[np.int64]) -> Groups:
    sizes = np.bincount(group) if len(group) else np.empty(0, np.int64)
    is_kept = sizes[group] > 1
    numbers = np.cumsum(sizes > 1) - 1
    return Groups(vertex[is_kept], numbers[group[is_kept]])


def _distinct(pairs: Vertices) -> Vertices:
    """The pairs in order, each once."""
    base = pairs.max(initial=0) + 1
    packed = np.unique(pairs[0] * base + pairs[1])
    return np.stack([packed // base, packed % base])


def _share_a_value(values: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Positions of values that occur more than once, in no particular order."""
    order = np.argsort(values)
    ordered = values[order]
    is_paired = np.zeros(len(order), bool)
    equal = ordered[1:] == ordered[:-1]
    is_paired[1:] = equal
    is_paired[:-1] |= equal
    return order[is_paired]
