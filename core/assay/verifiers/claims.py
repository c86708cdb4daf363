"""Deciding whether an equation is true: false only when no plausible reading makes it true.

First the plain readings are tried (decimal mark, percent). A mismatch is then given the readings
that people mean without saying so: another unit, a rounded input, a dash of prose. What such a
reading explains, or what stays doubtful, is not decided at all.
"""

from collections.abc import Iterable, Iterator, Sequence
from enum import Enum
from fractions import Fraction
from itertools import product
from typing import NamedTuple

from assay.verifiers import math_words
from assay.verifiers.evaluation import NEGATION, Item, Percent, Reading, evaluate
from assay.verifiers.expressions import Expression
from assay.verifiers.numerals import (
    Amount,
    Numeral,
    Value,
    absolute,
    agrees,
    agrees_loosely,
    is_round_figure,
)
from assay.verifiers.units import RATIOS, UNITS

_SHARES = frozenset(("%", "percent", "prozent", "pct", "percentage", "百分之", "por", "pour"))


class Truth(Enum):
    """What is known about a claim."""

    TRUE = "true"
    FALSE = "false"
    UNDECIDED = "undecided"


class Verdict(NamedTuple):
    """The truth of a claim, and the two sides in their plain reading when it is false."""

    truth: Truth
    expected: Amount | None = None
    found: Amount | None = None


UNDECIDED = Verdict(Truth.UNDECIDED)


def decide_claim(
    left: Expression,
    right: Expression,
    *,
    is_approximate: bool = False,
    may_be_plain: bool = False,
) -> Verdict:
    """Compare the two sides of an equation; `may_be_plain` lets `8 = 9` be a claim too."""
    if not _is_claim(left, right, may_be_plain):
        return UNDECIDED
    pairs: list[_Pair] = []
    for pair in _pairs(left, right):
        if agrees(pair.left, pair.right):
            return Verdict(Truth.TRUE)
        pairs.append(pair)
    if not pairs:
        return UNDECIDED
    is_loose = is_approximate or left.is_approximate or right.is_approximate
    if is_loose and any(agrees_loosely(pair.left, pair.right) for pair in pairs):
        return Verdict(Truth.TRUE)
    if _is_explained(left, right, pairs) or _is_doubtful(left, right, may_be_plain):
        return UNDECIDED
    return Verdict(Truth.FALSE, pairs[0].left.amount, pairs[0].right.amount)


class _Pair(NamedTuple):
    left: Value
    right: Value


def _is_claim(left: Expression, right: Expression, may_be_plain: bool) -> bool:
    if not (left.is_usable and right.is_usable):
        return False
    if left.num_operators == 0:
        has_context = left.lead or left.words or left.previous or right.words
        return (right.num_operators > 0 and not has_context) or may_be_plain
    if left.has_letter_unit or right.has_letter_unit:
        # Letters are units when both sides measure the same thing; otherwise perhaps unknowns.
        return not {u.dimension for u in left.units}.isdisjoint(u.dimension for u in right.units)
    return True


def _pairs(
    left: Expression, right: Expression, *, dimension: str = "", restores: bool = False
) -> Iterator[_Pair]:
    """The values of both sides in every plain reading."""
    for continental in _decimal_marks(left, right):
        for left_percent, right_percent in product(_percents(left.items), _percents(right.items)):
            reading = Reading(continental, left_percent, dimension, restores)
            value = evaluate(left.items, reading)
            if value is None:
                continue
            reading = Reading(continental, right_percent, dimension)
            for items in _results(right):
                result = evaluate(items, reading)
                if result is not None:
                    yield _Pair(value, result)


def _decimal_marks(left: Expression, right: Expression) -> Sequence[bool]:
    ambiguous = any(
        isinstance(item, Numeral) and item.english != item.continental
        for item in (*left.items, *right.items)
    )
    return (False, True) if ambiguous else (False,)


def _percents(items: Sequence[Item]) -> Sequence[Percent]:
    if "%" not in items:
        return ("share",)
    return ("share", "number", "change") if len(items) > 2 else ("share", "number")


