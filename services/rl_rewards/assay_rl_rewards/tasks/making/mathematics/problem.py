"""A problem of mathematics before it has words: what fills a template, and its one answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from random import Random
from typing import TypeAlias

from assay.domain.sample import JsonValue
from assay_rl_rewards.tasks.making.drafts import BOXED, Draft
from assay_rl_rewards.tasks.making.mathematics.wording import WORDINGS

COMMA_LANGUAGES = frozenset(("de", "es", "fr"))


@dataclass(frozen=True, slots=True)
class Problem:
    """Attributes: `key` names the templates, `slots` fill them; `form`, `units`: as in `math`."""

    key: str
    slots: Mapping[str, str]
    answer: str
    form: str = "numeral"
    units: tuple[str, ...] = field(default=())


Drawing: TypeAlias = Callable[[Random, str], Problem]


def word_problem(chance: Random, problem: Problem, language: str) -> Draft:
    """Put a problem into words."""
    question = chance.choice(WORDINGS[problem.key][language]).format(**problem.slots)
    params: dict[str, JsonValue] = {"answer_form": problem.form}
    if problem.units:
        params["units"] = list(problem.units)
    return Draft(f"{question}\n{BOXED[language]}", problem.answer, params, language)


def agree(one: object, other: object) -> None:
    """Hold two ways of reckoning against each other; a difference is a fault of a maker."""
    assert one == other, f"two ways of reckoning gave {one!r} and {other!r}"


def tell_decimal(value: Fraction, language: str) -> str:
    """Write a number of at most two decimals with the mark of `language`."""
    hundredths = value * 100
    assert hundredths.denominator == 1, f"expected at most two decimals, found {value}"
    whole, rest = divmod(abs(hundredths.numerator), 100)
    decimals = f"{rest:02}".rstrip("0")
    mark = "," if language in COMMA_LANGUAGES else "."
    return ("-" if value < 0 else "") + str(whole) + (mark + decimals if decimals else "")


def read_decimal(text: str) -> Fraction:
    """Read what `tell_decimal` wrote."""
    return Fraction(text.replace(",", "."))


def bracketed(text: str) -> str:
    """A negative number in brackets, as it stands behind an operator."""
    return f"({text})" if text.startswith("-") else text
