"""Finds exact copies among open samples: each group shares the judgement of its first member."""

from typing import Any

import numpy as np

NOT_OPEN = -1


def first_copies(array: "np.ndarray[Any, Any]") -> "np.ndarray[Any, np.dtype[np.int64]]":
    """Return, per sample, the ordinal of the first open sample with the same exact key.

    Args:
        array: shape (num_samples,), dtype `RULES_DTYPE`, in sample order.

    Returns:
        Shape (num_samples,): a sample's own ordinal when it is first or alone, NOT_OPEN when the
        rules closed it.
    """
    firsts = np.full(len(array), NOT_OPEN, np.int64)
    positions = np.flatnonzero(array["open"])
    if not len(positions):
        return firsts
    high, low = array["key_high"][positions], array["key_low"][positions]
    order = np.lexsort((positions, low, high))
    high, low, ordered = high[order], low[order], positions[order]
    starts = np.ones(len(ordered), bool)
    starts[1:] = (high[1:] != high[:-1]) | (low[1:] != low[:-1])
    group = np.cumsum(starts) - 1
    firsts[ordered] = ordered[starts][group]
    return firsts
