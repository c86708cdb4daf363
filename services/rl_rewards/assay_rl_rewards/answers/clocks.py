"""Times of day, and of one day, as answers.

An hour alone is no time unless a half of the day or a word for the hour stands with it, and the
hours of a half day run from 1 to 12: `15 pm` and `0:30 am` are refused rather than mended.
"""

from collections.abc import Sequence
from datetime import date
from typing import Literal, NamedTuple

from assay_rl_rewards.answers.dates import Order, read_date
from assay_rl_rewards.answers.time_tokens import cut, fold_expression, is_short
from assay_rl_rewards.answers.time_words import CLOCK_MARKS, HALVES

_DOTTED = (("a.m", "am"), ("p.m", "pm"), ("a. m", "am"), ("p. m", "pm"))
_MAX_DIVISIONS = 12


class Clock(NamedTuple):
    """A time of day, in seconds after midnight."""

    seconds: int


class Moment(NamedTuple):
    """A time of one day."""

    day: date
    clock: Clock


def read_clock(text: str) -> Clock | None:
    """A time of day: `14:30`, `2:30:15 pm`, `14 Uhr 30`, `下午2点30分`; a bare number is none."""
    folded = fold_expression(text)
    for written, meant in _DOTTED:
        folded = folded.replace(written, meant)
    tokens = cut(folded.rstrip("."))
    half: Literal["am", "pm"] | None = None
    for place in (0, -1):
        if half is None and tokens and tokens[place] in HALVES:
            half = HALVES[tokens.pop(place)]
    fields = _clock_fields(tokens, has_half=half is not None)
    return None if fields is None else _clock(fields, half)


def read_moment(text: str, order: Order | None = None) -> Moment | None:
    """A date and a time of day, in either order, divided by a blank, comma or T; or None."""
    found: set[Moment] = set()
    folded = fold_expression(text)
    for place in [i for i, c in enumerate(folded) if c in " t,"][:_MAX_DIVISIONS]:
        for day_text, clock_text in (
            (folded[:place], folded[place + 1 :]),
            (folded[place + 1 :], folded[:place]),
        ):
            clock = read_clock(clock_text.removeprefix(" at ").removeprefix("at "))
            day = read_date(day_text, order) if clock is not None else None
            if clock is not None and day is not None:
                found.add(Moment(day, clock))
    return found.pop() if len(found) == 1 else None


def _clock_fields(tokens: Sequence[str], *, has_half: bool) -> list[str] | None:
    """Hour, minute and second as written, None where the form is none of a clock time."""
    if tokens and CLOCK_MARKS.get(tokens[-1]) == "hour" and ":" in tokens:
        tokens = tokens[:-1]  # 14:30 Uhr
    fields, marks = list(tokens[::2]), list(tokens[1::2])
    if not 1 <= len(fields) <= 3 or not all(is_short(field) for field in fields):
        return None
    if not marks:
        return fields if has_half else None
    if all(mark == ":" for mark in marks):
        is_full = len(marks) == len(fields) - 1 and all(len(field) == 2 for field in fields[1:])
        return fields if is_full else None
    named = [CLOCK_MARKS.get(mark) for mark in marks]
    is_named = named == ["hour", "minute", "second"][: len(marks)]
    return fields if is_named and len(fields) - len(marks) in (0, 1) else None


def _clock(fields: Sequence[str], half: Literal["am", "pm"] | None) -> Clock | None:
    hour, minute, second = (int(field) for field in (*fields, "0", "0")[:3])
    if half is not None:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "pm" else 0)
    if hour > 23 or minute > 59 or second > 59:
        return None
    return Clock(hour * 3600 + minute * 60 + second)