def _results(right: Expression) -> Iterable[Sequence[Item]]:
    """The whole right side, or its first number: students write 2 + 3 = 5 * 4 = 20."""
    if right.num_operators == 0 or not 0 < right.first < len(right.items):
        return (right.items,)
    return (right.items, right.items[: right.first])


def _is_explained(left: Expression, right: Expression, pairs: Sequence[_Pair]) -> bool:
    return (
        _is_rounded_input(left, right)
        or _is_converted(left, right, pairs)
        or _is_round_result(left, pairs)
        or _is_after_dash(left, right)
        or _is_regrouped(left, right)
        or _is_negative(left, right)
        or _is_finely_rounded(left, right, pairs)
        or _is_joined(left, right)
        or _is_unsigned(left, pairs)
    )


def _is_rounded_input(left: Expression, right: Expression) -> bool:
    """0.33 * 300 = 100: the decimal stands for a third."""
    return any(agrees(pair.left, pair.right) for pair in _pairs(left, right, restores=True))


def _is_round_result(left: Expression, pairs: Sequence[_Pair]) -> bool:
    """Physics and estimates: 9.8 * 1251.3 = 12300."""
    is_inexact = "/" in left.items or any(
        isinstance(item, Numeral) and item.english.amount.denominator != 1 for item in left.items
    )
    return is_inexact and any(is_round_figure(pair.left.amount, pair.right) for pair in pairs)


def _is_converted(left: Expression, right: Expression, pairs: Sequence[_Pair]) -> bool:
    """The sides differ by the ratio of two units in the text, or by percent against share."""
    for factor in _factors(left, right):
        for pair in pairs:
            exact = Value(pair.left.amount * factor, Fraction(0))
            if exact.amount == pair.right.amount:
                return True
            if pair.right.step < 1 and agrees(exact, pair.right):
                return True
    dimensions = {unit.dimension for unit in left.units | right.units}
    return any(
        agrees(pair.left, pair.right)
        for dimension in dimensions
        for pair in _pairs(left, right, dimension=dimension)
    )


def _factors(left: Expression, right: Expression) -> set[Fraction]:
    factors: set[Fraction] = set()
    if _mentions_share(left) or _mentions_share(right):
        factors |= {Fraction(100), Fraction(1, 100)}
    units = left.units | right.units
    for one, other in product(units, units):
        if one.dimension == other.dimension:
            factors.add(one.size / other.size)
    for unit in units:
        if unit.dimension == "count":
            factors |= {unit.size, 1 / unit.size}
    left_dimensions = {unit.dimension for unit in left.units}
    for unit in right.units:
        if unit.dimension not in left_dimensions:
            factors |= RATIOS[unit.dimension]
    return factors - {Fraction(1)}


def _mentions_share(side: Expression) -> bool:
    return "%" in side.items or not _SHARES.isdisjoint((*side.words, *side.lead))


def _is_after_dash(left: Expression, right: Expression) -> bool:
    """`Step 1 - 5 * 3 = 15`: the first dash is punctuation."""
    for position in left.dashes:
        items = left.items[position + 1 :]
        if any(isinstance(item, str) and item in "+-*/^" for item in items):
            part = Expression(items=items, num_operators=1, is_complete=True)
            if any(agrees(pair.left, pair.right) for pair in _pairs(part, right)):
                return True
    return False


def _is_negative(left: Expression, right: Expression) -> bool:
    """`- 3 + 4 = 1`: what looked like a bullet is a sign."""
    part = Expression(items=[NEGATION, *left.items])
    return left.has_bullet and any(agrees(pair.left, pair.right) for pair in _pairs(part, right))


def _is_regrouped(left: Expression, right: Expression) -> bool:
    """`16!/14!*2!` and `2 miles / 1/6 hour`: what follows the slash is all denominator."""
    if "/" not in left.items:
        return False
    part = Expression(items=_with_long_denominators(left.items))
    return any(agrees(pair.left, pair.right) for pair in _pairs(part, right))


