"""Endless tasks about time, with golds that two ways of reckoning agree on.

Dates are reckoned forward with `datetime` and again by counting days (`calendars`); times of zones
through UTC and by the difference of the offsets; overlaps from the ends and by counting minutes;
schedules by construction and by the verifier's own checker. A draft whose two values differ is a
fault of this module and raises; it is never handed out.
"""

import random
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from assay.domain.reward import RewardDomain
from assay.domain.sample import JsonValue
from assay_rl_rewards.tasks.making import time_wording as words
from assay_rl_rewards.tasks.making.calendars import (
    CalendarDay,
    count_days,
    find_day,
    weekday_of,
)
from assay_rl_rewards.tasks.making.drafts import BOXED, Draft, TaskRow, stream_tasks

_MINUTES = 1440
_OFFSETS = (-600, -480, -300, -210, -180, 0, 60, 120, 210, 330, 345, 480, 540, 570, 720)


def make(seed: int) -> Iterator[TaskRow]:
    """Yield tasks of temporal reasoning without end, the same for the same seed."""
    return stream_tasks(RewardDomain.TEMPORAL_REASONING, seed, _draw)


def _draw(chance: random.Random) -> Draft:
    makers = (_shifted, _weekday, _between, _zones, _lasting, _overlap, _sorted, _schedule)
    return chance.choice(makers)(chance, chance.choice(words.LANGUAGES))


def _draw_day(chance: random.Random) -> date:
    return date(1900, 1, 1) + timedelta(chance.randrange(70_000))


def _calendar_day(day: date) -> CalendarDay:
    return CalendarDay(day.year, day.month, day.day)


def _shifted(chance: random.Random, language: str) -> Draft:
    day, step = _draw_day(chance), chance.choice((-1, 1)) * chance.randint(20, 900)
    forward = day + timedelta(step)
    counted = find_day(count_days(_calendar_day(day)) + step)
    _agree(str(counted), forward.isoformat())
    key = "after" if step > 0 else "before"
    question = words.WORDINGS[language][key].format(days=abs(step), day=day.isoformat())
    return _draft(question, str(counted), {"answer_type": "date"}, language)


def _weekday(chance: random.Random, language: str) -> Draft:
    day = _draw_day(chance)
    number = weekday_of(_calendar_day(day))
    _agree(number, day.weekday())
    question = words.WORDINGS[language]["weekday"].format(day=day.isoformat())
    gold = words.WEEKDAYS[language][number]
    return _draft(question, gold, {"answer_type": "weekday"}, language)


def _between(chance: random.Random, language: str) -> Draft:
    first, last = sorted((_draw_day(chance), _draw_day(chance)))
    counted = count_days(_calendar_day(last)) - count_days(_calendar_day(first))
    _agree(counted, (last - first).days)
    question = words.WORDINGS[language]["between"].format(
        first=first.isoformat(), last=last.isoformat()
    )
    params: dict[str, JsonValue] = {"answer_type": "duration", "unit": "day"}
    return _draft(question, f"P{counted}D", params, language)


def _zones(chance: random.Random, language: str) -> Draft:
    """Local departure, flight time and two offsets: local arrival."""
    day, minute = _draw_day(chance), chance.randrange(0, _MINUTES, 5)
    start_offset, end_offset = chance.sample(_OFFSETS, 2)
    flight = chance.randrange(60, 900, 5)
    departs = datetime(day.year, day.month, day.day) + timedelta(minutes=minute)  # noqa: DTZ001
    through_utc = departs - timedelta(minutes=start_offset) + timedelta(minutes=flight + end_offset)
    days, left = divmod(minute + flight + end_offset - start_offset, _MINUTES)
    arrives = f"{find_day(count_days(_calendar_day(day)) + days)} {_clock(left)}"
    _agree(arrives, through_utc.strftime("%Y-%m-%d %H:%M"))
    question = words.WORDINGS[language]["zones"].format(
        day=day.isoformat(),
        clock=_clock(minute),
        start=_offset(start_offset),
        end=_offset(end_offset),
        hours=flight // 60,
        minutes=flight % 60,
    )
    return _draft(question, arrives, {"answer_type": "datetime"}, language)


def _lasting(chance: random.Random, language: str) -> Draft:
    """How long something lasts that may go past midnight."""
    day, minute, length = _draw_day(chance), chance.randrange(_MINUTES), chance.randint(31, 2800)
    starts = datetime(day.year, day.month, day.day) + timedelta(minutes=minute)  # noqa: DTZ001
    ends = starts + timedelta(minutes=length)
    end_minute = (
        count_days(_calendar_day(ends.date())) - count_days(_calendar_day(day))
    ) * _MINUTES
    counted = end_minute + ends.hour * 60 + ends.minute - minute
    _agree(counted, length)
    question = words.WORDINGS[language]["lasting"].format(
        start=starts.strftime("%Y-%m-%d %H:%M"), end=ends.strftime("%Y-%m-%d %H:%M")
    )
    gold = f"PT{counted // 60}H{counted % 60}M"
    return _draft(question, gold, {"answer_type": "duration"}, language)


