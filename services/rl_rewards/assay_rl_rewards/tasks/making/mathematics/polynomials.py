"""Polynomials: evaluated, expanded, collected, added, composed.

Coefficients are worked out; the text that is asked must agree at more points than the degree.
"""

from fractions import Fraction
from random import Random

from assay_rl_rewards.tasks.making.mathematics.polynomial import (
    Coefficients,
    add,
    agree_everywhere,
    compose,
    draw_polynomial,
    draw_terms,
    multiply,
    write,
    write_sum,
)
from assay_rl_rewards.tasks.making.mathematics.problem import Problem, agree
from assay_rl_rewards.tasks.making.mathematics.reckoning import reckon


def evaluate(chance: Random, language: str) -> Problem:
    """A value by Horner's rule and from the text."""
    polynomial = draw_polynomial(chance, chance.choice((2, 3)))
    point = chance.randint(-12, 12)
    value = 0
    for coefficient in reversed(polynomial):
        value = value * point + coefficient
    text = write(polynomial)
    agree(reckon(text, {"x": Fraction(point)}), value)
    return Problem("evaluate", {"f": text, "v": str(point)}, str(value))


def expand(chance: Random, language: str) -> Problem:
    """Products of two or three polynomials."""
    factors = [draw_polynomial(chance, chance.choice((1, 1, 2)), largest=9) for _ in range(2)]
    factors += [draw_polynomial(chance, 1, largest=5)] * (chance.random() < 0.3)
    product: Coefficients = (1,)
    for factor in factors:
        product = multiply(product, factor)
    return _expanded("expand", {"e": "".join(f"({write(f)})" for f in factors)}, product)


def collect(chance: Random, language: str) -> Problem:
    """Terms in any order, some split in two."""
    polynomial = draw_polynomial(chance, chance.choice((1, 2, 3)), largest=20)
    return _expanded("collect", {"e": write_sum(draw_terms(chance, polynomial))}, polynomial)


def add_polynomials(chance: Random, language: str) -> Problem:
    """A sum or difference of multiples of two polynomials."""
    while True:
        f, g = (draw_polynomial(chance, chance.choice((1, 2, 3))) for _ in range(2))
        a, b = chance.randint(2, 9), chance.choice((-1, 1)) * chance.randint(2, 9)
        total = add(tuple(a * c for c in f), g, times=b)
        if len(total) > 1:
            break
    sign = "-" if b < 0 else "+"
    asked = f"{a}({write(f)}) {sign} {abs(b)}({write(g)})"
    slots = {"f": write(f), "g": write(g), "e": f"{a}f(x) {sign} {abs(b)}g(x)"}
    agree_everywhere(asked, write(total), len(total))
    return Problem("add_polynomials", slots, write(total), "expanded")


def compose_polynomials(chance: Random, language: str) -> Problem:
    """One polynomial inside another, checked by inserting values one after the other."""
    f, g = draw_polynomial(chance, 2, largest=7), draw_polynomial(chance, 1, largest=7)
    if chance.random() < 0.5:
        f, g = g, f
    composed = compose(f, g)
    for point in range(-2, 3):
        inner = reckon(write(g), {"x": Fraction(point)})
        outer = reckon(write(f), {"x": inner})
        agree(outer, reckon(write(composed), {"x": Fraction(point)}))
    slots = {"f": write(f), "g": write(g)}
    return Problem("compose", slots, write(composed), "expanded")


def _expanded(key: str, slots: dict[str, str], polynomial: Coefficients) -> Problem:
    answer = write(polynomial)
    agree_everywhere(slots["e"], answer, len(polynomial))
    return Problem(key, slots, answer, "expanded")
