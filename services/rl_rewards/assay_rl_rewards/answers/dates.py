"""Dates, months and weekdays as answers: a grammar of our own, read whole.

A text must be spent to the last token by the one form it has: nothing is completed from today's
date, and a bare number is no date. A numeric date whose day and month could be exchanged is read
only where the task declares the order.
"""

from collections.abc import Sequence
from datetime import date
from typing import Literal, NamedTuple, TypeAlias

from assay_rl_rewards.answers.time_tokens import cut, fold_expression, is_short, is_year
from assay_rl_rewards.answers.time_words import FILLERS, MONTHS, WEEKDAYS

Order: TypeAlias = Literal["dmy", "mdy"]


class MonthOfYear(NamedTuple):
    """A month of one year."""

    year: int
    month: int


class Weekday(NamedTuple):
    """A day of the week; Monday is 0."""

    number: int


def read_date(text: str, order: Order | None = None) -> date | None:
    """A date with day, month and year of four digits; `order` settles 05/06/2024."""
    tokens = _tokens(text)
    named, tokens = _take_weekday(tokens)
    found = _east_asian_date(tokens) or _numeric_date(tokens, order) or _named_date(tokens)
    if found is None or (named is not None and found.weekday() != named):
        return None
    return found


def read_month(text: str) -> MonthOfYear | None:
    """A month with its year: `Mar, 2024`, `March 2024`, `2024-03`, `2024年3月`."""
    tokens = _tokens(text)
    if len(tokens) in (3, 4) and tokens[1:2] in (["年"], ["년"]) and tokens[3:] in (["月"], ["월"]):
        tokens = [tokens[0], "-", tokens[2]]
    match tokens:
        case [year, "-", month] if is_year(year) and is_short(month):
            number = int(month)
        case _:
            words = _content(tokens)
            number = sum(MONTHS.get(word, 0) for word in words)
            years = [word for word in words if is_year(word)]
            if len(words) != 2 or len(years) != 1:
                return None
            year = years[0]
    return MonthOfYear(int(year), number) if 1 <= number <= 12 and int(year) else None


def read_weekday(text: str) -> Weekday | None:
    """A weekday's name, full or in a short form that is one day in every language."""
    words = [word for word in fold_expression(text).strip(" .").split() if word not in FILLERS]
    number = WEEKDAYS.get(" ".join(words))
    return None if number is None else Weekday(number)


def _tokens(text: str) -> list[str]:
    """The tokens of a date, names of two words made one."""
    merged: list[str] = []
    for token in cut(fold_expression(text)):
        if merged and f"{merged[-1]} {token}" in MONTHS:
            merged[-1] = f"{merged[-1]} {token}"
        elif len(merged) > 1 and merged[-1] == "-" and f"{merged[-2]}-{token}" in WEEKDAYS:
            merged[-2:] = [f"{merged[-2]}-{token}"]
        else:
            merged.append(token)
    return merged


def _take_weekday(tokens: list[str]) -> tuple[int | None, list[str]]:
    """The weekday that stands before or after a date, and the rest; `mar` there is no month."""
    for place in (0, -1):
        if len(tokens) > 3 and tokens[place] in WEEKDAYS and tokens[place] not in MONTHS:
            rest = tokens[1:] if place == 0 else tokens[:-1]
            return WEEKDAYS[tokens[place]], [t for t in rest if t not in "(),"]
    return None, tokens


def _content(tokens: Sequence[str]) -> list[str]:
    return [token for token in tokens if token not in FILLERS and token not in (",", ".")]


def _east_asian_date(tokens: Sequence[str]) -> date | None:
    match tokens:
        case [year, "年" | "년", month, "月" | "월", day, "日" | "号" | "일"]:
            return _date(year, month, day)
    return None


def _numeric_date(tokens: Sequence[str], order: Order | None) -> date | None:
    if len(tokens) == 6 and tokens[5] == ".":
        tokens = tokens[:5]  # 2024. 3. 5.
    if len(tokens) != 5 or tokens[1] != tokens[3] or tokens[1] not in ("-", "/", "."):
        return None
    first, _, second, _, third = tokens
    if is_year(first):
        return _date(first, second, third)
    day_first, month_first = _date(third, second, first), _date(third, first, second)
    if order is not None:
        return day_first if order == "dmy" else month_first
    readings = {reading for reading in (day_first, month_first) if reading is not None}
    return readings.pop() if len(readings) == 1 else None


def _named_date(tokens: Sequence[str]) -> date | None:
    words = _content(tokens)
    months = [MONTHS[word] for word in words if word in MONTHS]
    years = [word for word in words if is_year(word)]
    days = [word for word in words if is_short(word)]
    if len(words) != 3 or not len(months) == len(years) == len(days) == 1:
        return None
    return _date(years[0], str(months[0]), days[0])


def _date(year: str, month: str, day: str) -> date | None:
    if not (is_year(year) and is_short(month) and is_short(day)):
        return None
    try:
        return date(int(year), int(month), int(day))
    except ValueError:  # no such day
        return None
