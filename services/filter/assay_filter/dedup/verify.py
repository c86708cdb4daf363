"""Exact similarity of two samples: Jaccard of shingle sets, side by side.

A pair is similar when its contexts and its responses each reach the threshold. Where a sample has a
setting (system prompt, tools, documents) the user turns by themselves must reach it too: a long
setting that two samples share must not hide that they ask different things.

An answer that is short (a label, "No answer") says little about the task, and a question may hide
in a long passage: then no more than a few words of the context may differ.

The sets are rebuilt from the folded texts in a hash table, in time linear in the texts; nothing is
sorted or stored. Pairs whose signatures estimate far too little are not worth that.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from assay_filter.dedup.keys import Units
from assay_filter.dedup.native import native
from assay_filter.dedup.settings import SLOTS
from assay_filter.dedup.shingles import SHINGLE, shingle_hash

DIFFERENT = -1
EQUAL = 1000

_UNLIMITED = 1 << 62
_LEAST_SIZE = 1024
_WIDTH = np.uint64(16)
_SIGMAS = 3.0  # prunes one in a thousand pairs that lie exactly at the threshold


class Texts(NamedTuple):
    """What is needed to compare the vertices of a batch; row i belongs to vertex i."""

    units: Units  # folded texts
    starts: NDArray[np.int64]  # (n, 4): setting, query, response, end
    shorts: NDArray[np.uint64]  # (n, 3): context, query, response
    slots: NDArray[np.uint8]  # (n, SLOTS)
    num_elements: NDArray[np.int32]
    language: NDArray[np.int16]  # 0 where unknown


class Limits(NamedTuple):
    """What a similar pair must keep to."""

    threshold: int  # thousandths, each side
    short_answer_changes: int  # most context shingles not shared, where an answer is short


class Table(NamedTuple):
    """An open-addressing hash table that is emptied by a new round."""

    keys: NDArray[np.uint64]
    marks: NDArray[np.int64]  # 4 x round + who holds the key: 1 first, 2 second, 3 both
    rounds: NDArray[np.int64]  # one number: the current round


def make_table(texts: Texts) -> Table:
    """A table that holds any two of the texts."""
    longest = int((texts.starts[:, 3] - texts.starts[:, 0]).max(initial=0))
    size = max(_LEAST_SIZE, 1 << (4 * longest).bit_length())
    return Table(np.zeros(size, np.uint64), np.zeros(size, np.int64), np.zeros(1, np.int64))


def compare_pairs(texts: Texts, pairs: NDArray[np.int64], limits: Limits) -> NDArray[np.int64]:
    """Similarities (context, response) of each pair, a row of `pairs`; DIFFERENT where not."""
    return _compare_pairs(texts, pairs, limits, make_table(texts))


@native
def _compare_pairs(
    texts: Texts, pairs: NDArray[np.int64], limits: Limits, table: Table
) -> NDArray[np.int64]:
    found = np.full(pairs.shape, DIFFERENT, np.int64)
    for i in range(len(pairs)):
        first, second = pairs[i]
        if is_candidate(texts, first, second, limits):
            found[i, 0], found[i, 1] = compare(texts, first, second, limits, table)
    return found


@native
def is_candidate(texts: Texts, first: int, second: int, limits: Limits) -> bool:
    """Whether a pair may be similar, by what can be told without reading the texts."""
    mine, other = texts.language[first], texts.language[second]
    if mine != other and mine != 0 and other != 0:
        return False
    for side in (0, 2):
        short, other_short = texts.shorts[first, side], texts.shorts[second, side]
        if short != other_short:
            return False
    context, response, share_filled = _estimates(texts, first, second)
    level = limits.threshold / 1000.0
    return _leaves_room(response, share_filled, level) and _leaves_room(
        context, share_filled, level
    )


@native
def _estimates(
    texts: Texts, first: int, second: int
) -> tuple[tuple[int, int], tuple[int, int], float]:
    """Slots of each side that agree, and that are filled from it by both but differently."""
    left, right = texts.slots[first], texts.slots[second]
    equal = equal_response = apart = apart_response = 0
    for slot in range(SLOTS):
        side = int(left[slot] & 1)
        is_equal = int(left[slot] == right[slot])
        is_apart = (1 - is_equal) & (1 - int((left[slot] ^ right[slot]) & 1))
        equal += is_equal
        apart += is_apart
        equal_response += is_equal & side
        apart_response += is_apart & side
    fewest = min(texts.num_elements[first], texts.num_elements[second])
    context = (equal - equal_response, apart - apart_response)
    return context, (equal_response, apart_response), 1.0 - np.exp(-fewest / SLOTS)


@native
def _leaves_room(counts: tuple[int, int], share_filled: float, level: float) -> bool:
    """Whether a side's estimate is within the spread of `level`; it errs on the high side."""
    num_slots = counts[0] + counts[1]
    if num_slots == 0:
        return True
    spread = np.sqrt(level * (1.0 - level) / (num_slots * share_filled))
    return bool(counts[0] / num_slots >= level - _SIGMAS * max(spread, 0.01))


