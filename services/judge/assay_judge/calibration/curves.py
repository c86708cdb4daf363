"""Calibration curves: what a judge's score stands for in people's points.

Isotonic regression (pool adjacent violators) of people's scores on the judge's, fitted on one part
of the labels. A block of equal values becomes one knot at its mean raw score, and the domain
interpolates between knots. A curve is kept only if it earns its place on the other part: there the
judge's scores must rise with people's, and the curve must lower the error. (Isotonic regression
finds some rise in pure noise too.) Otherwise raw scores stay as they are, and the reason is given.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import isotonic_regression

from assay.domain.rubric import Knot
from assay_judge.calibration.metrics import mean_error, spearman
from assay_judge.calibration.resampling import Estimate, FloatArray, Resamples

MAX_KNOTS = 20
MIN_FIT_ROWS = 30  # fewer cannot tell a curve from chance
MIN_RISE = 0.25  # points between first and last knot; less says that the score says nothing


@dataclass(frozen=True, slots=True)
class CurveFit:
    """A curve with its errors in points on held-out labels, or why there is none."""

    dimension: str
    knots: tuple[Knot, ...]
    num_fit: int
    num_held_out: int
    mae_raw: Estimate
    mae_calibrated: Estimate
    reason: str

    @property
    def is_kept(self) -> bool:
        return not self.reason


def fit_knots(raw: FloatArray, human: FloatArray) -> tuple[Knot, ...]:
    """Return at most 20 knots of the isotonic fit; one knot where it is flat."""
    values, at = np.unique(raw, return_inverse=True)
    counts = np.bincount(at).astype(float)
    means = np.bincount(at, weights=human) / counts
    fitted = isotonic_regression(means, weights=counts).x
    block = np.cumsum(np.concatenate([[0], np.diff(fitted) > 1e-9]))
    if block[-1] >= MAX_KNOTS:
        middle = np.cumsum(counts) - counts / 2
        wide = np.minimum((middle / counts.sum() * MAX_KNOTS).astype(np.int64), MAX_KNOTS - 1)
        block = np.unique(wide, return_inverse=True)[1]
    weight = np.bincount(block, weights=counts)
    x = np.round(np.bincount(block, weights=counts * values) / weight, 3)
    y = np.round(np.bincount(block, weights=counts * fitted) / weight, 3)
    rising = np.flatnonzero(np.concatenate([[True], np.diff(x) > 0]))
    return tuple(Knot(raw=_within(x[i]), calibrated=_within(y[i])) for i in rising)


def apply_knots(knots: tuple[Knot, ...], raw: FloatArray) -> FloatArray:
    """Return calibrated points: linear between knots, level outside of them."""
    x, y = [k.raw for k in knots], [k.calibrated for k in knots]
    return np.interp(raw, x, y)


def fit_curve(
    dimension: str,
    fit: tuple[FloatArray, FloatArray],
    held_out: tuple[FloatArray, FloatArray],
    resamples: Resamples,
) -> CurveFit:
    """Fit on (raw, human) points of one part and weigh the curve on those of the other."""
    raw, human = fit
    if len(raw) < MIN_FIT_ROWS or not len(held_out[0]):
        few = f"{len(raw)} scored samples to fit and {len(held_out[0])} to check"
        reason = f"{few}; at least {MIN_FIT_ROWS} and 1 are needed"
        return CurveFit(
            dimension, (), len(raw), len(held_out[0]), Estimate(None), Estimate(None), reason
        )
    knots = fit_knots(raw, human)
    raw_held, human_held = held_out
    found = resamples.estimate(
        {
            "raw": lambda w: mean_error(w, np.abs(raw_held - human_held)),
            "calibrated": lambda w: mean_error(
                w, np.abs(apply_knots(knots, raw_held) - human_held)
            ),
            "spearman": lambda w: spearman(w, raw_held, human_held),
        }
    )
    reason = _why_not(knots, found["raw"], found["calibrated"], found["spearman"])
    return CurveFit(
        dimension, knots, len(raw), len(raw_held), found["raw"], found["calibrated"], reason
    )


def _why_not(knots: tuple[Knot, ...], before: Estimate, after: Estimate, rank: Estimate) -> str:
    rise = knots[-1].calibrated - knots[0].calibrated
    if len(knots) < 2 or rise < MIN_RISE:
        return (
            f"people's scores rise by {rise:.2f} points over the judge's whole range; at least "
            f"{MIN_RISE} are needed, so the score is left as it is"
        )
    if rank.low is None or rank.low <= 0:
        return "on the held-out labels the score is not shown to rise with people's"
    if before.value is None or after.value is None or after.value >= before.value:
        return "the curve does not lower the error on the held-out labels"
    return ""


def _within(points: float) -> float:
    return float(min(5.0, max(1.0, points)))
