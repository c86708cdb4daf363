"""Algebra: equations made from their solution, solved again from their text; sequences."""

from fractions import Fraction
from itertools import pairwise
from math import comb
from random import Random

from assay_rl_rewards.tasks.making.mathematics.polynomial import (
    Coefficients,
    draw_polynomial,
    draw_terms,
    multiply,
    write,
    write_sum,
)
from assay_rl_rewards.tasks.making.mathematics.problem import Problem, agree
from assay_rl_rewards.tasks.making.mathematics.reckoning import reckon

_LARGEST_ROOT = 12


def linear_1d(chance: Random, language: str) -> Problem:
    """An equation made from its solution; solved from what its two sides give at 0 and 1."""
    unknown = chance.choice("abkmnptwxyz")
    solution = Fraction(chance.randint(-60, 60), chance.choice((1, 1, 1, 2, 3, 5)))
    slope = chance.choice((-1, 1)) * chance.randint(1, 20) * solution.denominator
    constant = -slope * solution
    left = (chance.randint(-200, 200), chance.choice((-1, 1)) * chance.randint(1, 40))
    right = (left[0] - constant.numerator, left[1] - slope)
    sides = [write_sum(draw_terms(chance, side, unknown)) for side in (left, right)]
    at_0, at_1 = (
        reckon(sides[0], {unknown: point}) - reckon(sides[1], {unknown: point})
        for point in (Fraction(0), Fraction(1))
    )
    agree(-at_0 / (at_1 - at_0), solution)
    slots = {"e": " = ".join(sides), "x": unknown}
    return Problem("linear_1d", slots, str(solution))


def linear_2d(chance: Random, language: str) -> Problem:
    """Two equations made from their solution; solved by Cramer's rule."""
    one, other = chance.sample("abkmnptwxyz", 2)
    x, y = chance.randint(-30, 30), chance.randint(-30, 30)
    while True:
        a, b, c, d = (chance.choice((-1, 1)) * chance.randint(1, 15) for _ in range(4))
        if a * d != b * c:
            break
    p, q = a * x + b * y, c * x + d * y
    determinant = Fraction(a * d - b * c)
    agree((p * d - b * q) / determinant, x)
    agree((a * q - p * c) / determinant, y)
    lines = []
    for first, second, value in ((a, b, p), (c, d, q)):
        text = write_sum([write((0, first), one), write((0, second), other)])
        agree(reckon(text, {one: Fraction(x), other: Fraction(y)}), value)
        lines.append(f"{text} = {value}")
    return Problem("linear_2d", {"e": lines[0], "f": lines[1], "x": one}, str(x))


def roots(chance: Random, language: str) -> Problem:
    """A polynomial made from its roots; found again by trying all integers they may be."""
    drawn = chance.sample(range(-_LARGEST_ROOT, _LARGEST_ROOT + 1), chance.choice((2, 2, 3)))
    polynomial: Coefficients = (chance.choice((-1, 1)) * chance.randint(1, 6),)
    for root in drawn:
        polynomial = multiply(polynomial, (-root, 1))
    text = write(polynomial)
    found = [
        n for n in range(-_LARGEST_ROOT, _LARGEST_ROOT + 1) if not reckon(text, {"x": Fraction(n)})
    ]
    agree(found, sorted(drawn))
    return Problem("roots", {"e": text}, f"\\{{{', '.join(map(str, found))}\\}}", "set")


def next_term(chance: Random, language: str) -> Problem:
    """The next term of a polynomial sequence; found again by adding up differences."""
    degree = chance.choice((1, 2, 2, 3))
    text = write(draw_polynomial(chance, degree, largest=9), "n")
    *shown, following = _terms(text, degree + 4)
    rows = [shown]
    while len(rows) <= degree:
        rows.append([b - a for a, b in pairwise(rows[-1])])
    agree(len(set(rows[-1])), 1)
    agree(sum(row[-1] for row in rows), following)
    return Problem("next_term", {"s": _joined(shown), "d": str(degree)}, str(following))


def nth_term(chance: Random, language: str) -> Problem:
    """The term of number n; checked against Newton's forward differences far from what is shown."""
    degree = chance.choice((1, 2, 2))
    text = write(draw_polynomial(chance, degree, largest=9), "n")
    shown = _terms(text, degree + 3)
    heads, row = [], shown
    while row:
        heads.append(row[0])
        row = [b - a for a, b in pairwise(row)]
    for n in (1, 7, 20, 101):
        newton = sum(head * comb(n - 1, order) for order, head in enumerate(heads))
        agree(reckon(text, {"n": Fraction(n)}), newton)
    return Problem("nth_term", {"s": _joined(shown), "d": str(degree)}, text, "expression")


def _terms(text: str, count: int) -> list[int]:
    return [int(reckon(text, {"n": Fraction(n)})) for n in range(1, count + 1)]


def _joined(terms: list[int]) -> str:
    return ", ".join(map(str, terms))
