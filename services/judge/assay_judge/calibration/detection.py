"""How well claimed defects go with those that people marked.

Whether a claim is right and whether a defect is found are shares (Wilson intervals); what combines
them is bootstrapped. Figures of a probability (PR-AUC, calibration error, Brier score) exist only
where the judge gave one. Source of the calibration error: Naeini et al. 2015, 15 equal bins.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assay_judge.calibration.proportions import proportion
from assay_judge.calibration.resampling import (
    BoolArray,
    Estimate,
    FloatArray,
    IntArray,
    Resamples,
)

NUM_BINS = 15


@dataclass(frozen=True, slots=True)
class Detection:
    """Figures of one way to read a judge's claims; a ratio without a denominator is None."""

    num_true_positives: int
    num_false_positives: int
    num_false_negatives: int
    num_true_negatives: int
    precision: Estimate
    recall: Estimate
    specificity: Estimate
    f1: Estimate
    balanced_accuracy: Estimate


@dataclass(frozen=True, slots=True)
class Bin:
    """Rows whose predicted value lies in one bin: how many, their means of both sides."""

    num: int
    predicted: float
    observed: float


@dataclass(frozen=True, slots=True)
class ProbabilityFigures:
    """Figures of P(defect); `bins` draw the reliability diagram."""

    num: int
    pr_auc: Estimate
    prevalence: float
    ece: Estimate
    brier: Estimate
    bins: tuple[Bin, ...]


def measure_detection(
    claimed: BoolArray, present: BoolArray, clusters: Sequence[str], resamples: Resamples
) -> Detection:
    """Compare claims with what people marked, row by row."""
    outcomes = np.stack(
        [claimed & present, claimed & ~present, ~claimed & present, ~claimed & ~present], 1
    ).astype(float)
    combined = resamples.estimate(
        {"f1": lambda w: f1_of(w @ outcomes), "balanced": lambda w: balanced_of(w @ outcomes)}
    )
    names = np.asarray(clusters, dtype=str)
    tp, fp, fn, tn = (int(n) for n in outcomes.sum(0))
    return Detection(
        *(tp, fp, fn, tn),
        precision=proportion(present[claimed], list(names[claimed])),
        recall=proportion(claimed[present], list(names[present])),
        specificity=proportion(~claimed[~present], list(names[~present])),
        f1=combined["f1"],
        balanced_accuracy=combined["balanced"],
    )


def f1_of(outcomes: FloatArray) -> FloatArray:
    """Return F1 of (resamples, [tp, fp, fn, tn])."""
    tp, fp, fn, _ = outcomes.T
    return _ratio(2 * tp, 2 * tp + fp + fn)


def balanced_of(outcomes: FloatArray) -> FloatArray:
    """Return the mean of recall and specificity of (resamples, [tp, fp, fn, tn])."""
    tp, fp, fn, tn = outcomes.T
    return (_ratio(tp, tp + fn) + _ratio(tn, tn + fp)) / 2


def measure_probability(
    probability: FloatArray, present: BoolArray, resamples: Resamples
) -> ProbabilityFigures:
    """Return the figures of P(defect), 0..1, against what people marked."""
    truth = present.astype(float)
    bins = bins_of(probability)
    found = resamples.estimate(
        {
            "pr_auc": lambda w: average_precision(w, probability, present),
            "ece": lambda w: calibration_error(w, probability, truth, bins),
            "brier": lambda w: _ratio(w @ (probability - truth) ** 2, w.sum(1)),
        }
    )
    return ProbabilityFigures(
        num=len(truth),
        pr_auc=found["pr_auc"],
        prevalence=float(truth.mean()),
        ece=found["ece"],
        brier=found["brier"],
        bins=reliability(probability, truth, bins),
    )


def average_precision(weights: FloatArray, ranked_by: FloatArray, present: BoolArray) -> FloatArray:
    """Return the area under precision and recall as a step function; ties are one step."""
    order = np.argsort(-ranked_by, kind="stable")
    is_new = np.concatenate([[True], np.diff(ranked_by[order]) != 0])
    starts = np.flatnonzero(is_new)
    positive = np.add.reduceat(weights[:, order] * present[order], starts, axis=1)
    every = np.add.reduceat(weights[:, order], starts, axis=1)
    precision = _ratio(np.cumsum(positive, 1), np.cumsum(every, 1))
    return _ratio((positive * np.nan_to_num(precision)).sum(1), positive.sum(1))


def bins_of(values: FloatArray) -> IntArray:
    """Return the bin, 0 to 14, of each value of 0..1."""
    return np.minimum((values * NUM_BINS).astype(np.int64), NUM_BINS - 1)


def calibration_error(
    weights: FloatArray, probability: FloatArray, truth: FloatArray, bins: IntArray
) -> FloatArray:
    """Return the expected calibration error: mean distance of both sides over the bins."""
    gaps = np.zeros((len(bins), NUM_BINS))
    gaps[np.arange(len(bins)), bins] = probability - truth
    return _ratio(np.abs(weights @ gaps).sum(1), weights.sum(1))


def reliability(predicted: FloatArray, observed: FloatArray, bins: IntArray) -> tuple[Bin, ...]:
    """Return the bins that hold a row, in order."""
    return tuple(
        Bin(int(inside.sum()), float(predicted[inside].mean()), float(observed[inside].mean()))
        for inside in (bins == number for number in np.unique(bins))
    )


def _ratio(upper: FloatArray, lower: FloatArray) -> FloatArray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(lower > 0, upper / lower, np.nan)