def _with_long_denominators(items: Sequence[Item]) -> list[Item]:
    regrouped: list[Item] = []
    open_groups = [0]  # per bracket depth
    for item in items:
        if item in ("+", "-", ")"):
            regrouped += ")" * open_groups[-1]
            open_groups[-1] = 0
        if item == "(":
            open_groups.append(0)
        elif item == ")":
            open_groups.pop()
        regrouped.append(item)
        if item == "/":
            regrouped.append("(")
            open_groups[-1] += 1
    return [*regrouped, *(")" * open_groups[-1])]


def _is_finely_rounded(left: Expression, right: Expression, pairs: Sequence[_Pair]) -> bool:
    """Factors that are rounded themselves.

    `1015 / 1.0384 = 977.48`: on the left those with three decimals and more; on the right, where
    a product repeats the left side with its factors worked out, those with any decimals.
    """
    slack = _slack(left, Fraction(1, 1000))
    if right.num_operators:
        slack += _slack(right, Fraction(1, 10))
    return any(
        absolute(pair.left.amount - pair.right.amount) <= absolute(pair.left.amount) * slack
        for pair in pairs
        if slack
    )


def _slack(side: Expression, coarsest: Fraction) -> Fraction:
    """Relative error of a product whose factors are rounded to `coarsest` or finer."""
    slack = Fraction(0)
    if "+" in side.items or "-" in side.items:
        return slack
    for item, sign in zip(side.items, (*side.items[1:], ""), strict=True):
        if isinstance(item, Numeral) and item.english.amount:
            step = item.english.step / (100 if sign == "%" else 1)
            if step <= coarsest:
                slack += Fraction(item.english.step, item.english.amount) / 2
    return slack


def _is_joined(left: Expression, right: Expression) -> bool:
    """`12 boys and 6 girls * 2 = 36`: words join the expression to the one before."""
    if not left.previous or math_words.JOINS.isdisjoint(left.lead):
        return False
    first, rest = left.items[: left.first], left.items[left.first :]
    for operator in "+-*":
        for items in (
            [*left.previous, operator, *left.items],
            ["(", *left.previous, operator, *first, ")", *rest],
        ):
            if any(agrees(p.left, p.right) for p in _pairs(Expression(items=items), right)):
                return True
    return False


def _is_unsigned(left: Expression, pairs: Sequence[_Pair]) -> bool:
    """`$1800 - $2000 = $200 less`: the words carry the sign."""
    return "-" in left.items and any(
        pair.left.amount < 0 and agrees(Value(-pair.left.amount, pair.left.step), pair.right)
        for pair in pairs
    )


def _is_doubtful(left: Expression, right: Expression, is_note: bool) -> bool:
    """Whether the expression may begin earlier, or mean something else, than it seems."""
    if left.has_ratio or right.has_ratio or (left.has_range and _is_rising_range(left)):
        return True
    if not is_note and _is_part_of_something(left, right):
        return True
    if left.has_unit_quotient or left.has_remark or right.has_compound or _is_compound(left):
        return True
    return not math_words.LEADS.isdisjoint(left.lead)


def _is_part_of_something(left: Expression, right: Expression) -> bool:
    """`2/5 = 5 liters`, `60 = 100% + 20%`: a share is told to correspond to an amount."""
    if left.num_operators == 0:
        return "%" in right.items
    if left.num_operators > 1 or "/" not in left.items:
        return False
    share, amount = evaluate(left.items, Reading()), evaluate(right.items, Reading())
    if share is None or amount is None or not 0 < share.amount < 1:
        return False
    return amount.amount > 1 or bool(right.words or left.words)


def _is_rising_range(left: Expression) -> bool:
    """`9-17` may be a range; `17-9` is a difference."""
    value = evaluate(left.items, Reading())
    return value is not None and value.amount < 0


def _is_compound(left: Expression) -> bool:
    """`1 hour 30 minutes * 2`, `1 and 1/2 * 4`: the number before belongs to the first operand."""
    if not left.previous:
        return False
    gap = {word for word in left.lead if word not in math_words.JOINS}
    return gap <= UNITS.keys()