@native
def compare(texts: Texts, first: int, second: int, limits: Limits, table: Table) -> tuple[int, int]:
    """Similarities of context and response in thousandths, DIFFERENT where one fails."""
    is_short = texts.shorts[first, 2] != 0
    most_changes = limits.short_answer_changes if is_short else _UNLIMITED
    context = _side(texts, first, second, 0, limits.threshold, most_changes, table)
    if context == DIFFERENT:
        return DIFFERENT, DIFFERENT
    starts = texts.starts
    has_setting = starts[first, 1] > starts[first, 0] or starts[second, 1] > starts[second, 0]
    if has_setting:
        query = _side(texts, first, second, 1, limits.threshold, _UNLIMITED, table)
        if query == DIFFERENT:
            return DIFFERENT, DIFFERENT
    response = _side(texts, first, second, 2, limits.threshold, _UNLIMITED, table)
    if response == DIFFERENT:
        return DIFFERENT, DIFFERENT
    return context, response


@native
def _side(
    texts: Texts,
    first: int,
    second: int,
    side: int,
    threshold: int,
    most_changes: int,
    table: Table,
) -> int:
    mine, other = texts.shorts[first, side], texts.shorts[second, side]
    if mine != 0 or other != 0:
        return EQUAL if mine == other else DIFFERENT
    end = 2 if side < 2 else 3
    starts = texts.starts
    return _jaccard(
        texts.units,
        (starts[first, side], starts[first, end]),
        (starts[second, side], starts[second, end]),
        threshold,
        most_changes,
        table,
    )


@native
def _jaccard(
    units: Units,
    first: tuple[int, int],
    second: tuple[int, int],
    threshold: int,
    most_changes: int,
    table: Table,
) -> int:
    """Jaccard similarity in thousandths; DIFFERENT as soon as it must fail."""
    table.rounds[0] += 1
    length = first[1] - first[0] + second[1] - second[0]
    size = _LEAST_SIZE
    while size < 2 * length:
        size *= 2
    num_first, _ = _enter(units, first, 1, size, table, length)
    most_new = min(num_first * (1000 - threshold) // threshold, most_changes)
    num_new, num_shared = _enter(units, second, 2, size, table, most_new)
    union = num_first + num_new
    if num_new > most_new or union - num_shared > most_changes:
        return DIFFERENT
    return num_shared * 1000 // union if num_shared * 1000 >= threshold * union else DIFFERENT


@native
def _enter(
    units: Units, text: tuple[int, int], who: int, size: int, table: Table, most_new: int
) -> tuple[int, int]:
    """Enter a text's shingles: how many were new, how many the other text had entered."""
    empty = 4 * table.rounds[0]
    num_new = 0
    num_shared = 0
    window = np.uint64(0)
    for i in range(text[0], text[1]):
        oldest = window >> np.uint64(48)
        window = (window << _WIDTH) | np.uint64(units[i])
        if i - text[0] < SHINGLE - 1:
            continue
        value = shingle_hash(window, oldest)
        place = np.int64(value & np.uint64(size - 1))
        while table.marks[place] > empty and table.keys[place] != value:
            place = (place + 1) & (size - 1)
        mark = table.marks[place] - empty
        if mark <= 0:
            table.keys[place] = value
            table.marks[place] = empty + who
            num_new += 1
            if num_new > most_new:
                break
        elif mark == 1 and who == 2:
            table.marks[place] = empty + 3
            num_shared += 1
    return num_new, num_shared
