"""Durations as answers: numbers with units, exact.

Months and seconds are kept apart, for no number of days is a month; a week is seven days and a day
24 hours. Each unit may come once. What would need a guess is refused: `m` alone, `1.500`, a bare
number where the task declares no unit.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from assay_rl_rewards.answers.time_tokens import cut, fold_expression
from assay_rl_rewards.answers.time_words import CONNECTORS, PAIR_WORDS, UNITS, UnitName

_DAY_SECONDS = 86_400
_SECONDS = {"week": 7 * _DAY_SECONDS, "day": _DAY_SECONDS, "hour": 3600, "minute": 60, "second": 1}
_MONTHS_OF = {"year": 12, "month": 1}
_MAX_DIGITS = 12


class Span(NamedTuple):
    """A duration: whole months, and whole seconds beside them."""

    months: int
    seconds: int


class _Part(NamedTuple):
    amount: Fraction
    unit: UnitName
    end: int


def read_span(text: str, unit: UnitName | None = None) -> Span | None:
    """A duration: numbers with units, or ISO 8601; `unit` is that of a bare number.

    `m` is a month after years and a minute after hours; alone it is neither.
    """
    folded = fold_expression(text).strip(" .")
    if folded.startswith("p") and (folded[1:2].isdigit() or folded[1:2] == "t"):
        return _iso_span(folded)
    tokens = cut(folded)
    amounts: dict[UnitName, Fraction] = {}
    position = 0
    while position < len(tokens):
        part = _part(tokens, position, tuple(amounts), unit)
        if part is None or part.unit in amounts:
            return None
        amounts[part.unit] = part.amount
        position = part.end
        while position < len(tokens) - 1 and tokens[position] in (",", *CONNECTORS):
            position += 1
    return _span(amounts)


def _part(
    tokens: Sequence[str], position: int, before: Sequence[UnitName], bare: UnitName | None
) -> _Part | None:
    """The number with its unit at `position`; a number without one only where it is all."""
    pair = PAIR_WORDS.get(tokens[position])
    if pair is not None:
        return _Part(Fraction(pair.number), pair.unit, position + 1)
    amount, end = _amount(tokens, position)
    if amount is None:
        return None
    if end == len(tokens):
        return _Part(amount, bare, end) if bare is not None and not before else None
    unit = _unit(tokens[end], before)
    return None if unit is None else _Part(amount, unit, end + 1)


def _amount(tokens: Sequence[str], position: int) -> tuple[Fraction | None, int]:
    """The number at `position` (`1,500`, `1.5`, `1,5`) or None, and where it ends."""
    whole = tokens[position]
    if not whole.isdecimal() or len(whole) > _MAX_DIGITS:
        return None, position
    mark, decimals = (*tokens[position + 1 : position + 3], "", "")[:2]
    if mark in (".", ",") and decimals.isdecimal():
        if len(decimals) == 3:
            return (Fraction(int(whole + decimals)), position + 3) if mark == "," else (None, 0)
        if len(decimals) > 6:
            return None, position
        return Fraction(int(whole + decimals), 10 ** len(decimals)), position + 3
    return Fraction(int(whole)), position + 1


def _unit(word: str, before: Sequence[UnitName]) -> UnitName | None:
    if word == "m":
        return (
            "minute" if before[-1:] == ("hour",) else "month" if before[-1:] == ("year",) else None
        )
    found = UNITS.get(word)
    if found is None:  # 1週間と2日
        found = next(
            (UNITS.get(word.removesuffix(c)) for c in CONNECTORS if word.endswith(c)), None
        )
    return found


def _iso_span(folded: str) -> Span | None:
    """`p1y2m3dt4h5m6s`, each part at most once, in this order."""
    day_part, _, clock_part = folded[1:].partition("t")
    amounts: dict[UnitName, Fraction] = {}
    names: tuple[tuple[str, str, tuple[UnitName, ...]], ...] = (
        (day_part, "ymwd", ("year", "month", "week", "day")),
        (clock_part, "hms", ("hour", "minute", "second")),
    )
    for part, letters, units in names:
        tokens = cut(part)
        given = "".join(tokens[1::2])
        if len(tokens) % 2 or not all(t.isdecimal() and len(t) <= _MAX_DIGITS for t in tokens[::2]):
            return None
        if [c for c in letters if c in given] != list(given):
            return None
        for count, letter in zip(tokens[::2], given, strict=True):
            amounts[units[letters.index(letter)]] = Fraction(int(count))
    return _span(amounts)


def _span(amounts: dict[UnitName, Fraction]) -> Span | None:
    months = sum((amount * _MONTHS_OF.get(unit, 0) for unit, amount in amounts.items()), Fraction())
    seconds = sum((amount * _SECONDS.get(unit, 0) for unit, amount in amounts.items()), Fraction())
    if not amounts or months.denominator != 1 or seconds.denominator != 1:
        return None
    return Span(int(months), int(seconds))
