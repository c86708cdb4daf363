"""Arithmetic: the four operations, nested expressions, roots to the nearest integer.

Values come from the tree that is drawn, and again from the text that is asked.
"""

from fractions import Fraction
from random import Random
from typing import NamedTuple

from assay_rl_rewards.tasks.making.mathematics.problem import (
    Problem,
    agree,
    bracketed,
    read_decimal,
    tell_decimal,
)
from assay_rl_rewards.tasks.making.mathematics.reckoning import reckon

_MAX_DENOMINATOR = 5000


def add(chance: Random, language: str) -> Problem:
    """Two numbers of at most two decimals, added."""
    a, b = _decimal(chance), _decimal(chance)
    return _two("add", a, b, a + b, language)


def subtract(chance: Random, language: str) -> Problem:
    """Two numbers of at most two decimals, one taken from the other."""
    a, b = _decimal(chance), _decimal(chance)
    return _two("subtract", a, b, a - b, language)


def multiply(chance: Random, language: str) -> Problem:
    """Two numbers of at most one decimal, multiplied."""
    a = Fraction(chance.randint(-99_999, 99_999), chance.choice((1, 10)))
    b = Fraction(chance.randint(-999, 999), chance.choice((1, 10)))
    return _two("multiply", a, b, a * b, language)


def divide(chance: Random, language: str) -> Problem:
    """A division that may leave a fraction; asked of integers."""
    divisor = chance.choice((-1, 1)) * chance.randint(2, 250)
    scale = divisor if chance.random() < 0.5 else 1
    dividend = scale * chance.choice((-1, 1)) * chance.randint(1, 4000)
    quotient = Fraction(dividend, divisor)
    agree(reckon(f"{dividend} / {bracketed(str(divisor))}"), quotient)
    agree(quotient * divisor, dividend)
    return Problem("divide", {"a": str(dividend), "b": str(divisor)}, str(quotient))


def calculate(chance: Random, language: str) -> Problem:
    """A nested expression of integers."""
    while True:
        term = _term(chance, chance.choice((2, 2, 3)))
        if term is not None and term.value.denominator <= _MAX_DENOMINATOR:
            agree(reckon(term.text), term.value)
            return Problem("calculate", {"e": term.text}, str(term.value))


def nearest_root(chance: Random, language: str) -> Problem:
    """A number that lies nearer to one whole power than half-way to the next."""
    degree = chance.choice((2, 2, 3, 4))
    root = chance.randint(4, {2: 3000, 3: 400, 4: 90}[degree])
    low, high = ((2 * root + step) ** degree // 2**degree for step in (-1, 1))
    number = chance.randint(low + 1, high)
    found = 1
    while (2 * found + 1) ** degree <= number * 2**degree:
        found += 1
    agree(found, root)
    return Problem("nearest_root", {"k": str(degree), "n": str(number)}, str(root))


class _Term(NamedTuple):
    """An expression with its value; `is_bare` where it needs no brackets behind an operator."""

    text: str
    value: Fraction
    is_bare: bool


def _term(chance: Random, depth: int) -> _Term | None:
    """Draw an expression; None where it divides by zero."""
    if not depth or (depth < 2 and chance.random() < 0.3):
        number = chance.choice((-1, 1, 1)) * chance.randint(1, 60)
        return _Term(str(number), Fraction(number), number > 0)
    left, right = _term(chance, depth - 1), _term(chance, depth - 1)
    operator = chance.choice("+-*/")
    if left is None or right is None or (operator == "/" and not right.value):
        return None
    value = {
        "+": lambda: left.value + right.value,
        "-": lambda: left.value - right.value,
        "*": lambda: left.value * right.value,
        "/": lambda: left.value / right.value,
    }[operator]()
    first, second = (t.text if t.is_bare else f"({t.text})" for t in (left, right))
    return _Term(f"{first} {operator} {second}", value, is_bare=False)


def _decimal(chance: Random) -> Fraction:
    number = chance.choice((-1, 1, 1)) * chance.randint(1, 10 ** chance.randint(3, 9))
    return Fraction(number, chance.choice((1, 1, 10, 100)))


def _two(key: str, a: Fraction, b: Fraction, value: Fraction, language: str) -> Problem:
    """Two numbers and an operation in words; reckoned again from the digits that are shown."""
    one, other = tell_decimal(a, language), tell_decimal(b, language)
    answer = tell_decimal(value, language)
    sign = {"add": "+", "subtract": "-", "multiply": "*"}[key]
    asked = f"{bracketed(one)} {sign} {bracketed(other)}".replace(",", ".")
    agree(reckon(asked), read_decimal(answer))
    return Problem(key, {"a": one, "b": other}, answer)
