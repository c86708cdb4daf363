"""Tool calls against what is expected: the function's name, and accepted values per parameter.

The idea is the AST check of the Berkeley Function-Calling Leaderboard: no call is made; a call is
right when its function is, every required argument is there with one of its accepted values, and
nothing else is. The order of several calls counts only where the task says so; without an order
each expected call needs a call of its own, which is a matching.
"""

import json
from collections.abc import Sequence
from typing import Annotated, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic import JsonValue as AnyJson

from assay.domain.sample import JsonValue
from assay_rl_rewards.answers.json_values import is_among

_MAX_CALLS = 16
_NAMES = frozenset(("name", "arguments"))
_Name = Annotated[str, Field(min_length=1, max_length=200)]


class ExpectedCall(BaseModel):
    """A call that is wanted.

    Attributes:
        name: of the function.
        arguments: the accepted values of each parameter that may be given; at least one each.
        optional: parameters that may be left out.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: _Name
    arguments: dict[_Name, Annotated[tuple[AnyJson, ...], Field(min_length=1, max_length=100)]]
    optional: frozenset[str] = frozenset()

    @model_validator(mode="after")
    def _names_are_known(self) -> Self:
        if not self.optional <= self.arguments.keys():
            raise ValueError("expected optional parameters to stand in arguments")
        return self


class GivenCall(NamedTuple):
    """A call that an answer makes."""

    name: str
    arguments: dict[str, JsonValue]


def read_calls(value: JsonValue) -> list[GivenCall] | None:
    """The calls that `value` is: one object, or an array of some; None where it is neither."""
    calls = value if isinstance(value, list) else [value]
    found: list[GivenCall] = []
    for call in calls:
        if not isinstance(call, dict) or call.keys() != _NAMES:
            return None
        name, arguments = call["name"], call["arguments"]
        if not isinstance(name, str) or not isinstance(arguments, dict):
            return None
        found.append(GivenCall(name, arguments))
    return found if 0 < len(found) <= _MAX_CALLS else None


def count_matches(
    expected: Sequence[ExpectedCall], given: Sequence[GivenCall], *, is_ordered: bool
) -> int:
    """How many of `expected` are met, each by a call of its own."""
    if is_ordered:
        return sum(map(is_match, expected, given))
    taken: dict[int, int] = {}  # given -> expected
    return sum(_take(place, expected, given, taken, set()) for place in range(len(expected)))


def is_match(expected: ExpectedCall, given: GivenCall) -> bool:
    """Whether `given` is what was wanted."""
    if given.name != expected.name or not given.arguments.keys() <= expected.arguments.keys():
        return False
    return all(
        is_among(given.arguments[name], accepted)
        if name in given.arguments
        else name in expected.optional
        for name, accepted in expected.arguments.items()
    )


def render_calls(expected: Sequence[ExpectedCall]) -> str:
    """An answer that makes the expected calls, with the first accepted value of each parameter."""
    calls = [
        {"name": one.name, "arguments": {name: v[0] for name, v in one.arguments.items()}}
        for one in expected
    ]
    return json.dumps(calls[0] if len(calls) == 1 else calls, ensure_ascii=False)


def _take(
    place: int,
    expected: Sequence[ExpectedCall],
    given: Sequence[GivenCall],
    taken: dict[int, int],
    tried: set[int],
) -> bool:
    """Find a call for expected call `place`, moving others to another call where they can go."""
    for index, call in enumerate(given):
        if index in tried or not is_match(expected[place], call):
            continue
        tried.add(index)
        if index not in taken or _take(taken[index], expected, given, taken, tried):
            taken[index] = place
            return True
    return False
