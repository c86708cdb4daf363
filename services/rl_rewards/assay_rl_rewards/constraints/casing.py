"""Constraints on capital and small letters.

"In English and in capital letters" needs both: letters at all, none of the other case, and a
language that can be told.
"""

from assay.verifiers.requested_format import letter_case
from assay_rl_rewards.constraints.constraint import (
    Constraint,
    Count,
    Kwargs,
    NoKwargs,
    Relation,
    core_check,
)
from assay_rl_rewards.constraints.language import is_in_language


class CapitalLimit(Kwargs):
    """How many words stand in capital letters."""

    capital_frequency: Count
    capital_relation: Relation


def capital_in(code: str) -> Constraint[NoKwargs]:
    """Return the constraint that a text has capital letters only, in the language `code`."""

    def check(text: str, kwargs: NoKwargs) -> bool:
        return text.isupper() and is_in_language(text.lower(), code)

    return Constraint(NoKwargs, check, lambda kwargs: "XQZ 12345 XQZ")


def lowercase_in(code: str) -> Constraint[NoKwargs]:
    """Return the constraint that a text has small letters only, in the language `code`."""

    def check(text: str, kwargs: NoKwargs) -> bool:
        return text.islower() and is_in_language(text, code)

    return Constraint(NoKwargs, check, lambda kwargs: "xqz 12345 xqz")


CAPITAL_WORD_FREQUENCY = Constraint(CapitalLimit, core_check(letter_case.capital_word_frequency))
