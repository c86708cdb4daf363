"""What a constraint is: parameters with a model of their own, and a check that says yes or no.

The idea: everything that a check needs stands in its parameters, under the names that the published
data use (IFEval, arXiv 2311.07911; M-IFEval, arXiv 2502.04688; IFEvalG of open-instruct). The
invariant: a parameter that is missing makes the task invalid; no check draws a target of its own,
and what cannot be told is not met.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from assay.verifiers.requested_format.instruction import Check, Instruction

MAX_COUNT = 100_000
MAX_PHRASE_CHARS = 20_000

_RELATION_NAMES = {
    "au moins": "at least",
    "moins de": "less than",
    "au plus": "at most",
    "al menos": "at least",
    "como máximo": "at most",
    "menos de": "less than",
    "以上": "at least",
    "未満": "less than",
}


def _relation_name(value: object) -> object:
    return _RELATION_NAMES.get(value, value) if isinstance(value, str) else value


Relation = Annotated[
    Literal["at least", "less than", "at most", "more than", "exactly"],
    BeforeValidator(_relation_name),
]
Count = Annotated[int, Field(ge=0, le=MAX_COUNT)]
PositiveCount = Annotated[int, Field(ge=1, le=MAX_COUNT)]
Phrase = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_PHRASE_CHARS)
]
Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class Kwargs(BaseModel):
    """Parameters of a constraint; keys without a value (published data have them) are dropped."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _without_empty_keys(cls, data: Any) -> Any:
        if isinstance(data, dict):
            return {key: value for key, value in data.items() if value is not None}
        return data


class NoKwargs(Kwargs):
    """For a constraint that needs no parameters."""


KwargsT = TypeVar("KwargsT", bound=Kwargs)


@dataclass(frozen=True, slots=True)
class Constraint(Generic[KwargsT]):
    """A constraint.

    Attributes:
        kwargs: the model of its parameters.
        check: whether a text (not empty, no loop) meets it.
        cheat: a text made only to pass careless checks of it, which must fail; None without one.
        is_given: whether the constraint itself says what the text is, so that a short one or the
            prompt over again may be right.
    """

    kwargs: type[KwargsT]
    check: Callable[[str, KwargsT], bool]
    cheat: Callable[[KwargsT], str] | None = None
    is_given: bool = False


def holds(number: int, relation: Relation, limit: int) -> bool:
    """Whether `number` stands in `relation` to `limit`."""
    if relation == "at least":
        return number >= limit
    if relation == "less than":
        return number < limit
    if relation == "at most":
        return number <= limit
    return number > limit if relation == "more than" else number == limit


def core_check(check: Check) -> Callable[[str, Kwargs], bool]:
    """Return a check of curation (`assay.verifiers.requested_format`) as one that says yes or no.

    It sees the parameters alone and never the prompt, and where it abstains the answer is no.
    """

    def is_met(text: str, kwargs: Kwargs) -> bool:
        outcome = check(text, Instruction("", kwargs.model_dump()))
        return outcome is not None and outcome.failure is None

    return is_met
