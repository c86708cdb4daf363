"""Comparison of integers and fractions; ranked by value, and again by counting who is smaller."""

from collections.abc import Sequence
from fractions import Fraction
from random import Random

from assay_rl_rewards.tasks.making.mathematics.problem import Problem, agree


def larger(chance: Random, language: str) -> Problem:
    """Two fractions that lie close to each other; compared across, and by their difference."""
    a = _fraction(chance)
    b = a + Fraction(chance.choice((-1, 1)), chance.randint(2, 90))
    answer = max(a, b)
    agree((a - b).numerator > 0, a.numerator * b.denominator > b.numerator * a.denominator)
    return Problem("larger", {"a": str(a), "b": str(b)}, str(answer))


def kth_largest(chance: Random, language: str) -> Problem:
    """The number of a rank, and again the one with so many above it."""
    numbers = _draw(chance, chance.randint(4, 7))
    rank = chance.randint(2, len(numbers))
    answer = sorted(numbers, reverse=True)[rank - 1]
    agree(sum(number > answer for number in numbers), rank - 1)
    return Problem("kth_largest", {"k": str(rank), "s": _joined(numbers)}, str(answer))


def closest(chance: Random, language: str) -> Problem:
    """The number nearest to another; draws with two equally near are drawn again."""
    while True:
        numbers, target = _draw(chance, chance.randint(3, 6)), _fraction(chance)
        distances = sorted(abs(number - target) for number in numbers)
        if distances[0] < distances[1]:
            break
    answer = min(numbers, key=lambda number: abs(number - target))
    agree((answer - target) ** 2, min((number - target) ** 2 for number in numbers))
    return Problem("closest", {"t": str(target), "s": _joined(numbers)}, str(answer))


def sort(chance: Random, language: str) -> Problem:
    """Numbers in order, and again by how many are below each."""
    numbers = _draw(chance, chance.randint(3, 6))
    order = sorted(numbers)
    agree([sum(other < number for other in numbers) for number in order], list(range(len(order))))
    return Problem("sort", {"s": _joined(numbers)}, f"({_joined(order)})", "tuple")


def _draw(chance: Random, size: int) -> list[Fraction]:
    numbers: dict[Fraction, None] = {}
    while len(numbers) < size:
        numbers[_fraction(chance)] = None
    return list(numbers)


def _fraction(chance: Random) -> Fraction:
    return Fraction(chance.randint(-99, 99), chance.choice((1, 1, 2, 3, 4, 5, 7, 8, 9)))


def _joined(numbers: Sequence[Fraction]) -> str:
    return ", ".join(map(str, numbers))
