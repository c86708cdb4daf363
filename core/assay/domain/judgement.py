"""What a judge says of one assistant turn: scores with their evidence, and defects with quotes.

Scores are integers, a thousandth of a point each (1000..5000), so that verdicts and digests are the
same on every platform. A dimension without evidence is `not_applicable`: no score is invented.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

DIMENSIONS = (
    "correctness",
    "instruction_following",
    "completeness",
    "conciseness",
    "naturalness",
    "calibration",
)


class DefectStatus(StrEnum):
    """How far a defect is proved: code or a confirming read verifies, a judge alone claims."""

    CLAIMED = "claimed"
    VERIFIED = "verified"
    UNVERIFIED = "unverified"
    REFUTED = "refuted"


class Defect(BaseModel):
    """One defect in a response, with the words that prove it (verbatim in `field`)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str
    status: DefectStatus
    quote: str
    message: int
    field: str = "content"
    detector: str
    reason: str


class DimensionScore(BaseModel):
    """A dimension's score in thousandths, or None where it is not applicable.

    `features` are the named measurements that the score was made of; `spread` is one standard
    deviation in thousandths where the judge knows it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    score: int | None = Field(default=None, ge=1000, le=5000)
    spread: int | None = Field(default=None, ge=0)
    features: Mapping[str, float] = Field(default_factory=dict)


class Judgement(BaseModel):
    """A judge's answer for one assistant turn. `basis` tells what an absent score means."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    judge: str
    version: str
    turn: int
    scores: Mapping[str, DimensionScore]
    defects: tuple[Defect, ...] = ()
    basis: Literal["scored", "no_defect_found"] = "scored"
