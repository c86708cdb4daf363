"""Polynomials in one unknown as their coefficients, from the constant upwards."""

from collections.abc import Sequence
from fractions import Fraction
from random import Random
from typing import TypeAlias

from assay_rl_rewards.tasks.making.mathematics.problem import agree
from assay_rl_rewards.tasks.making.mathematics.reckoning import reckon

Coefficients: TypeAlias = tuple[int, ...]


def draw_polynomial(chance: Random, degree: int, *, largest: int = 12) -> Coefficients:
    """Draw integer coefficients; the leading one is not 0."""
    leading = chance.choice((-1, 1)) * chance.randint(1, largest)
    return (*(chance.randint(-largest, largest) for _ in range(degree)), leading)


def add(one: Coefficients, other: Coefficients, *, times: int = 1) -> Coefficients:
    """Return `one` and `times` of `other` together."""
    size = max(len(one), len(other))
    left = (*one, *(0,) * (size - len(one)))
    right = (*other, *(0,) * (size - len(other)))
    return _trimmed([a + times * b for a, b in zip(left, right, strict=True)])


def multiply(one: Coefficients, other: Coefficients) -> Coefficients:
    """Return the product."""
    product = [0] * (len(one) + len(other) - 1)
    for i, a in enumerate(one):
        for j, b in enumerate(other):
            product[i + j] += a * b
    return _trimmed(product)


def compose(outer: Coefficients, inner: Coefficients) -> Coefficients:
    """Return outer(inner(x))."""
    result: Coefficients = (outer[-1],)
    for coefficient in reversed(outer[:-1]):
        result = add(multiply(result, inner), (coefficient,))
    return result


def write(coefficients: Coefficients, unknown: str = "x") -> str:
    """Write `3x^2 - x + 7`, highest power first."""
    terms = [_term(c, power, unknown) for power, c in enumerate(coefficients) if c][::-1]
    return write_sum(terms)


def write_sum(terms: Sequence[str]) -> str:
    """Join signed terms."""
    text = " + ".join(terms) or "0"
    return text.replace("+ -", "- ")


def draw_terms(chance: Random, coefficients: Coefficients, unknown: str = "x") -> list[str]:
    """Write a polynomial as terms in any order, some of them split in two."""
    terms = []
    for power, coefficient in enumerate(coefficients):
        part = chance.choice((-1, 1)) * chance.randint(1, 30) if chance.random() < 0.7 else 0
        terms += [_term(c, power, unknown) for c in (coefficient - part, part) if c]
    chance.shuffle(terms)
    return terms


def agree_everywhere(asked: str, answer: str, degree: int, unknown: str = "x") -> None:
    """Hold two polynomials against each other at more points than their degree."""
    for point in range(-1, degree + 1):
        at = {unknown: Fraction(point)}
        agree(reckon(asked, at), reckon(answer, at))


def _term(coefficient: int, power: int, unknown: str) -> str:
    if not power:
        return str(coefficient)
    factor = {1: "", -1: "-"}.get(coefficient, str(coefficient))
    return f"{factor}{unknown}" + (f"^{power}" if power > 1 else "")


def _trimmed(coefficients: list[int]) -> Coefficients:
    while len(coefficients) > 1 and not coefficients[-1]:
        coefficients.pop()
    return tuple(coefficients)
