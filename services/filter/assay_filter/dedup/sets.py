"""Shingle sets as sorted numbers, and the rules of `verify` on them: for texts that are not here.

An index that outlives a run holds no text. It holds, per sample, the sets that the rules compare:
context, response, and, where there is a setting, the query by itself. A shingle is cut to 40 of its
64 bits: sets of a thousand shingles have one chance in a million to agree in one too many.

Invariant: but for that chance, `compare_sets` says of two samples what `verify.compare` says.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from assay_filter.dedup.keys import Units
from assay_filter.dedup.native import native
from assay_filter.dedup.shingles import SHINGLE, shingle_hash
from assay_filter.dedup.verify import DIFFERENT, EQUAL, Limits, Texts

VALUE_BITS = 40
NUM_SETS = 3  # context, query, response

_MAX_SAMPLES = (1 << (64 - VALUE_BITS)) // NUM_SETS
_CUT = np.uint64(64 - VALUE_BITS)
_GROUP = np.uint64(VALUE_BITS)
_VALUE = np.uint64((1 << VALUE_BITS) - 1)
_WIDTH = np.uint64(16)
_UNLIMITED = 1 << 62


class ShingleSets(NamedTuple):
    """The sets of some samples; set s of row i is `values[starts[i, s]:starts[i, s + 1]]`, sorted.

    A short side has no set but its key in `shorts`; without a setting the query is the context and
    is not repeated.
    """

    values: NDArray[np.uint64]
    starts: NDArray[np.int64]  # (n, NUM_SETS + 1)
    shorts: NDArray[np.uint64]  # (n, 3): context, query, response
    has_setting: NDArray[np.bool_]

    def sizes(self) -> NDArray[np.int64]:
        """Shape (n, NUM_SETS): shingles of each set."""
        return np.diff(self.starts, axis=1)


def shingle_sets(texts: Texts) -> ShingleSets:
    """Build the sets of all texts: sorting takes twice 8 bytes a unit of text.

    Raises:
        ValueError: more samples at once than numbers leave room for (5.5 million).
    """
    count = len(texts.shorts)
    if count > _MAX_SAMPLES:
        raise ValueError(f"expected at most {_MAX_SAMPLES} samples at once, found {count}")
    found = np.empty(2 * len(texts.units), np.uint64)
    size = _emit(texts.units, texts.starts, texts.shorts, found)
    found = found[:size]
    found.sort()
    is_first = np.ones(size, np.bool_)
    is_first[1:] = found[1:] != found[:-1]
    found = found[is_first]
    groups = np.arange(NUM_SETS * count + 1, dtype=np.uint64) << _GROUP
    cuts = np.searchsorted(found, groups).astype(np.int64)
    ends = NUM_SETS * np.arange(count)[:, None] + np.arange(NUM_SETS + 1)
    has_setting = texts.starts[:, 1] > texts.starts[:, 0]
    return ShingleSets(found & _VALUE, cuts[ends], texts.shorts, has_setting)


def compare_sets(
    mine: ShingleSets, others: ShingleSets, pairs: NDArray[np.int64], limits: Limits
) -> NDArray[np.int64]:
    """Similarities (context, response) of pairs (row of `mine`, row of `others`), in thousandths.

    Pairs of one row of `mine` stand together: those after its first similar one are not compared.
    DIFFERENT where a pair is not similar or was not compared. Languages are the caller's matter.
    """
    return _compare_sets(mine, others, pairs, limits)


@native
def _emit(
    units: Units, starts: NDArray[np.int64], shorts: NDArray[np.uint64], out: NDArray[np.uint64]
) -> int:
    """Write every shingle with its sample and set in the upper bits."""
    count = 0
    for sample in range(len(shorts)):
        for side in range(3):
            if shorts[sample, side] != 0:
                continue
            if side == 1 and starts[sample, 1] == starts[sample, 0]:
                continue
            start = starts[sample, side]
            group = np.uint64(3 * sample + side) << _GROUP
            window = np.uint64(0)
            for i in range(start, starts[sample, 2 if side < 2 else 3]):
                oldest = window >> np.uint64(48)
                window = (window << _WIDTH) | np.uint64(units[i])
                if i - start >= SHINGLE - 1:
                    out[count] = group | (shingle_hash(window, oldest) >> _CUT)
                    count += 1
    return count


@native
def _compare_sets(
    mine: ShingleSets, others: ShingleSets, pairs: NDArray[np.int64], limits: Limits
) -> NDArray[np.int64]:
    found = np.full(pairs.shape, DIFFERENT, np.int64)
    settled = -1
    for i in range(len(pairs)):
        first, second = pairs[i]
        if first != settled:
            found[i, 0], found[i, 1] = _compare(mine, others, first, second, limits)
            if found[i, 0] != DIFFERENT:
                settled = first
    return found


@native
def _compare(
    mine: ShingleSets, others: ShingleSets, first: int, second: int, limits: Limits
) -> tuple[int, int]:
    if mine.shorts[first, 2] != others.shorts[second, 2]:
        return DIFFERENT, DIFFERENT
    is_short = mine.shorts[first, 2] != 0
    most_changes = limits.short_answer_changes if is_short else _UNLIMITED
    context = _side(mine, others, (first, second, 0), limits.threshold, most_changes)
    if context == DIFFERENT:
        return DIFFERENT, DIFFERENT
    if mine.has_setting[first] or others.has_setting[second]:
        query = _side(mine, others, (first, second, 1), limits.threshold, _UNLIMITED)
        if query == DIFFERENT:
            return DIFFERENT, DIFFERENT
    response = _side(mine, others, (first, second, 2), limits.threshold, _UNLIMITED)
    if response == DIFFERENT:
        return DIFFERENT, DIFFERENT
    return context, response


@native
def _side(
    mine: ShingleSets,
    others: ShingleSets,
    at: tuple[int, int, int],
    threshold: int,
    most_changes: int,
) -> int:
    first, second, side = at
    short, other_short = mine.shorts[first, side], others.shorts[second, side]
    if short != 0 or other_short != 0:
        return EQUAL if short == other_short else DIFFERENT
    return _jaccard(_set(mine, first, side), _set(others, second, side), threshold, most_changes)


@native
def _set(sets: ShingleSets, row: int, side: int) -> NDArray[np.uint64]:
    if side == 1 and not sets.has_setting[row]:
        side = 0
    return sets.values[sets.starts[row, side] : sets.starts[row, side + 1]]


@native
def _jaccard(
    left: NDArray[np.uint64], right: NDArray[np.uint64], threshold: int, most_changes: int
) -> int:
    """Jaccard similarity of sorted sets in thousandths; DIFFERENT as soon as it must fail."""
    total = len(left) + len(right)
    fewest = (threshold * total + 999 + threshold) // (1000 + threshold)
    room = min(total - 2 * fewest, most_changes)  # shingles that only one of them may have
    i = j = apart = 0
    while i < len(left) and j < len(right) and apart <= room:
        if left[i] == right[j]:
            i += 1
            j += 1
        elif left[i] < right[j]:
            i += 1
            apart += 1
        else:
            j += 1
            apart += 1
    apart += len(left) - i + len(right) - j
    if apart > room:
        return DIFFERENT
    shared = (total - apart) // 2
    return shared * 1000 // (total - shared)
