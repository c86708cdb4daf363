"""Exact evaluation of a flat expression, in one of its readings.

Items are numerals, units and one-character signs. A reading settles what the text leaves open: the
decimal mark, what a percent sign means, whether units are converted. Numbers are exact rationals;
an expression that would grow beyond a fixed size (9^9^9) has no value rather than taking time.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Literal, NamedTuple, TypeAlias

from assay.verifiers.numerals import Amount, Numeral, Value, absolute, simple_fraction
from assay.verifiers.units import Unit

Item: TypeAlias = Numeral | Unit | str
Percent: TypeAlias = Literal["share", "number", "change"]

NEGATION = "~"  # unary minus; "-" is subtraction
MAX_BITS = 4096
MAX_DEPTH = 25
MAX_FACTORIAL = 100


class Reading(NamedTuple):
    """How to read what is ambiguous.

    Attributes:
        continental: the comma is the decimal mark.
        percent: `share` reads 5% as 0.05, `number` as 5, `change` reads 80 + 5% as 80 * 1.05.
        dimension: quantities of this dimension are converted to its base unit; empty: none.
        restores: decimals such as 0.33 stand for the fraction they round.
    """

    continental: bool = False
    percent: Percent = "share"
    dimension: str = ""
    restores: bool = False


class NoValueError(ArithmeticError):
    """The expression is malformed, undefined, or too large to evaluate."""


def evaluate(items: Sequence[Item], reading: Reading) -> Value | None:
    """Value of `items`, with the step of its last digit when it is a single numeral."""
    evaluator = _Evaluator(items, reading)
    try:
        amount = evaluator.sum()
    except NoValueError:
        return None
    if evaluator.position != len(items):
        return None
    return Value(amount, _step(items, amount, reading))


def _step(items: Sequence[Item], amount: Amount, reading: Reading) -> Amount:
    """A lone numeral, also in scientific notation, was perhaps rounded; a formula was not."""
    if len(items) > 8 or "!" in items:  # the longest scientific numeral: ~ 6 * 10 ^ ~ 23 %
        return 0
    numerals = [item for item in items if isinstance(item, Numeral)]
    if len(numerals) == 3:
        signs = [item for item in items if item != NEGATION and isinstance(item, str)]
        is_lone = signs == ["*", "^"] and numerals[1].english.amount == 10
    else:
        is_lone = len(numerals) == 1
    if not is_lone:
        return 0
    shown = _pick(numerals[0], reading)
    return shown.step * abs(Fraction(amount, shown.amount)) if shown.amount else shown.step


def _pick(numeral: Numeral, reading: Reading) -> Value:
    return numeral.continental if reading.continental else numeral.english


def _bounded(amount: Amount) -> Amount:
    if max(amount.numerator.bit_length(), amount.denominator.bit_length()) > MAX_BITS:
        raise NoValueError("the number is too large")
    return amount


class _Evaluator:
    """Recursive descent; one method per level of precedence, weakest first."""

    def __init__(self, items: Sequence[Item], reading: Reading) -> None:
        self.items = items
        self.reading = reading
        self.position = 0
        self.depth = 0

    def sum(self) -> Amount:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise NoValueError("brackets are nested too deeply")
        total = self._product()
        while (operator := self._peek()) in ("+", "-"):
            self.position += 1
            start = self.position
            term = self._product()
            if self.reading.percent == "change" and self._is_lone_percentage(start):
                term *= total
            total = _bounded(total + term if operator == "+" else total - term)
        self.depth -= 1
        return total

    def _product(self) -> Amount:
        total = self._signed()
        while (operator := self._peek()) in ("*", "/"):
            self.position += 1
            factor = self._signed()
            if operator == "/" and not factor:
                raise NoValueError("division by zero")
            total = _bounded(total * factor if operator == "*" else _quotient(total, factor))
        return total

    def _signed(self) -> Amount:
        negative = False
        while self._peek() == NEGATION:
            self.position += 1
            negative = not negative
        amount = self._power()
        return -amount if negative else amount

    def _power(self) -> Amount:
        base = self._postfix()
        exponents: list[Amount] = []
        while self._peek() == "^":
            self.position += 1
            negative = self._peek() == NEGATION
            self.position += negative
            exponent = self._postfix()
            exponents.append(-exponent if negative else exponent)
        while len(exponents) > 1:
            last = exponents.pop()
            exponents[-1] = _raised(exponents[-1], last)
        return _raised(base, exponents[0]) if exponents else base

    def _postfix(self) -> Amount:
        amount = self._atom()
        while True:
            item = self._peek()
            if item == "%":
                amount = amount if self.reading.percent == "number" else Fraction(amount, 100)
            elif item == "!":
                amount = _factorial(amount)
            elif isinstance(item, Unit):
                amount = amount * item.size if item.dimension == self.reading.dimension else amount
            else:
                return amount
            self.position += 1

    def _atom(self) -> Amount:
        item = self._peek()
        self.position += 1
        if isinstance(item, Numeral):
            shown = _pick(item, self.reading)
            restored = simple_fraction(shown) if self.reading.restores else None
            return shown.amount if restored is None else restored
        if item != "(":
            raise NoValueError("a number was expected")
        amount = self.sum()
        if self._peek() != ")":
            raise NoValueError("a closing bracket was expected")
        self.position += 1
        return amount

    def _peek(self) -> Item | None:
        return self.items[self.position] if self.position < len(self.items) else None

    def _is_lone_percentage(self, start: int) -> bool:
        return self.position == start + 2 and self.items[start + 1] == "%"


def _quotient(top: Amount, bottom: Amount) -> Amount:
    ratio = Fraction(top, bottom)
    return ratio.numerator if ratio.denominator == 1 else ratio


def _raised(base: Amount, exponent: Amount) -> Amount:
    if exponent.denominator != 1 or absolute(exponent) > MAX_BITS:
        raise NoValueError("the exponent is not a small whole number")
    if not base:
        if exponent <= 0:
            raise NoValueError("zero to the power of zero or less")
        return base
    bits = max(base.numerator.bit_length(), base.denominator.bit_length())
    if bits * absolute(exponent) > MAX_BITS and abs(base) != 1:
        raise NoValueError("the power is too large")
    return Fraction(base) ** int(exponent)


def _factorial(amount: Amount) -> Amount:
    if amount.denominator != 1 or not 0 <= amount <= MAX_FACTORIAL:
        raise NoValueError("no factorial")
    product = 1
    for factor in range(2, int(amount) + 1):
        product *= factor
    return product
