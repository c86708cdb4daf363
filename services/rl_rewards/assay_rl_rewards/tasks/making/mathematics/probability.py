"""Drawing letters without putting them back: by formula, and again by counting every draw."""

from collections import Counter
from fractions import Fraction
from itertools import permutations
from math import comb
from random import Random

from assay_rl_rewards.tasks.making.mathematics.problem import Problem, agree

_LETTERS = "abcdefghjkmnpqrstuvwxyz"


def sequence(chance: Random, language: str) -> Problem:
    """Letters in a given order."""
    bag = _draw_bag(chance)
    wanted = [bag[at] for at in chance.sample(range(len(bag)), chance.choice((2, 2, 3)))]
    left = Counter(bag)
    value = Fraction(1)
    for letter in wanted:
        value *= Fraction(left[letter], left.total())
        left[letter] -= 1
    draws = list(permutations(bag, len(wanted)))
    agree(Fraction(sum(list(draw) == wanted for draw in draws), len(draws)), value)
    return Problem(
        "sequence", {"bag": bag, "s": "".join(wanted), "k": str(len(wanted))}, str(value)
    )


def level_set(chance: Random, language: str) -> Problem:
    """How many of one letter, in any order."""
    while True:
        bag = _draw_bag(chance)
        letter, size = chance.choice(bag), chance.choice((2, 3))
        number = chance.randint(1, min(size, bag.count(letter)))
        others = len(bag) - bag.count(letter)
        ways = comb(bag.count(letter), number) * comb(others, size - number)
        if 0 < ways < comb(len(bag), size):
            break
    value = Fraction(ways, comb(len(bag), size))
    draws = list(permutations(bag, size))
    agree(Fraction(sum(draw.count(letter) == number for draw in draws), len(draws)), value)
    slots = {"bag": bag, "k": str(size), "c": str(number), "s": letter}
    return Problem("level_set", slots, str(value))


def _draw_bag(chance: Random) -> str:
    kinds = chance.sample(_LETTERS, chance.choice((2, 3, 4)))
    return "".join(chance.choices(kinds, k=chance.randint(5, 10)))
