"""What stands around a question: its answer, its passage, its choices.

An answer of up to three tokens must stand there as a whole, within `answer_window` tokens; of a
longer text the share of its 3-grams counts, within twice its length (100 tokens at least). The
question itself is no evidence, nor is an answer of a single token (`B`, `yes`, `7`): chance puts it
beside any question.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from assay_filter.decontamination.arrays import I64, U64, IndexArrays
from assay_filter.decontamination.scoring import Evidence
from assay_filter.decontamination.settings import DecontaminationSettings

_WHOLE = 1000
_SHORT = 3
_MIN_WINDOW = 100
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)


class Surroundings(NamedTuple):
    """A stream of tokens, and the range of it that is the question."""

    keys: U64
    start: int
    end: int

    def within(self, reach: int) -> tuple[U64, U64]:
        """Return the tokens before and after the question."""
        low = max(self.start - reach, 0)
        return self.keys[low : self.start], self.keys[self.end : self.end + reach]


def evidence_of(
    item: int, arrays: IndexArrays, around: Surroundings, settings: DecontaminationSettings
) -> Evidence:
    """Return what of an item's answer and of its passage or choices stands nearby."""
    answer = _slice(arrays.answer_cuts, arrays.answer_key, item)
    passage = _slice(arrays.passage_cuts, arrays.passage_key, item)
    choices = _slice(arrays.choices_cuts, arrays.choices_key, item)
    background = passage if len(passage) else choices
    return Evidence(
        _share(answer, around, settings) if len(answer) > 1 else None,
        _share(background, around, settings) if len(background) else None,
    )


def _slice(cuts: I64, keys: U64, item: int) -> U64:
    return keys[cuts[item] : cuts[item + 1]]


def _share(wanted: U64, around: Surroundings, settings: DecontaminationSettings) -> int:
    if len(wanted) <= _SHORT:
        found = any(_holds(part, wanted) for part in around.within(settings.answer_window))
        return _WHOLE if found else 0
    grams = np.unique(_trigrams(wanted))
    parts = around.within(max(_MIN_WINDOW, 2 * len(wanted)))
    there = np.concatenate([_trigrams(part) for part in parts])
    return int(np.isin(grams, there).sum()) * _WHOLE // len(grams)


def _holds(part: U64, wanted: U64) -> bool:
    if len(part) < len(wanted):
        return False
    windows: NDArray[np.uint64] = np.lib.stride_tricks.sliding_window_view(part, len(wanted))
    return bool((windows == wanted).all(axis=1).any())


def _trigrams(keys: U64) -> U64:
    if len(keys) < _SHORT:
        return keys[:0]
    return (keys[:-2] * _MULTIPLIER + keys[1:-1]) * _MULTIPLIER + keys[2:]
