"""The rubric: what is scored, how dimensions weigh, where the thresholds lie.

Weights and thresholds are ours: the source document names six weighted dimensions and hard-reject
rules and gives no figures. Points run from 1 to 5; inside, everything is an integer in thousandths.
A rubric has two digests: `digest` of all of it, and `judging_digest` of what a judge is told. Only
the second one makes a judgement another judgement; the rest can be replayed.
"""

import hashlib
import json
from collections.abc import Mapping
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from assay.domain.judgement import DIMENSIONS

NAME = r"^[a-z][a-z0-9_]{0,39}$"


class Dimension(BaseModel):
    """One scored dimension. `floor` is the lowest score (points) that can still be accepted."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    weight: float = Field(gt=0, le=1)
    floor: float | None = Field(default=None, ge=1, le=5)
    description: str = Field(min_length=1, max_length=2000)
    levels: Mapping[int, str]

    @model_validator(mode="after")
    def _has_five_levels(self) -> Self:
        if sorted(self.levels) != [1, 2, 3, 4, 5]:
            raise ValueError(f"levels must be 1 to 5, found {sorted(self.levels)}; give all five")
        return self

    @property
    def weight_milli(self) -> int:
        """The weight in thousandths."""
        return round(self.weight * 1000)

    @property
    def floor_milli(self) -> int | None:
        """The floor in thousandths of a point."""
        return None if self.floor is None else round(self.floor * 1000)


class DefectRule(BaseModel):
    """A kind of defect: what it is, and whether it rejects whatever the scores say.

    A judge is told of those that a `judge` detects; `code` ones come from verifiers alone.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    hard: bool = True
    detected_by: Literal["judge", "code"] = "judge"
    description: str = Field(min_length=1, max_length=2000)
    example: str = Field(default="", max_length=2000)
    counterexample: str = Field(default="", max_length=2000)
    repairable: bool = False


class Check(BaseModel):
    """A yes/no question on critical thinking; its answer moves one dimension's score.

    `share` of that score comes from the check: yes counts 5 points, no 1 (reversed when
    `good_answer` is no).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    question: str = Field(min_length=1, max_length=1000)
    feeds: str = "calibration"
    share: float = Field(default=0.2, gt=0, lt=1)
    good_answer: Literal["yes", "no"] = "yes"


class Knot(BaseModel):
    """A point of a calibration curve: a raw score stands for this calibrated one (points)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    raw: float = Field(ge=1, le=5)
    calibrated: float = Field(ge=1, le=5)


class Rubric(BaseModel):
    """Dimensions, thresholds and the defects that reject whatever the scores say."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    version: int = Field(ge=1)
    dimensions: Mapping[Annotated[str, Field(pattern=NAME)], Dimension]
    defects: Mapping[Annotated[str, Field(pattern=NAME)], DefectRule]
    checks: Mapping[Annotated[str, Field(pattern=NAME)], Check] = Field(default_factory=dict)
    accept_at: float = Field(default=4.0, ge=1, le=5)
    reject_below: float = Field(default=3.0, ge=1, le=5)
    min_weight_covered: float = Field(default=0.5, gt=0, le=1)
    num_deviations: float = Field(default=1.0, ge=0)
    curves: Mapping[str, tuple[Knot, ...]] = Field(default_factory=dict)
    calibrated_by: str | None = None

    @model_validator(mode="after")
    def _is_coherent(self) -> Self:
        total = sum(d.weight_milli for d in self.dimensions.values())
        if total != 1000:
            raise ValueError(f"weights must add up to 1, found {total / 1000}; adjust them")
        missing = [name for name in DIMENSIONS if name not in self.dimensions]
        if missing:
            raise ValueError(f"dimensions must include {missing}; add them")
        if self.reject_below > self.accept_at:
            raise ValueError(
                f"reject_below must not exceed accept_at, found {self.reject_below} > "
                f"{self.accept_at}; lower it"
            )
        return self

    @model_validator(mode="after")
    def _names_what_exists(self) -> Self:
        for name, check in self.checks.items():
            if check.feeds not in self.dimensions:
                raise ValueError(
                    f"checks.{name}.feeds must name a dimension of {sorted(self.dimensions)}, "
                    f"found {check.feeds!r}; correct it"
                )
        for dimension in self.dimensions:
            share = sum(c.share for c in self.checks.values() if c.feeds == dimension)
            if share >= 1:
                raise ValueError(
                    f"shares of the checks that feed {dimension!r} must stay below 1, found "
                    f"{share:.2f}; lower them"
                )
        return self

    @model_validator(mode="after")
    def _curves_rise(self) -> Self:
        for name, knots in self.curves.items():
            if name not in self.dimensions:
                raise ValueError(
                    f"curves must name dimensions of {sorted(self.dimensions)}, found {name!r}"
                )
            if len(knots) < 2 or any(
                b.raw <= a.raw or b.calibrated < a.calibrated for a, b in pairwise(knots)
            ):
                raise ValueError(
                    f"curves.{name} must hold two knots or more, raw rising and calibrated never "
                    "falling; sort them"
                )
        return self

    @property
    def hard_defects(self) -> tuple[str, ...]:
        """The defects that reject when verified, in the rubric's order."""
        return tuple(name for name, rule in self.defects.items() if rule.hard)

    @property
    def judged_dimensions(self) -> tuple[str, ...]:
        """The dimensions in the order in which a judge is told of them: the six, then one's own."""
        own = sorted(set(self.dimensions) - set(DIMENSIONS))
        return (*DIMENSIONS, *own)

    @property
    def judged_defects(self) -> Mapping[str, DefectRule]:
        """The defects that a judge is told of, by name in alphabetical order."""
        return {n: d for n, d in sorted(self.defects.items()) if d.detected_by == "judge"}

    @property
    def digest(self) -> str:
        """SHA-256 of the whole rubric."""
        return _digest(self.model_dump(mode="json"))

    @property
    def judging_digest(self) -> str:
        """SHA-256 of what a judge is told: texts of dimensions, defects and checks."""
        return _digest(
            {
                "dimensions": [
                    [n, self.dimensions[n].description, sorted(self.dimensions[n].levels.items())]
                    for n in self.judged_dimensions
                ],
                "defects": [
                    [n, d.description, d.example, d.counterexample]
                    for n, d in self.judged_defects.items()
                ],
                "checks": [[n, c.question] for n, c in sorted(self.checks.items())],
            }
        )


def _digest(body: object) -> str:
    text = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
