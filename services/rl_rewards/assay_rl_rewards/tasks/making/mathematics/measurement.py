"""Measures and times of day: converted by ratios, and again by counting in the smallest unit."""

from fractions import Fraction
from random import Random

from assay_rl_rewards.tasks.making.mathematics.problem import (
    Problem,
    agree,
    read_decimal,
    tell_decimal,
)

# Each ladder: the unit, and how many of the one before it make it.
_LADDERS = (
    (("mm", 1), ("cm", 10), ("m", 100), ("km", 1000)),
    (("mg", 1), ("g", 1000), ("kg", 1000)),
    (("ml", 1), ("cl", 10), ("l", 100)),
    (("s", 1), ("min", 60), ("h", 60)),
)
_MINUTES = 1440


def convert(chance: Random, language: str) -> Problem:
    """A measure in another unit of its ladder; counted again in the ladder's first unit."""
    ladder = chance.choice(_LADDERS)
    start, end = chance.sample(range(len(ladder)), 2)
    ratio = Fraction(1)
    for _, steps in ladder[min(start, end) + 1 : max(start, end) + 1]:
        ratio *= steps
    factor = ratio if start > end else 1 / ratio
    amount = Fraction(chance.randint(1, 9999), chance.choice((1, 1, 2, 10, 100)))
    if start < end:  # the amount is the ratio times something, so that the answer is short
        amount *= ratio
    value = amount * factor
    sizes = [_size(ladder, at) for at in range(len(ladder))]
    shown = tell_decimal(amount, language)
    agree(read_decimal(shown) * sizes[start] / sizes[end], value)
    slots = {"n": shown, "a": ladder[start][0], "b": ladder[end][0]}
    answer = tell_decimal(value, language)
    return Problem("convert", slots, answer, units=(ladder[end][0],))


def minutes_between(chance: Random, language: str) -> Problem:
    """Minutes from one time of day to a later one; counted again on a clock that wraps."""
    start = chance.randrange(_MINUTES - 1)
    length = chance.randint(1, _MINUTES - 1 - start)
    slots = {"a": _clock(start), "b": _clock(start + length)}
    hours, minutes = (int(slots["b"][at]) - int(slots["a"][at]) for at in (slice(2), slice(3, 5)))
    agree(hours * 60 + minutes, length)
    return Problem("minutes_between", slots, str(length), units=("min", "minutes", "minute"))


def _size(ladder: tuple[tuple[str, int], ...], place: int) -> int:
    size = 1
    for _, steps in ladder[: place + 1]:
        size *= steps
    return size


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
