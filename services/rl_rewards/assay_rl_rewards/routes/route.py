"""A route: how the reward of one domain is put together, as YAML says it.

`total = clip(gate * sum(weight_i * part_i) + sum(weight_j * shaping_j))`, where `gate` is the
product of all gates. Parts say how good an answer is (0 to 1), gates close what must not be paid
for at all, and shaping (0 down to -1) stands outside the gates, so that a penalty reaches wrong
answers too. Every term is reported by its name: a total can be checked from an answer alone.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, model_validator

from assay.domain.reward import RewardDomain

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Weight = Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1)]

RESERVED_NAMES = frozenset(("truncated",))  # reported for every rollout that was cut


class _Term(BaseModel):
    """One term of a route; `name` is what it is reported under."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name


class VerifierPart(_Term):
    """The score that a verifier of the catalogue gives, 0 to 1."""

    type: Literal["verifier"]
    verifier: Name
    weight: Weight


class RewardModelPart(_Term):
    """What the scalar reward model says of the conversation, on its common scale."""

    type: Literal["reward_model"]
    weight: Weight


class JudgePart(_Term):
    """The judge's verdict on the answer, 0 (also for a hard reject) to 1."""

    type: Literal["judge"]
    weight: Weight


class AnswerGate(_Term):
    """1 where the verifier of `part` found an answer to grade, else 0: the format's gate."""

    type: Literal["answer"]
    part: Name


class LanguageGate(_Term):
    """0 where the response is clearly in another language than the task's, else 1."""

    type: Literal["language"]


class VerifierGate(_Term):
    """The score of any verifier of the catalogue, as a factor."""

    type: Literal["verifier"]
    verifier: Name


class OverlongShaping(_Term):
    """DAPO's soft punishment of length (arXiv 2503.14476, eq. 13), clamped at -1.

    0 up to `max_tokens - cache_tokens`, from there linear down to -1 at `max_tokens` and beyond.
    """

    type: Literal["overlong"]
    weight: Weight = 0.0
    max_tokens: int = Field(ge=1)
    cache_tokens: int = Field(ge=1)

    @model_validator(mode="after")
    def _cache_lies_within(self) -> Self:
        if self.cache_tokens > self.max_tokens:
            raise ValueError(
                f"cache_tokens must not exceed max_tokens ({self.max_tokens}), found "
                f"{self.cache_tokens}"
            )
        return self


class LengthShaping(_Term):
    """0 up to `free_tokens`, from there linear down to -1 at `full_tokens` and beyond."""

    type: Literal["length"]
    weight: Weight = 0.0
    free_tokens: int = Field(ge=0)
    full_tokens: int = Field(ge=1)

    @model_validator(mode="after")
    def _has_a_slope(self) -> Self:
        if self.full_tokens <= self.free_tokens:
            raise ValueError(
                f"full_tokens must exceed free_tokens ({self.free_tokens}), found "
                f"{self.full_tokens}"
            )
        return self


class RepetitionShaping(_Term):
    """0 up to `free_share` of repeated text, from there linear down to -1 at `full_share`."""

    type: Literal["repetition"]
    weight: Weight = 0.0
    free_share: Share
    full_share: Share

    @model_validator(mode="after")
    def _has_a_slope(self) -> Self:
        if self.full_share <= self.free_share:
            raise ValueError(
                f"full_share must exceed free_share ({self.free_share:g}), found "
                f"{self.full_share:g}"
            )
        return self


Part: TypeAlias = Annotated[VerifierPart | RewardModelPart | JudgePart, Field(discriminator="type")]
Gate: TypeAlias = Annotated[AnswerGate | LanguageGate | VerifierGate, Field(discriminator="type")]
Shaping: TypeAlias = Annotated[
    OverlongShaping | LengthShaping | RepetitionShaping, Field(discriminator="type")
]


class Clip(BaseModel):
    """The bounds of a total."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    low: float = Field(allow_inf_nan=False)
    high: float = Field(allow_inf_nan=False)

    @model_validator(mode="after")
    def _is_a_range(self) -> Self:
        if self.high <= self.low:
            raise ValueError(f"high must exceed low ({self.low:g}), found {self.high:g}")
        return self


class Route(BaseModel):
    """How the rollouts of one domain are rewarded.

    `truncated`: what a response cut by the length limit earns of its parts: nothing (`zero`), or
    what it is scored with (`score`).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    parts: tuple[Part, ...] = Field(min_length=1)
    gates: tuple[Gate, ...] = ()
    shaping: tuple[Shaping, ...] = ()
    clip: Clip | None = None
    truncated: Literal["zero", "score"] = "zero"

    @model_validator(mode="after")
    def _names_fit(self) -> Self:
        names = [term.name for term in self.terms()]
        if len(set(names)) < len(names) or RESERVED_NAMES.intersection(names):
            raise ValueError(
                f"names must differ and not be {sorted(RESERVED_NAMES)}, found {names}"
            )
        known = {part.name for part in self.parts if isinstance(part, VerifierPart)}
        for gate in self.gates:
            if isinstance(gate, AnswerGate) and gate.part not in known:
                raise ValueError(
                    f"the gate {gate.name!r} must name a verifier part of {sorted(known)}, found "
                    f"{gate.part!r}"
                )
        if not any(part.weight for part in self.parts):
            raise ValueError("one part must have a weight above 0, found none")
        return self

    def terms(self) -> Iterator[Part | Gate | Shaping]:
        """Yield parts, gates and shaping, in this order."""
        yield from self.parts
        yield from self.gates
        yield from self.shaping


class RouteSet(BaseModel):
    """The routes of a service: a file of `configs/rewards`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Name
    version: int = Field(ge=1)
    routes: Mapping[RewardDomain, Route] = Field(min_length=1)
