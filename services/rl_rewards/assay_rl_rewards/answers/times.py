"""Kinds of answer about time: one value, an interval or an ordered list of values.

References are written in any form that answers may take, best in ISO 8601. `order` says how a
numeric date is meant, `unit` what a bare number counts.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from functools import partial
from typing import Literal, TypeAlias

from assay.domain.sample import JsonValue
from assay_rl_rewards.answers.clocks import Clock, Moment, read_clock, read_moment
from assay_rl_rewards.answers.dates import (
    MonthOfYear,
    Order,
    Weekday,
    read_date,
    read_month,
    read_weekday,
)
from assay_rl_rewards.answers.expected import AnswerKind, Expected
from assay_rl_rewards.answers.intervals import Interval, TimeReader, TimeValue, read_interval
from assay_rl_rewards.answers.spans import Span, read_span
from assay_rl_rewards.answers.time_words import UnitName
from assay_rl_rewards.answers.typed import compare
from assay_rl_rewards.verifier import Decoy

TimeType: TypeAlias = Literal["date", "month", "time", "datetime", "duration", "weekday"]
_SEPARATORS = ("\n", ";", "->", "→", "、", ",")
_MAX_ITEMS = 64
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class _TimeKind(AnswerKind):
    order: Order | None = None
    unit: UnitName | None = None


class TimeAnswer(_TimeKind):
    """One date, month, time of day, moment, duration or weekday."""

    answer_type: TimeType

    def expect(self, reference: JsonValue) -> Expected:
        read = make_reader(self.answer_type, self.order, self.unit)
        gold = _text(reference)
        value = _read(read, gold)
        wrong = tuple(
            Decoy(
                "near_value" if self.answer_type != "weekday" else "other_value", write_time(near)
            )
            for near in _neighbours(value)
        )
        return Expected(partial(_value_fault, read, value), gold, wrong)


class IntervalAnswer(_TimeKind):
    """A start and an end, both of one type."""

    answer_type: Literal["interval"]
    element: TimeType

    def expect(self, reference: JsonValue) -> Expected:
        read = make_reader(self.element, self.order, self.unit)
        gold = _text(reference)
        value = read_interval(gold, read)
        if value is None:
            raise ValueError("expected an interval of the declared type as reference")
        start, end = write_time(value.start), write_time(value.end)
        wrong = [Decoy("start_alone", start), Decoy("end_alone", end)]
        if value.start != value.end:
            wrong += [Decoy("reversed", f"{end} to {start}"), Decoy("empty", f"{start} to {start}")]
        return Expected(partial(_interval_fault, read, value), gold, tuple(wrong))


class TimeListAnswer(_TimeKind):
    """Values of one type in order. Dates with commas are divided by semicolons or lines."""

    answer_type: Literal["time_list"]
    element: TimeType

    def expect(self, reference: JsonValue) -> Expected:
        read = make_reader(self.element, self.order, self.unit)
        if isinstance(reference, str) or not isinstance(reference, Sequence) or not reference:
            raise ValueError("expected a list of texts as reference")
        golds = [_text(item) for item in reference]
        values = tuple(_read(read, gold) for gold in golds)
        wrong = [Decoy("first_alone", golds[0])] if len(golds) > 1 else []
        if values[::-1] != values:
            wrong.append(Decoy("reversed", "; ".join(golds[::-1])))
        return Expected(partial(_list_fault, read, values), "; ".join(golds), tuple(wrong))


def make_reader(element: TimeType, order: Order | None, unit: UnitName | None) -> TimeReader:
    """The reader of one type of value."""
    readers: dict[TimeType, TimeReader] = {
        "date": partial(read_date, order=order),
        "month": read_month,
        "time": read_clock,
        "datetime": partial(read_moment, order=order),
        "duration": partial(read_span, unit=unit),
        "weekday": read_weekday,
    }
    return readers[element]


def write_time(value: TimeValue) -> str:
    """Write a value in ISO 8601, a weekday in English."""
    if isinstance(value, MonthOfYear):
        return f"{value.year:04}-{value.month:02}"
    if isinstance(value, Clock):
        minutes, seconds = divmod(value.seconds, 60)
        shown = f"{minutes // 60:02}:{minutes % 60:02}"
        return f"{shown}:{seconds:02}" if seconds else shown
    if isinstance(value, Moment):
        return f"{value.day.isoformat()} {write_time(value.clock)}"
    if isinstance(value, Span):
        return f"P{value.months}MT{value.seconds}S"
    return _WEEKDAYS[value.number] if isinstance(value, Weekday) else value.isoformat()


def _neighbours(value: TimeValue) -> Sequence[TimeValue]:
    """Values that a slip would give: a day or month off, the other half of the day, doubled."""
    if isinstance(value, MonthOfYear):
        return [MonthOfYear(value.year, value.month % 12 + 1)]
    if isinstance(value, Clock):
        return [Clock((value.seconds + step) % 86_400) for step in (43_200, 3600, 60)]
    if isinstance(value, Moment):
        return [Moment(value.day, clock) for clock in _clocks(value.clock)]
    if isinstance(value, Span):
        return [Span(value.months, value.seconds + 86_400), Span(value.months + 1, value.seconds)]
    if isinstance(value, Weekday):
        return [Weekday((value.number + step) % 7) for step in range(1, 7)]
    steps = [step for step in (-1, 1) if _is_day(value.toordinal() + step)]
    days = [value + timedelta(step) for step in steps]
    has_twin = value.day <= 12 and value.day != value.month
    return [*days, value.replace(month=value.day, day=value.month)] if has_twin else days


def _is_day(ordinal: int) -> bool:
    return 1 <= ordinal <= date.max.toordinal()


def _clocks(clock: Clock) -> Sequence[Clock]:
    return [near for near in _neighbours(clock) if isinstance(near, Clock)]


def _read(read: TimeReader, text: str) -> TimeValue:
    value = read(text)
    if value is None:
        raise ValueError("expected a reference of the declared type, found one that cannot be read")
    return value


def _value_fault(read: TimeReader, wanted: TimeValue, answer: str) -> str | None:
    return compare(read(answer), wanted)


def _interval_fault(read: TimeReader, wanted: Interval, answer: str) -> str | None:
    return compare(read_interval(answer, read), wanted)


def _list_fault(read: TimeReader, wanted: tuple[TimeValue, ...], answer: str) -> str | None:
    return compare(_read_list(answer, read), wanted)


def _read_list(text: str, read: TimeReader) -> tuple[TimeValue, ...] | None:
    stripped = text.strip().strip("[]")
    separator = next((mark for mark in _SEPARATORS if mark in stripped), None)
    parts = stripped.split(separator) if separator else [stripped]
    if len(parts) > _MAX_ITEMS:
        return None
    values = [read(part) for part in parts]
    return tuple(value for value in values if value is not None) if None not in values else None


def _text(reference: JsonValue) -> str:
    if not isinstance(reference, str):
        raise ValueError("expected a text as reference")  # noqa: TRY004 (user's input)
    return reference
