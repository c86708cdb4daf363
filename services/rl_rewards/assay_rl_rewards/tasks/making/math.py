"""Endless tasks of arithmetic and algebra, in the categories of DeepMind Mathematics.

Categories after Saxton et al., "Analysing Mathematical Reasoning Abilities of Neural Models" (2019,
arXiv 1904.01557); questions and code are our own. Every answer is reckoned twice: forward, as the
problem is made, and from the numbers or the text that are shown. A draft whose values differ is a
fault of a maker and raises; it is never handed out.
"""

import random
from collections.abc import Iterator, Mapping, Sequence

from assay.domain.reward import RewardDomain
from assay_rl_rewards.tasks.making.drafts import Draft, TaskRow, stream_tasks
from assay_rl_rewards.tasks.making.mathematics import (
    algebra,
    arithmetic,
    calculus,
    comparison,
    measurement,
    numbers,
    polynomials,
    probability,
)
from assay_rl_rewards.tasks.making.mathematics.problem import Drawing, word_problem
from assay_rl_rewards.tasks.making.mathematics.wording import LANGUAGES

CATEGORIES: Mapping[str, Sequence[Drawing]] = {
    "arithmetic": (
        arithmetic.add,
        arithmetic.subtract,
        arithmetic.multiply,
        arithmetic.divide,
        arithmetic.calculate,
        arithmetic.calculate,
        arithmetic.nearest_root,
    ),
    "algebra": (
        algebra.linear_1d,
        algebra.linear_2d,
        algebra.roots,
        algebra.next_term,
        algebra.nth_term,
    ),
    "numbers": (
        numbers.gcd,
        numbers.lcm,
        numbers.prime_factors,
        numbers.which_prime,
        numbers.place_value,
        numbers.remainder,
        numbers.to_base,
        numbers.from_base,
        numbers.round_to,
        numbers.round_places,
    ),
    "comparison": (
        comparison.larger,
        comparison.kth_largest,
        comparison.closest,
        comparison.sort,
    ),
    "polynomials": (
        polynomials.evaluate,
        polynomials.expand,
        polynomials.collect,
        polynomials.add_polynomials,
        polynomials.compose_polynomials,
    ),
    "calculus": (calculus.differentiate, calculus.second_derivative, calculus.slope),
    "measurement": (measurement.convert, measurement.minutes_between),
    "probability": (probability.sequence, probability.level_set),
}


def make(seed: int) -> Iterator[TaskRow]:
    """Yield tasks of mathematics without end, the same for the same seed."""
    return stream_tasks(RewardDomain.MATH, seed, _draw)


def _draw(chance: random.Random) -> Draft:
    language = chance.choice(LANGUAGES)
    drawing = chance.choice(CATEGORIES[chance.choice(tuple(CATEGORIES))])
    return word_problem(chance, drawing(chance, language), language)
