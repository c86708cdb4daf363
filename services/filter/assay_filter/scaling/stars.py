"""Connected components of pairs that may be too many for one machine.

Up to a bound the pairs (a forest by now, 16 bytes each) are gathered by one task. Above it large-
and small-star alternate: every sample is linked to the least neighbour that it or its neighbours
know, until each component is a star around its least member (Kiveris, Lattanzi, Mirrokni, Rastogi,
Vassilvitskii, Connected Components in MapReduce and Beyond, SoCC 2014). A round is two group-bys;
their number grows with the logarithm of the longest chain.

Invariant: the result is the component's least ordinal for each of its samples, by either way.
"""

from functools import partial
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from assay.domain.errors import DedupError
from assay_filter.dedup.clusters import components
from assay_filter.dedup.lsh import Groups
from assay_filter.scaling.flow import PART, Flow, R, column
from assay_filter.scaling.job import part_column
from assay_filter.scaling.settings import Sizes

EDGE_BYTES = 48  # of a pair in a round: both directions, with their parts
MAX_ROUNDS = 60

_EDGES = pa.schema([("node", pa.int64()), ("other", pa.int64())])
LABELS = pa.schema([("ordinal", pa.int64()), ("root", pa.int64()), ("size", pa.int64())])
_STATE = pa.schema([("edges", pa.int64()), ("mark", pa.uint64())])
_SIZE = pa.schema([("size", pa.int64())])
_FIRST = np.uint64(0x9E3779B97F4A7C15)
_SECOND = np.uint64(0xD6E8FEB86659FD93)
_SHIFT = np.uint64(29)


def label_components(flow: Flow[R], edges: R, sizes: Sizes) -> R:
    """Return the least member of its component for every sample that has another in it.

    Args:
        flow: the engine.
        edges: columns `node` and `other`, a pair of samples a row; used more than once.
        sizes: above `gathered_edges` pairs no task sees all of them.

    Raises:
        DedupError: a component is larger than one task may settle.
    """
    num_edges = flow.count(edges)
    num_parts = sizes.parts_for(EDGE_BYTES * num_edges)
    if num_edges <= sizes.gathered_edges:
        stars = flow.regroup(flow.alter(edges, partial(_send, 1)), _gather, num_parts=1)
    else:
        stars = _by_rounds(flow, edges, num_parts)
    by_root = flow.alter(stars, partial(_send_to_other, num_parts))
    labels = flow.regroup(by_root, _label, num_parts=num_parts)
    largest = column(flow.collect(flow.alter(labels, _largest), _SIZE), "size").max(initial=0)
    if largest > sizes.largest_component:
        raise DedupError(
            f"expected at most {sizes.largest_component:,} samples that may be copies of each "
            f"other, found {largest:,}: most likely rows of one template; take it out of the "
            "input, propose fewer pairs (a higher dedup.rows in the pipeline), or allow larger "
            "components (--largest-component) on machines with more memory"
        )
    return labels


def _by_rounds(flow: Flow[R], edges: R, num_parts: int) -> R:
    before = None
    for _ in range(MAX_ROUNDS):
        both = flow.alter(edges, partial(_send_both, num_parts))
        large = flow.regroup(both, _large_star, num_parts=num_parts)
        down = flow.alter(large, partial(_send, num_parts))
        edges = flow.regroup(down, _small_star, num_parts=num_parts)
        told = flow.collect(flow.alter(edges, _state), _STATE)
        state = (int(column(told, "edges").sum()), int(column(told, "mark").sum()))
        if state == before:
            return edges
        before = state
    raise DedupError(f"expected components within {MAX_ROUNDS} rounds; please report this as a bug")


def _send(num_parts: int, table: pa.Table) -> pa.Table:
    """Send each pair to the greater of the two, which becomes its node."""
    node, other = column(table, "node"), column(table, "other")
    return _addressed(np.maximum(node, other), np.minimum(node, other), num_parts)


def _send_both(num_parts: int, table: pa.Table) -> pa.Table:
    node, other = column(table, "node"), column(table, "other")
    return _addressed(np.concatenate([node, other]), np.concatenate([other, node]), num_parts)


def _send_to_other(num_parts: int, table: pa.Table) -> pa.Table:
    return _addressed(column(table, "other"), column(table, "node"), num_parts)


def _addressed(node: NDArray[np.int64], other: NDArray[np.int64], num_parts: int) -> pa.Table:
    return pa.table({PART: part_column(node % num_parts), "node": node, "other": other})


class _Stars(NamedTuple):
    """Distinct pairs ordered by node, and the least neighbour of the node of each."""

    node: NDArray[np.int64]
    other: NDArray[np.int64]
    least: NDArray[np.int64]

    @classmethod
    def of(cls, table: pa.Table) -> "_Stars":
        pairs = np.unique(np.stack([column(table, "node"), column(table, "other")]), axis=1)
        node, other = pairs
        _, starts, number = np.unique(node, return_index=True, return_inverse=True)
        return cls(node, other, other[starts][number])


def _large_star(table: pa.Table) -> pa.Table:
    """Link the greater neighbours of each node to the least that it knows, itself included."""
    stars = _Stars.of(table)
    is_greater = stars.other > stars.node
    least = np.minimum(stars.least, stars.node)
    return _edges(stars.other[is_greater], least[is_greater])


def _small_star(table: pa.Table) -> pa.Table:
    """Link each node, and its neighbours (all of them less), to the least of these."""
    stars = _Stars.of(table)
    is_other = stars.other != stars.least
    node = np.concatenate([stars.node, stars.other[is_other]])
    return _edges(node, np.concatenate([stars.least, stars.least[is_other]]))


def _gather(table: pa.Table) -> pa.Table:
    """Find all components at once."""
    pairs = np.stack([column(table, "node"), column(table, "other")], axis=1).ravel()
    ordinals, vertex = np.unique(pairs, return_inverse=True)
    group = np.repeat(np.arange(len(pairs) // 2), 2)
    roots = components(Groups(vertex.astype(np.int64), group), len(ordinals))
    is_child = roots != np.arange(len(roots))
    return _edges(ordinals[is_child], ordinals[roots[is_child]])


def _edges(node: NDArray[np.int64], other: NDArray[np.int64]) -> pa.Table:
    pairs = np.unique(np.stack([node, other]), axis=1)
    return pa.table({"node": pairs[0], "other": pairs[1]}, schema=_EDGES)


def _label(table: pa.Table) -> pa.Table:
    """Label the members of each star, its middle among them; `node` is the middle here."""
    stars = _Stars.of(table)
    root, counts = np.unique(stars.node, return_counts=True)
    ordinal = np.concatenate([stars.other, root])
    size = np.concatenate([np.repeat(counts, counts), counts]) + 1
    return pa.table(
        {"ordinal": ordinal, "root": np.concatenate([stars.node, root]), "size": size},
        schema=LABELS,
    )


def _largest(table: pa.Table) -> pa.Table:
    return pa.table({"size": [int(column(table, "size").max(initial=0))]}, schema=_SIZE)


def _state(table: pa.Table) -> pa.Table:
    """Return what adds up to a mark of a set of pairs, however it is cut."""
    node = column(table, "node").astype(np.uint64)
    mixed = (node * _FIRST) ^ ((column(table, "other").astype(np.uint64) + _FIRST) * _SECOND)
    mixed = (mixed ^ (mixed >> _SHIFT)) * _SECOND
    mark = (mixed ^ (mixed >> _SHIFT)).sum(dtype=np.uint64)
    return pa.table({"edges": [len(node)], "mark": [int(mark)]}, schema=_STATE)
