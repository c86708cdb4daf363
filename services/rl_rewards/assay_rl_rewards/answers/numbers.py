r"""Typed numbers as answers write them: integers, decimals, fractions, powers of ten, percentages.

A numeral is a result, not a computation: sign, digits, one decimal mark, one fraction bar. So an
unsolved product is not a number, and neither is a fraction that can be reduced, for "12/4" as an
answer to "divide 12 by 4" is the question. Values are exact rationals; digits and exponents are
bounded before a number is made of them. What `1.234` means depends on the writer's language, so the
task says which decimal mark holds.
"""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from math import gcd

from assay.verifiers.patterns import Match, compile_pattern
from assay_rl_rewards.answers.latex_text import plain_latex, unwrap

MAX_DIGITS = 1000
MAX_EXPONENT = 1000
_ROUNDING = Fraction(1, 10**9)  # relative; between a decimal and a fraction that never ends

_DIGITS = r"\d[\d.,' _]*\d|\d|[.,]\d+"
_NUMBER = compile_pattern(
    rf"([+-]?) ?(?:({_DIGITS})(?:[eE]([+-]?\d+)| ?(?:\\times|\\cdot|×|·|\*|x) ?"
    r"10 ?\^ ?(?:\{ ?([+-]?\d+) ?\}|([+-]?\d+)))?"
    r"|(\d+) ?/ ?(\d+)|(\d+) (\d+) ?/ ?(\d+)"
    r"|(\d+)? ?\\frac ?(?:\{ ?([+-]?\d+) ?\}|(\d)) ?(?:\{ ?([+-]?\d+) ?\}|(\d)))"
    r" ?(\\?%)?"
)


class DecimalMark(StrEnum):
    """What separates decimals: `1.5`, `1,5`, or either where only one reading makes sense."""

    POINT = "point"
    COMMA = "comma"
    EITHER = "either"


class NumberKind(StrEnum):
    """How a number is written."""

    INTEGER = "integer"
    DECIMAL = "decimal"
    FRACTION = "fraction"
    SCIENTIFIC = "scientific"


@dataclass(frozen=True, slots=True)
class Number:
    """A number as written; of a percentage, `value` is what stands before the sign.

    `is_reduced` is False for fractions in higher terms, with a denominator of 1, or improper in a
    mixed number.
    """

    value: Fraction
    kind: NumberKind
    is_percent: bool = False
    is_reduced: bool = True


def read_number(text: str, *, mark: DecimalMark = DecimalMark.POINT) -> Number | None:
    """Read `text` as one number and nothing else; None for all other text, units included."""
    text = unwrap(plain_latex(text))
    if "\u066b" in text or "\u066c" in text:  # Arabic marks have one meaning only
        text, mark = text.replace("\u066b", ".").replace("\u066c", ","), DecimalMark.POINT
    match = _NUMBER.fullmatch(text)
    if match is None or any(len(group or "") > 2 * MAX_DIGITS for group in match.groups()):
        return None
    groups = match.groups()
    sign = -1 if groups[0] == "-" else 1
    is_percent = groups[15] is not None
    if groups[1] is None:
        return _fraction(match, sign=sign, is_percent=is_percent)
    value = _decimal(groups[1], mark)
    exponent = groups[2] or groups[3] or groups[4]
    if value is None or (exponent and len(exponent) > len(str(MAX_EXPONENT)) + 1):
        return None
    if exponent is None:
        kind = NumberKind.INTEGER if value.denominator == 1 else NumberKind.DECIMAL
        return Number(sign * value, kind, is_percent)
    power = int(exponent)
    if abs(power) > MAX_EXPONENT:
        return None
    return Number(sign * value * Fraction(10) ** power, NumberKind.SCIENTIFIC, is_percent)


def is_same_value(gold: Fraction, answer: Fraction, *, tolerance: Fraction = Fraction(0)) -> bool:
    """Whether two numbers are equal, or within `tolerance` (relative to `gold`).

    Without a tolerance, numbers that end are compared exactly; a decimal for a fraction that never
    ends may differ from it by one part in 10^9.
    """
    if gold == answer:
        return True
    if not tolerance and _ends(gold) != _ends(answer):
        tolerance = _ROUNDING
    return abs(gold - answer) <= tolerance * abs(gold)


def _ends(value: Fraction) -> bool:
    """Whether the decimal expansion of `value` ends: its denominator divides a power of ten."""
    return pow(10, value.denominator.bit_length(), value.denominator) == 0


def _fraction(match: Match, *, sign: int, is_percent: bool) -> Number | None:
    r"""Groups 6-7: n/d; 8-10: a n/d; 11-15: \frac with a whole part or without."""
    groups = match.groups()
    whole = groups[7] or groups[10]
    numerator = groups[5] or groups[8] or groups[11] or groups[12]
    denominator = groups[6] or groups[9] or groups[13] or groups[14]
    if numerator is None or denominator is None:
        return None
    if max(len(numerator), len(denominator), len(whole or "")) > MAX_DIGITS or not int(denominator):
        return None
    above, below = int(numerator), int(denominator)
    is_reduced = gcd(above, below) == 1 and below > 1
    value = Fraction(above, below)
    if whole is not None:
        if value < 0:
            return None
        is_reduced = is_reduced and value < 1
        value += int(whole)
    return Number(sign * value, NumberKind.FRACTION, is_percent, is_reduced)


def _decimal(text: str, mark: DecimalMark) -> Fraction | None:
    if mark is DecimalMark.EITHER:
        readings = {_decimal(text, DecimalMark.POINT), _decimal(text, DecimalMark.COMMA)} - {None}
        return readings.pop() if len(readings) == 1 else None
    point, comma = (".", ",") if mark is DecimalMark.POINT else (",", ".")
    whole, found, decimals = text.partition(point)
    if found and not _is_digits(decimals):
        return None
    digits = _ungrouped(whole, comma)
    if digits is None or len(digits) + len(decimals) > MAX_DIGITS:
        return None
    return Fraction(int(digits + decimals), 10 ** len(decimals))


def _ungrouped(whole: str, separator: str) -> str | None:
    """Digits of `1,234,567`, of the Indian `12,34,567`, or of `1 234 567`; None of other groups."""
    if not whole or _is_digits(whole):
        return whole
    for mark in (separator, " ", "'", "_"):
        if mark in whole:
            first, *middle, last = whole.split(mark)
            sizes = {len(group) for group in middle}
            is_grouped = len(last) == 3 and sizes in (set(), {3}, {2} if mark == "," else {3})
            if not is_grouped or not 1 <= len(first) <= 3 or first[0] == "0":
                return None
            digits = "".join((first, *middle, last))
            return digits if _is_digits(digits) else None
    return None


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()
