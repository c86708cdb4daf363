"""What a check is given and what it may answer.

A requirement is one thing that the user asked of the answer's form. The invariant: a check that
lacks a parameter, or cannot tell, says so; it never draws a target of its own, and an empty answer
satisfies nothing.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple, TypeAlias

from assay.domain.sample import JsonValue
from assay.verifiers.requested_format.bounds import Bounds, bounds_of, find_bounds
from assay.verifiers.requested_format.request import Request

_RELATIONS = {
    "at least": "at_least",
    "less than": "less_than",
    "at most": "at_most",
    "more than": "more_than",
}


class Outcome(NamedTuple):
    """What a check found: `failure` says what was expected and found; None when satisfied."""

    failure: str | None


SATISFIED = Outcome(None)


class Instruction(NamedTuple):
    """One published instruction: the prompt that states it and its parameters where known."""

    prompt: str
    parameters: Mapping[str, JsonValue]

    def text(self, name: str) -> str | None:
        value = self.parameters.get(name)
        return value if isinstance(value, str) and value else None

    def texts(self, name: str) -> tuple[str, ...]:
        value = self.parameters.get(name)
        if isinstance(value, str) or not isinstance(value, list | tuple):
            return ()
        return tuple(item for item in value if isinstance(item, str) and item)

    def bounds(self, number: str, relation: str | None, default: str) -> Bounds | None:
        """Bounds from parameters; `default` is the relation of an instruction without one."""
        value = self.parameters.get(number)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        stated = self.parameters.get(relation) if relation else None
        name = _RELATIONS.get(stated, default) if isinstance(stated, str) else default
        return bounds_of(name, int(value))

    def stated_bounds(self, unit: str, default: str | None = None) -> Bounds | None:
        """The bounds that the prompt states for `unit`, an explicit one first."""
        stated = [one for one in find_bounds(self.prompt, unit) if not one.is_distributive]
        found = sorted(stated, key=lambda one: not one.is_explicit)
        if not found:
            return None
        first = found[0]
        if first.is_explicit or default is None:
            return first.bounds
        return bounds_of(default, first.bounds.low)


Check: TypeAlias = Callable[[str, Instruction], Outcome | None]
PlainCheck: TypeAlias = Callable[[str, Request], Iterator[tuple[str, Outcome]]]


def count_outcome(bounds: Bounds, number: int, unit: str) -> Outcome:
    """Satisfied when `number` lies within `bounds`."""
    if bounds.holds(number):
        return SATISFIED
    return Outcome(f"expected {bounds} {unit}, found {number}")
