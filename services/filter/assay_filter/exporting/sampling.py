"""Who is taken: by a hash of seed and address, so that the order of rows decides nothing.

A seeded hash gives every sample a rank; a group takes its lowest ranks. A group with more rows to
give than samples repeats all of them evenly, and the lowest ranks once more.
"""

import hashlib
from collections.abc import Mapping
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

MAX_HASH = 1 << 64
TRAIN = 0


def ranks(high: NDArray[np.uint64], low: NDArray[np.uint64], seed: int) -> NDArray[np.uint64]:
    """Return the rank of samples whose addresses begin with `high` and `low`, 64 bits each."""
    start = hashlib.blake2b(str(seed).encode(), digest_size=8, person=b"assay-sample")
    found = np.empty(len(high), np.uint64)
    for at, (one, other) in enumerate(zip(high.tolist(), low.tolist(), strict=True)):
        found[at] = _digest(start, one << 64 | other, 16)
    return found


def take(num_rows: int, order: NDArray[np.uint64], ties: NDArray[np.uint64]) -> NDArray[np.uint16]:
    """Return how often each sample of a group is written, so that `num_rows` are written in all.

    Args:
        num_rows: rows to give.
        order: shape (num_samples,), the samples' ranks.
        ties: what orders samples of equal rank.
    """
    num_samples = len(order)
    if not num_samples:
        assert not num_rows
        return np.zeros(0, np.uint16)
    each, extra = divmod(num_rows, num_samples)
    repeats = np.full(num_samples, each, np.uint16)
    repeats[np.lexsort((ties, order))[:extra]] += 1
    return repeats


def split_of(
    smallest: NDArray[np.uint64], splits: Mapping[str, float], seed: int
) -> NDArray[np.uint8]:
    """Return the split of each sample by its cluster: 0 is train, then `splits` in order.

    A cluster's place depends on seed, fractions and its smallest sample alone: it stays in its
    split when other data is added.
    """
    start = hashlib.blake2b(str(seed).encode(), digest_size=8, person=b"assay-split")
    clusters, places = np.unique(smallest, return_inverse=True)
    bounds = list(accumulate(round(fraction * MAX_HASH) for fraction in splits.values()))
    found = np.zeros(len(clusters), np.uint8)
    if bounds:
        for at, cluster in enumerate(clusters.tolist()):
            value = _digest(start, cluster, 8)
            found[at] = next((n for n, bound in enumerate(bounds, 1) if value < bound), TRAIN)
    chosen: NDArray[np.uint8] = found[places]
    return chosen


def _digest(start: hashlib.blake2b, value: int, num_bytes: int) -> int:
    state = start.copy()
    state.update(value.to_bytes(num_bytes, "big"))
    return int.from_bytes(state.digest(), "big")
