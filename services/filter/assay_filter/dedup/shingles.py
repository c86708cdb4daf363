"""What a side's set consists of: its character 5-shingles, or one element where it is short.

A side is short when its reduced text has fewer than `min_chars` characters or its folded text
fewer than `min_shingles` different shingles; its single element is the hash of the reduced text,
so that two short sides are equal or disjoint, never similar. An element is 64 bits, an injective
packing of five UTF-16 units before the final multiplications.

Invariant: the kernels of `minhash` (signatures) and `verify` (Jaccard) see the same sets.
"""

import numpy as np
from numpy.typing import NDArray

from assay_filter.dedup.folding import Layout
from assay_filter.dedup.keys import Units
from assay_filter.dedup.native import mix, native

SHINGLE = 5

_FIRST = np.uint64(0x9E3779B97F4A7C15)
_SECOND = np.uint64(0xD6E8FEB86659FD93)
_WIDTH = np.uint64(16)
_ONE = np.uint64(1)


def short_keys(
    folded: Layout, reduced: Layout, min_chars: int, min_shingles: int
) -> NDArray[np.uint64]:
    """Per sample and side (context, query, response): 0, or the one element of a short side."""
    return _short_keys(
        folded.units, folded.starts, reduced.units, reduced.starts, min_chars, min_shingles
    )


@native
def shingle_hash(window: np.uint64, oldest: np.uint64) -> np.uint64:
    """Hash the last four units (packed) and the one before them."""
    value = (window * _FIRST) ^ ((oldest + _ONE) * _SECOND)
    value = (value ^ (value >> np.uint64(32))) * _SECOND
    return value ^ (value >> np.uint64(29))


@native
def _short_keys(
    folded: Units,
    folded_starts: NDArray[np.int64],
    reduced: Units,
    reduced_starts: NDArray[np.int64],
    min_chars: int,
    min_shingles: int,
) -> NDArray[np.uint64]:
    num_samples = (len(folded_starts) - 1) // 3
    keys = np.zeros((num_samples, 3), np.uint64)
    seen = np.empty(min_shingles, np.uint64)
    for sample in range(num_samples):
        for side in range(3):
            first = 3 * sample + side
            last = 3 * sample + (2 if side < 2 else 3)
            start, end = reduced_starts[first], reduced_starts[last]
            is_short = end - start - (last - first) < min_chars or _has_few(
                folded, folded_starts[first], folded_starts[last], seen
            )
            if is_short:
                keys[sample, side] = _hash_all(reduced, start, end)
    return keys


@native
def _has_few(units: Units, start: int, end: int, seen: NDArray[np.uint64]) -> bool:
    """Whether fewer different shingles than `seen` can hold stand in the text."""
    window = np.uint64(0)
    oldest = np.uint64(0)
    count = 0
    for i in range(start, end):
        oldest = window >> np.uint64(48)
        window = (window << _WIDTH) | np.uint64(units[i])
        if i - start < SHINGLE - 1:
            continue
        value = shingle_hash(window, oldest)
        is_new = True
        for known in range(count):
            is_new = is_new and seen[known] != value
        if is_new:
            seen[count] = value
            count += 1
            if count == len(seen):
                return False
    return True


@native
def _hash_all(units: Units, start: int, end: int) -> np.uint64:
    value = _FIRST
    for i in range(start, end):
        value = mix((value ^ np.uint64(units[i])) * _SECOND)
    return value | _ONE
