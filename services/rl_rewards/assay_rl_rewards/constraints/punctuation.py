"""Constraints on punctuation marks: those that may not stand in an answer.

A mark is meant in every script: a full-width comma is a comma.
"""

from assay.verifiers.requested_format import characters
from assay_rl_rewards.constraints.constraint import Constraint, NoKwargs, core_check

_DOTS = ".。．…"
_EXCLAMATIONS = "!！¡"


def _has_no_dot(text: str, kwargs: NoKwargs) -> bool:
    return not any(map(text.__contains__, _DOTS))


def _has_no_exclamation(text: str, kwargs: NoKwargs) -> bool:
    return not any(map(text.__contains__, _EXCLAMATIONS))


NO_COMMA = Constraint(NoKwargs, core_check(characters.no_comma))
NO_PERIOD = Constraint(NoKwargs, core_check(characters.no_period))
NO_DOT = Constraint(NoKwargs, _has_no_dot)
NO_EXCLAMATION = Constraint(NoKwargs, _has_no_exclamation)
