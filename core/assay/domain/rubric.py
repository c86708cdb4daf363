"""The rubric: what is scored, how dimensions weigh, where the thresholds lie.

Weights and thresholds are ours: the source document names six weighted dimensions and hard-reject
rules and gives no figures. Points run from 1 to 5; inside, everything is an integer in thousandths.
"""

from collections.abc import Mapping
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from assay.domain.judgement import DIMENSIONS


class Dimension(BaseModel):
    """One scored dimension. `floor` is the lowest score (points) that can still be accepted."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    weight: float = Field(gt=0, le=1)
    floor: float | None = Field(default=None, ge=1, le=5)
    description: str
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


class Rubric(BaseModel):
    """Dimensions, thresholds and the defects that reject whatever the scores say."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    version: int = Field(ge=1)
    dimensions: Mapping[str, Dimension]
    accept_at: float = Field(default=4.0, ge=1, le=5)
    reject_below: float = Field(default=3.0, ge=1, le=5)
    min_weight_covered: float = Field(default=0.5, gt=0, le=1)
    num_deviations: float = Field(default=1.0, ge=0)
    hard_defects: tuple[str, ...]

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
