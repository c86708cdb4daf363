"""Everything that a calibration found, and its JSON. No sample text is in it, and no clock."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from typing import cast

import numpy as np
import orjson
from pydantic import BaseModel

from assay.domain.rubric import Rubric
from assay.domain.sample import JsonValue
from assay_judge.calibration.agreement import DimensionFigures
from assay_judge.calibration.bias import BiasFigures
from assay_judge.calibration.curves import CurveFit
from assay_judge.calibration.defects import DefectFigures
from assay_judge.calibration.preferences import PairFigures
from assay_judge.calibration.residuals import FamilyFigures, LengthFigures
from assay_judge.calibration.threshold import ThresholdChoice
from assay_judge.calibration.verdicts import VerdictFigures

FORMAT = 1
DECIMALS = 6


@dataclass(frozen=True, slots=True)
class CalibrationSettings:
    """Knobs of a calibration; `split` is the share of clusters that curves and threshold see."""

    target_precision: float = 0.95
    split: float = 0.5
    seed: int = 0
    num_resamples: int = 1000
    num_bias_samples: int = 100
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Intake:
    """What went in, and what of it could not be used."""

    files: Mapping[str, str]  # name -> SHA-256 as stored
    num_rows: int
    num_bad_lines: int
    num_unlabelled: int
    num_left_out: int
    bad_labels: Mapping[str, int]
    num_labelled: int
    num_clusters: int
    num_judged: int
    judge_errors: Mapping[str, int]
    num_unjudged: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Calibration:
    """The result. `rubric` is the calibrated one; `base` the digest of the one it extends."""

    judge: str
    judge_version: str
    base: str
    rubric: Rubric
    settings: CalibrationSettings
    mapping: Mapping[str, object]
    intake: Intake
    dimensions: tuple[DimensionFigures, ...]
    curves: tuple[CurveFit, ...]
    verdicts: VerdictFigures | None
    threshold: ThresholdChoice | None
    calibrated_verdicts: VerdictFigures | None  # of the held-out part, under the new rubric
    defects: tuple[DefectFigures, ...]
    pairs: PairFigures | None
    bias: BiasFigures
    lengths: tuple[LengthFigures, ...]
    families: tuple[FamilyFigures, ...]

    @property
    def is_whole(self) -> bool:
        """Whether every labelled sample was judged."""
        failed = self.intake.judge_errors or self.intake.num_unjudged
        return not failed and not self.bias.stopped_by

    @property
    def has_threshold(self) -> bool:
        return self.threshold is not None and self.threshold.accept_at is not None

    @property
    def not_written(self) -> dict[str, str]:
        """What did not earn its place in the overlay, and why."""
        why = {f"curve for {c.dimension}": c.reason for c in self.curves if not c.is_kept}
        if self.threshold is not None and self.threshold.accept_at is None:
            why["accept_at"] = self.threshold.reason
        return why

    @property
    def has_change(self) -> bool:
        """Whether there is anything to write into an overlay."""
        return self.has_threshold or any(curve.is_kept for curve in self.curves)


def calibration_json(calibration: Calibration) -> bytes:
    """Return the figures as JSON; the same calibration gives the same bytes."""
    body = {"format": FORMAT, **cast(dict[str, JsonValue], plain(calibration))}
    return orjson.dumps(body, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def plain(value: object) -> JsonValue:
    """Return a value in JSON's terms; numbers with six decimals."""
    if isinstance(value, BaseModel):
        return plain(value.model_dump(mode="json"))
    if is_dataclass(value):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, float | np.floating):
        return round(float(value), DECIMALS)
    return cast(JsonValue, value)
