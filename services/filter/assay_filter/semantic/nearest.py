"""For each vector the most similar one before it: exact up to a number, by nearest cells beyond.

Vectors are unit vectors in 16-bit integers, so every dot product is a whole number that fits a
double: the cosines, and with them the flags, are the same on every machine, whatever order its
linear algebra adds in. Up to `max_compared` vectors, all n^2 / 2 pairs are compared. Beyond, each
is compared with the members of its nearest cells (`cells`), which holds the work of one vector
constant while their number grows, and may miss a pair. Memory beside the vectors, which may be a
mapped file: some dozen bytes a vector, and blocks of 2,048.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from assay_filter.semantic.cells import PROBES, divide, norms_of

BLOCK = 2048

Rows = NDArray[np.int64]


class Nearest(NamedTuple):
    """Per vector: the position of the most similar earlier one found (-1: none), its cosine."""

    position: Rows
    cosine: NDArray[np.float64]


def nearest_earlier(vectors: "np.ndarray[Any, np.dtype[np.int16]]", max_compared: int) -> Nearest:
    """Compare each vector (a row of `quantise`) with rows before it.

    Of equally similar ones the first counts.
    """
    count = len(vectors)
    found = Nearest(np.full(count, -1, np.int64), np.full(count, -np.inf))
    norms = norms_of(vectors, BLOCK)
    if count <= max_compared:
        everyone = np.arange(count)
        _compare(vectors, norms, everyone, everyone, found)
        return found
    cells = divide(vectors, -(-count * PROBES // max_compared), BLOCK)
    for members, visitors in cells.groups():
        for start in range(0, len(visitors), BLOCK):
            some = visitors[start : start + BLOCK]
            last = int(np.searchsorted(members, some[-1]))
            first = int(np.searchsorted(members, some[0]))
            _compare(vectors, norms, some, members[max(0, first - max_compared) : last], found)
    return found


def _compare(
    vectors: "np.ndarray[Any, np.dtype[np.int16]]",
    norms: NDArray[np.float64],
    visitors: Rows,
    members: Rows,
    found: Nearest,
) -> None:
    """Compare `visitors` with those of `members` before each; both are sorted rows."""
    for start in range(0, len(visitors), BLOCK):
        rows = visitors[start : start + BLOCK]
        mine = vectors[rows].astype(np.float64)
        num_before = int(np.searchsorted(members, rows[-1]))
        for first in range(0, num_before, BLOCK):
            others = members[first : min(first + BLOCK, num_before)]
            cosines = mine @ vectors[others].astype(np.float64).T
            cosines /= norms[others]
            if others[-1] >= rows[0]:  # only what stands before
                cosines[others[np.newaxis, :] >= rows[:, np.newaxis]] = -np.inf
            best = cosines.argmax(axis=1)
            _keep_better(
                found, rows, others[best], cosines[np.arange(len(rows)), best] / norms[rows]
            )


def _keep_better(found: Nearest, rows: Rows, others: Rows, cosines: NDArray[np.float64]) -> None:
    known = found.cosine[rows]
    is_first = (cosines == known) & (others < found.position[rows])
    is_better = ((cosines > known) | is_first) & (cosines > -np.inf)
    found.cosine[rows[is_better]] = cosines[is_better]
    found.position[rows[is_better]] = others[is_better]
