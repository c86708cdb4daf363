"""Two times with a mark between them.

Marks such as the hyphen also stand inside dates, so every place a mark could divide is tried; the
answer is read where exactly one pair of ends comes out, whatever divisions lead to it.
"""

from collections.abc import Callable
from datetime import date
from typing import NamedTuple, TypeAlias

from assay_rl_rewards.answers.clocks import Clock, Moment
from assay_rl_rewards.answers.dates import MonthOfYear, Weekday
from assay_rl_rewards.answers.labels import undress
from assay_rl_rewards.answers.spans import Span
from assay_rl_rewards.answers.time_tokens import MAX_TIME_CHARS
from assay_rl_rewards.answers.time_words import INTERVAL_ENDS, INTERVAL_MARKS, fold_time

TimeValue: TypeAlias = date | MonthOfYear | Clock | Moment | Span | Weekday
TimeReader: TypeAlias = Callable[[str], TimeValue | None]
_OPENINGS = ("from ", "between ", "von ", "vom ", "de ", "desde ", "da ", "van ", "od ", "du ",
             "dal ", "من ", "从")  # fmt: skip
_MAX_PLACES = 8  # of one mark


class Interval(NamedTuple):
    """Two times; nothing is said of their order."""

    start: TimeValue
    end: TimeValue


def read_interval(text: str, read: TimeReader) -> Interval | None:
    """Two ends that `read` reads, with a mark between them; or None."""
    folded = fold_time(undress(text)) if len(text) <= 2 * MAX_TIME_CHARS else ""
    for opening in _OPENINGS:
        folded = folded.removeprefix(fold_time(opening))
    for ending in INTERVAL_ENDS:
        folded = folded.removesuffix(fold_time(ending))
    found: set[Interval] = set()
    for mark in INTERVAL_MARKS:
        for place in _places(folded, mark):
            start, end = read(folded[:place]), read(folded[place + len(mark) :])
            if start is not None and end is not None:
                found.add(Interval(start, end))
    return found.pop() if len(found) == 1 else None


def _places(text: str, mark: str) -> list[int]:
    places: list[int] = []
    start = text.find(mark)
    while start >= 0 and len(places) < _MAX_PLACES:
        places.append(start)
        start = text.find(mark, start + 1)
    return places
