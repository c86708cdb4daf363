"""Derivatives of polynomials: by the rule of powers, and again by dual numbers.

A dual number carries a value and its slope through sums and products (W. K. Clifford, 1873), so
that Horner's rule gives the derivative without any rule for powers.
"""

from fractions import Fraction
from random import Random

from assay_rl_rewards.tasks.making.mathematics.polynomial import (
    Coefficients,
    draw_polynomial,
    draw_terms,
    write,
    write_sum,
)
from assay_rl_rewards.tasks.making.mathematics.problem import Problem, agree
from assay_rl_rewards.tasks.making.mathematics.reckoning import reckon


def differentiate(chance: Random, language: str) -> Problem:
    """A derivative, of terms in any order."""
    polynomial = draw_polynomial(chance, chance.choice((2, 3, 4)), largest=15)
    slope = _derive(polynomial)
    text = write_sum(draw_terms(chance, polynomial))
    return Problem("differentiate", {"f": text}, write(slope), "expanded")


def second_derivative(chance: Random, language: str) -> Problem:
    """A derivative of a derivative."""
    polynomial = draw_polynomial(chance, chance.choice((3, 4)), largest=12)
    slots = {"f": write(polynomial)}
    return Problem("second_derivative", slots, write(_derive(_derive(polynomial))), "expanded")


def slope(chance: Random, language: str) -> Problem:
    """The value of a derivative at a point."""
    polynomial = draw_polynomial(chance, chance.choice((2, 3)), largest=15)
    point = chance.randint(-9, 9)
    value = sum(c * point**power for power, c in enumerate(_derive(polynomial)))
    agree(_slope_at(polynomial, point), value)
    return Problem("slope", {"f": write(polynomial), "v": str(point)}, str(value))


def _derive(polynomial: Coefficients) -> Coefficients:
    derived = tuple(power * c for power, c in enumerate(polynomial))[1:]
    for point in range(-1, len(derived) + 1):
        value = reckon(write(derived), {"x": Fraction(point)})
        agree(_slope_at(polynomial, point), value)
    return derived


def _slope_at(polynomial: Coefficients, point: int) -> int:
    """Horner's rule over dual numbers."""
    value, slope = 0, 0
    for coefficient in reversed(polynomial):
        value, slope = value * point + coefficient, slope * point + value
    return slope
