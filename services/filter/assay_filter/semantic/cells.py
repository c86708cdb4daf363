"""Divides many vectors into cells of similar ones, so that near ones need not be sought everywhere.

Spherical k-means (Dhillon and Modha, 2001) on an evenly spaced part of the vectors, in whole
numbers, so that the same vectors give the same cells on every machine. Each vector lives in its
nearest cell and visits its `PROBES` nearest ones, as SemDeDup (arXiv 2303.09540) seeks inside of
clusters and inverted indexes probe several.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

PROBES = 4
ROUNDS = 4
ROWS_PER_CENTRE = 64
SCALE = 32_767  # of a component of a unit vector

Vectors = np.ndarray[Any, np.dtype[np.int16]]


class Cells(NamedTuple):
    """Per vector the cells that it visits, nearest first: shape (num_vectors, PROBES)."""

    visited: NDArray[np.int32]
    num_cells: int

    def groups(self) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """Yield each cell's members and visitors, as sorted rows."""
        homes = np.argsort(self.visited[:, 0], kind="stable")
        member_ends = np.cumsum(np.bincount(self.visited[:, 0], minlength=self.num_cells))
        visits = np.argsort(self.visited.ravel(), kind="stable")
        visit_ends = np.cumsum(np.bincount(self.visited.ravel(), minlength=self.num_cells))
        for cell in range(self.num_cells):
            begin, first = (
                int(ends[cell - 1]) if cell else 0 for ends in (member_ends, visit_ends)
            )
            members = homes[begin : member_ends[cell]]
            visitors = visits[first : visit_ends[cell]] // self.visited.shape[1]
            if len(members) and len(visitors):
                yield members, visitors


def quantise(vectors: NDArray[np.float32]) -> NDArray[np.int16]:
    """Return unit vectors in whole numbers: the rows, of any length but zero, times SCALE."""
    rows = vectors.astype(np.float64)
    rows /= np.abs(rows).max(
        axis=1, keepdims=True
    )  # squares of huge or tiny numbers must be finite
    rows /= np.sqrt((rows * rows).sum(axis=1, keepdims=True))
    return np.rint(rows * SCALE).astype(np.int16)


def norms_of(vectors: Vectors, block: int) -> NDArray[np.float64]:
    """Return the lengths of quantised vectors."""
    norms = np.empty(len(vectors))
    for start in range(0, len(vectors), block):
        rows = vectors[start : start + block].astype(np.int64)
        norms[start : start + block] = np.sqrt((rows * rows).sum(axis=1).astype(np.float64))
    return norms


def divide(vectors: Vectors, num_cells: int, block: int) -> Cells:
    """Divide vectors into at most `num_cells` cells; block by block, as they may not fit memory."""
    centres = _centres(vectors, num_cells)
    probes = min(PROBES, len(centres))
    visited = np.empty((len(vectors), probes), np.int32)
    for start in range(0, len(vectors), block):
        visited[start : start + block] = _nearest(vectors[start : start + block], centres, probes)
    return Cells(visited, len(centres))


def _centres(vectors: Vectors, num_cells: int) -> NDArray[np.int16]:
    part = vectors[_spread(len(vectors), num_cells * ROWS_PER_CENTRE)]
    centres = part[_spread(len(part), num_cells)]
    for _ in range(ROUNDS):
        home = _nearest(part, centres, 1)[:, 0]
        order = np.argsort(home, kind="stable")
        cells, starts = np.unique(home[order], return_index=True)
        sums = np.add.reduceat(part[order].astype(np.int64), starts, axis=0)
        is_some = sums.any(axis=1)
        centres = centres.copy()
        centres[cells[is_some]] = quantise(sums[is_some].astype(np.float64))
    return centres


def _nearest(rows: Vectors, centres: NDArray[np.int16], probes: int) -> NDArray[np.int32]:
    """Return each row's nearest centres; of equally near ones the first counts."""
    lengths = norms_of(centres, len(centres))
    nearest = np.empty((len(rows), probes), np.int32)
    for start in range(0, len(rows), 2048):
        some = rows[start : start + 2048].astype(np.float64)
        alike = some @ centres.astype(np.float64).T / lengths
        for probe in range(probes):
            best = alike.argmax(axis=1)
            nearest[start : start + len(some), probe] = best
            alike[np.arange(len(some)), best] = -np.inf
    return nearest


def _spread(count: int, wanted: int) -> NDArray[np.int64]:
    """Return at most `wanted` of `count` rows, evenly spaced."""
    return np.arange(min(wanted, count)) * count // min(wanted, count)
