"""What a task says of the value of an answer, beyond its schema.

A gold value must be equal to it as a whole; an `accepted` list holds several such values; an
assertion says what stands at one place. A task may state any of them; all must hold.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic import JsonValue as AnyJson

from assay.domain.sample import JsonValue
from assay_rl_rewards.answers.json_values import (
    PointerError,
    is_among,
    is_equal,
    resolve_pointer,
    split_pointer,
)


class Assertion(BaseModel):
    """What stands at `pointer` (RFC 6901): one of `accepted`, or nothing (`is_absent`)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    pointer: Annotated[str, Field(max_length=2000)]
    accepted: Annotated[tuple[AnyJson, ...], Field(max_length=1000)] = ()
    is_absent: bool = False

    @field_validator("pointer")
    @classmethod
    def _is_pointer(cls, pointer: str) -> str:
        split_pointer(pointer)
        return pointer

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        if self.is_absent == bool(self.accepted):
            raise ValueError("expected either accepted values or is_absent")
        return self

    def holds(self, value: JsonValue) -> bool:
        """Whether it holds of `value`."""
        try:
            found = resolve_pointer(value, self.pointer)
        except PointerError:
            return self.is_absent
        return not self.is_absent and is_among(found, self.accepted)


@dataclass(frozen=True, slots=True)
class ValueChecks:
    """All that is said of a value; a gold of None says nothing."""

    gold: JsonValue = None
    accepted: tuple[JsonValue, ...] = ()
    assertions: tuple[Assertion, ...] = ()

    def __bool__(self) -> bool:
        return self.gold is not None or bool(self.accepted) or bool(self.assertions)

    def share(self, value: JsonValue) -> float:
        """The share of the checks that `value` passes; 1 without any."""
        results = list(self._results(value))
        return sum(results) / len(results) if results else 1.0

    def example(self) -> JsonValue:
        """A value that passes as a whole, None where none is known."""
        if self.gold is not None:
            return self.gold
        return self.accepted[0] if self.accepted else None

    def _results(self, value: JsonValue) -> Iterator[bool]:
        if self.gold is not None:
            yield is_equal(value, self.gold)
        if self.accepted:
            yield is_among(value, self.accepted)
        for assertion in self.assertions:
            yield assertion.holds(value)
