"""Numbers as people write them: every reading of a numeral, and what counts as its rounding.

A numeral may have two readings (`1.234` is 1.234 in English and 1234 in German), so each one keeps
both and a claim is true when it holds in one reading throughout. Values are exact rationals with
bounded size; nothing here uses floating point.
"""

from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple, TypeAlias

Amount: TypeAlias = int | Fraction  # whole amounts stay integers: several times faster

MAX_DIGITS = 40  # longer digit strings are identifiers, not quantities
MAX_EXPONENT = 60
_FLOAT_NOISE = Fraction(1, 10**9)  # 30.700000000000003 is 30.7


class Value(NamedTuple):
    """An amount and the size of its last shown digit (0 where the amount is exact)."""

    amount: Amount
    step: Amount


class Numeral(NamedTuple):
    """A numeral's readings: point as decimal mark (English) and comma as decimal mark."""

    english: Value
    continental: Value


def _digits(first: int) -> dict[int, str]:
    return {first + i: str(i) for i in range(10)}


# One character to one character: offsets in the plain text are offsets in the original.
_PLAIN: dict[int, str] = {
    **_digits(0x0660),  # Arabic-Indic
    **_digits(0x06F0),  # Persian
    **_digits(0x0966),  # Devanagari
    **_digits(0xFF10),  # full width
    **{0xFF21 + i: chr(65 + i) for i in range(26)},
    **{0xFF41 + i: chr(97 + i) for i in range(26)},
    **{ord(c): "-" for c in "−–—‐‑‒－﹣"},
    **{ord(c): "*" for c in "×·⋅∙•✕✖╳＊∗・"},
    **{ord(c): "/" for c in "÷∕⁄／"},
    **{ord(c): "+" for c in "＋﹢"},
    **{ord(c): "=" for c in "＝﹦"},
    **{ord(c): "%" for c in "％٪﹪"},
    **{ord(c): "(" for c in "（﹙［"},
    **{ord(c): ")" for c in "）﹚］"},
    **{ord(c): ";" for c in "，、。；،؛？！؟｡…"},
    **{ord(c): ":" for c in "：∶"},
    **{ord(c): "." for c in "．٫"},
    **{ord(c): "'" for c in "’ʼ"},
    **{ord(c): "\u00a0" for c in "\u202f\u2009\u2007\u3000"},
    **{ord(c): "~" for c in "～∼"},
    ord("٬"): ",",
    ord("≃"): "≈",
    ord("≅"): "≈",
}


def to_plain(text: str) -> str:
    """Write foreign digits and operators in ASCII; the length stays the same."""
    return text if text.isascii() else text.translate(_PLAIN)


@lru_cache(maxsize=4096)
def read_numeral(text: str) -> Numeral | None:
    """Read a numeral in plain form; None when no reading is well formed or it is too long."""
    if len(text) <= MAX_DIGITS and _is_digits(text):
        whole = Value(int(text), 1)
        return Numeral(whole, whole)
    mantissa, _, exponent = text.lower().partition("e")
    if len(mantissa) > MAX_DIGITS or len(exponent) > 4:
        return None
    power = int(exponent) if exponent else 0
    if abs(power) > MAX_EXPONENT:
        return None
    english = _read(mantissa, mark=".", grouping=",")
    continental = _read(mantissa, mark=",", grouping=".")
    if english is None:
        english = continental
    if english is None:
        return None
    if power:
        scale = Fraction(10) ** power
        return Numeral(_scaled(english, scale), _scaled(continental or english, scale))
    return Numeral(english, continental or english)


def _read(text: str, *, mark: str, grouping: str) -> Value | None:
    whole, found, decimals = text.partition(mark)
    if not _is_digits(decimals) and found:
        return None
    for separator in (grouping, "'", " ", "\u00a0"):
        if separator in whole:
            groups = whole.split(separator)
            if not _is_grouped(groups):
                return None
            whole = "".join(groups)
    if len(decimals) > 3 and mark == "," and decimals.endswith("000"):
        return None  # 13,2000 is a slip, not a decimal
    if not _is_digits(whole) and (whole or not decimals):
        return None
    if not decimals:
        return Value(int(whole), 1)
    size = 10 ** len(decimals)
    return Value(Fraction(int(whole + decimals), size), Fraction(1, size))


def _is_grouped(groups: list[str]) -> bool:
    """Thousands (1,234,567) or the Indian way (12,34,567)."""
    first, *middle, last = groups
    if not 1 <= len(first) <= 3 or first[0] == "0" or len(last) != 3:
        return False
    return {len(group) for group in middle} in (set(), {3}, {2})


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _scaled(value: Value, scale: Amount) -> Value:
    return Value(value.amount * scale, value.step * scale)


def absolute(amount: Amount) -> Amount:
    """`abs`, with the type kept."""
    return -amount if amount < 0 else amount


def agrees(left: Value, right: Value) -> bool:
    """Whether two sides are equal, or one is the other rounded or cut to its shown digits."""
    if left.amount == right.amount:
        return True
    gap = absolute(left.amount - right.amount)
    if gap <= absolute(left.amount) * _FLOAT_NOISE:
        return True
    return _is_rounding(left.amount, right) or _is_rounding(right.amount, left)


def _is_rounding(exact: Amount, shown: Value) -> bool:
    gap = absolute(exact) - absolute(shown.amount)
    if exact * shown.amount < 0:
        return False
    return absolute(gap) * 2 <= shown.step or 0 <= gap < shown.step


def agrees_loosely(left: Value, right: Value) -> bool:
    """Equality for claims marked as approximate: within 5 percent or half a shown digit."""
    gap = absolute(left.amount - right.amount)
    steps = max(_visible_step(left), _visible_step(right))
    return gap <= max(absolute(left.amount), absolute(right.amount)) / 20 or gap * 2 <= steps


def _visible_step(value: Value) -> Amount:
    """The last digit that is not a trailing zero: the step of 1200 is 100."""
    step = value.step
    if step != 1 or not value.amount:
        return step
    while step < 10**MAX_DIGITS and value.amount % (step * 10) == 0:
        step *= 10
    return step


def is_round_figure(exact: Amount, shown: Value) -> bool:
    """Whether `shown` is `exact` rounded to hundreds or more (12 345.6 as 12 300)."""
    step = _visible_step(shown)
    return step >= 100 and absolute(exact - shown.amount) * 2 <= step


def simple_fraction(value: Value) -> Fraction | None:
    """The thirds, sixths, sevenths or ninths that a decimal such as 0.33 stands for."""
    if value.step > Fraction(1, 100):
        return None
    near = Fraction(value.amount).limit_denominator(9)
    if near == value.amount or near.denominator not in (3, 6, 7, 9):
        return None
    return near if absolute(near - value.amount) <= value.step else None


def show(amount: Amount) -> str:
    """Write an amount for a person: exact when short, else seven significant digits."""
    if amount.denominator == 1 and absolute(amount) < 10**15:
        return str(amount.numerator)
    if absolute(amount) > 10**300 or 0 < absolute(amount) < Fraction(1, 10**300):
        return "a number out of range"
    return f"{float(amount):.7g}"