def _overlap(chance: random.Random, language: str) -> Draft:
    """The time in which two people are both there."""
    shared = chance.randrange(480, 1080, 5)
    length = chance.randrange(10, 120, 5)
    first = (shared - chance.randrange(5, 120, 5), shared + length)
    second = (shared, shared + length + chance.randrange(5, 120, 5))
    if chance.random() < 0.5:
        first, second = second, first
    minutes = sorted(set(range(*first)) & set(range(*second)))
    start, end = max(first[0], second[0]), min(first[1], second[1])
    _agree((minutes[0], minutes[-1] + 1), (start, end))
    names = chance.sample(words.NAMES, 2)
    question = words.WORDINGS[language]["overlap"].format(
        one=names[0], other=names[1], first=_slot(first), second=_slot(second)
    )
    params: dict[str, JsonValue] = {"answer_type": "interval", "element": "time"}
    return _draft(question, _slot((start, end)), params, language)


def _sorted(chance: random.Random, language: str) -> Draft:
    """Dates in mixed spellings, to be put in order."""
    days = [_draw_day(chance)]
    while len(days) < chance.choice((4, 5, 6)):
        near = days[0] + timedelta(chance.randint(-400, 400))
        days += [near] if near not in days else []
    wording = words.WORDINGS[language]
    told = {day: _told(chance, day, language) for day in days}
    order = sorted(days, key=lambda day: count_days(_calendar_day(day)))
    _agree(order, sorted(days))
    question = wording["sorted"].format(days="; ".join(told[day] for day in days))
    params: dict[str, JsonValue] = {"answer_type": "time_list", "element": "date"}
    return _draft(question, [day.isoformat() for day in order], params, language)


def _told(chance: random.Random, day: date, language: str) -> str:
    month = words.MONTHS[language][day.month - 1]
    named = words.WORDINGS[language]["day"].format(day=day.day, month=month, year=day.year)
    return chance.choice((day.isoformat(), named))


def _schedule(chance: random.Random, language: str) -> Draft:
    """Activities with windows and an order that a hidden schedule fulfils."""
    wording = words.WORDINGS[language]
    names = chance.sample(words.ACTIVITIES[language], chance.choice((3, 4)))
    minute = 540
    slots: list[tuple[int, int]] = []
    for _ in names:
        start = minute + chance.randrange(0, 45, 15)
        minute = start + chance.choice((30, 45, 60, 90))
        slots.append((start, minute))
    busy = (minute + 15, minute + 15 + chance.choice((30, 60)))
    day_end = busy[1] + chance.randrange(0, 60, 15)
    activities: list[JsonValue] = []
    lines: list[str] = []
    for index, (name, (start, end)) in enumerate(zip(names, slots, strict=True)):
        latest = _clock(end + chance.randrange(0, 45, 15))
        activity: dict[str, JsonValue] = {"name": name, "minutes": end - start, "latest": latest}
        line = wording["activity"].format(name=name, minutes=end - start, latest=latest)
        if index and chance.random() < 0.6:
            activity["after"] = [names[index - 1]]
            line += wording["following"].format(name=names[index - 1])
        activities.append(activity)
        lines.append(line)
    question = wording["schedule"].format(
        day=_slot((540, day_end)), busy=_slot(busy), activities="\n".join(_shuffled(chance, lines))
    )
    params: dict[str, JsonValue] = {
        "answer_type": "schedule",
        "activities": activities,
        "day": ["09:00", _clock(day_end)],
        "busy": [[_clock(busy[0]), _clock(busy[1])]],
    }
    gold = {name: _slot(slot) for name, slot in zip(names, slots, strict=True)}
    return _draft(question, gold, params, language)


def _shuffled(chance: random.Random, lines: Sequence[str]) -> list[str]:
    return chance.sample(lines, len(lines))


def _agree(one: object, other: object) -> None:
    assert one == other, f"two ways of reckoning gave {one!r} and {other!r}"


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _slot(ends: tuple[int, int]) -> str:
    return f"{_clock(ends[0])}-{_clock(ends[1])}"


def _offset(minutes: int) -> str:
    return f"UTC{'-' if minutes < 0 else '+'}{_clock(abs(minutes))}"


def _draft(question: str, gold: JsonValue, params: dict[str, JsonValue], language: str) -> Draft:
    return Draft(f"{question}\n{BOXED[language]}", gold, params, language)
