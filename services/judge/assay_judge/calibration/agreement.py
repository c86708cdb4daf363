"""Agreement of the judge's scores with people's, per dimension, with people's own beside it.

Two sets of people agree only so far; a judge's figure is to be read against that ceiling. The mean
of several annotators is steadier than any of them, so the figure that compares with the ceiling is
the judge against each annotator alone (`against_each`), not against their mean.

Binning: judge scores are continuous, 1 to 5. Both sides are mapped linearly onto the human scale
and rounded to its nearest level, halves upward. Spearman, Kendall and errors use unrounded values;
errors are in points of 1 to 5.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from assay.domain.rubric import Rubric
from assay_judge.calibration.detection import Bin
from assay_judge.calibration.mapping import DimensionLabel, LabelMapping
from assay_judge.calibration.metrics import (
    coincidences_of_pairs,
    coincidences_of_units,
    count_tables,
    kendall,
    mean_error,
    ordinal_alpha,
    quadratic_kappa,
    spearman,
)
from assay_judge.calibration.observations import Observation
from assay_judge.calibration.proportions import proportion
from assay_judge.calibration.resampling import (
    Estimate,
    FloatArray,
    IntArray,
    Resamples,
    Statistic,
)

NUM_CURVE_BINS = 10


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two sides agree; errors in points, `bias` above 0 where the judge is lenient."""

    kappa: Estimate
    spearman: Estimate
    kendall: Estimate
    alpha: Estimate
    mae: Estimate
    bias: Estimate


@dataclass(frozen=True, slots=True)
class Ceiling:
    """How far people agree: means over pairs of annotators, and alpha over all of them."""

    num_annotators: int
    num_samples: int
    kappa: Estimate
    spearman: Estimate
    alpha: Estimate


@dataclass(frozen=True, slots=True)
class AgainstEach:
    """The judge against one annotator at a time, averaged: comparable with the ceiling."""

    kappa: Estimate
    spearman: Estimate


@dataclass(frozen=True, slots=True)
class DimensionFigures:
    """All figures of one dimension; those of agreement are over the scored samples.

    `confusion` counts [level of people][level of the judge], from the lowest level on.
    """

    dimension: str
    scale: tuple[float, float]
    num_levels: int
    num_labelled: int
    num_scored: int
    num_clusters: int
    coverage: Estimate
    agreement: Agreement | None
    ceiling: Ceiling | None
    against_each: AgainstEach | None
    confusion: tuple[tuple[int, ...], ...]
    reliability: tuple[Bin, ...]


@dataclass(frozen=True, slots=True)
class DimensionRows:
    """The labelled observations of one dimension; `judge` is NaN where not applicable."""

    observations: tuple[Observation, ...]
    judge: FloatArray  # points
    human: FloatArray  # points
    annotators: FloatArray  # (rows, annotators), points; NaN where one gave none

    @property
    def clusters(self) -> list[str]:
        return [observation.labelled.cluster for observation in self.observations]

    def scored(self) -> "DimensionRows":
        """The rows that have a score."""
        kept = np.flatnonzero(np.isfinite(self.judge))
        rows = tuple(self.observations[i] for i in kept)
        return DimensionRows(rows, self.judge[kept], self.human[kept], self.annotators[kept])


def dimension_rows(
    observations: Sequence[Observation], dimension: str, mapping: LabelMapping, rubric: Rubric
) -> DimensionRows:
    """Gather the observations that people scored on this dimension."""
    label = mapping.dimensions[dimension]
    rows = [o for o in observations if dimension in o.labelled.labels.scores]
    given = [o.labelled.labels.scores[dimension] for o in rows]
    width = max(map(len, given), default=1)
    annotators = np.full((len(rows), width), np.nan)
    for at, scores in enumerate(given):
        annotators[at, : len(scores)] = [np.nan if s is None else s for s in scores]
    annotators = to_points(annotators, label)
    middle = np.nanmedian if mapping.truth == "median" else np.nanmean
    human = middle(annotators, axis=1) if len(rows) else np.empty(0)
    judge = [o.points(dimension, rubric) for o in rows]
    return DimensionRows(
        tuple(rows), np.array([np.nan if p is None else p for p in judge]), human, annotators
    )


def to_points(values: FloatArray, label: DimensionLabel) -> FloatArray:
    """Map scores of the human scale linearly onto 1..5."""
    low, high = label.scale
    return 1 + 4 * (values - low) / (high - low)


def to_levels(points: FloatArray, num_levels: int) -> IntArray:
    """Return the nearest level, 0-based, halves upward; -1 for NaN."""
    # 1e-9: a half that lies a rounding error below is a half.
    nearest = np.floor((points - 1) / 4 * (num_levels - 1) + 0.5 + 1e-9)
    return np.where(np.isfinite(points), nearest, -1).astype(np.int64)


def measure_dimension(
    rows: DimensionRows, dimension: str, label: DimensionLabel, *, num_resamples: int, seed: int
) -> DimensionFigures:
    """Measure one dimension."""
    scored = rows.scored()
    levels = label.num_levels
    resamples = Resamples(scored.clusters, num_resamples=num_resamples, seed=seed)
    has_scores = len(scored.observations) > 0
    table = count_tables(
        np.ones((1, len(scored.judge))),
        to_levels(scored.human, levels),
        to_levels(scored.judge, levels),
        num_levels=levels,
    )[0]
    basis = scored if has_scores else rows
    return DimensionFigures(
        dimension=dimension,
        scale=label.scale,
        num_levels=levels,
        num_labelled=len(rows.observations),
        num_scored=len(scored.observations),
        num_clusters=len(set(scored.clusters)),
        coverage=proportion(np.isfinite(rows.judge), rows.clusters),
        agreement=measure_agreement(scored.judge, scored.human, levels, resamples)
        if has_scores
        else None,
        ceiling=_ceiling(basis, levels, num_resamples=num_resamples, seed=seed),
        against_each=_against_each(scored, levels, resamples) if has_scores else None,
        confusion=tuple(tuple(int(n) for n in row) for row in table),
        reliability=score_reliability(scored.judge, scored.human),
    )


def measure_agreement(
    judge: FloatArray, human: FloatArray, num_levels: int, resamples: Resamples
) -> Agreement:
    """Measure the agreement of scores in points."""
    left, right = to_levels(human, num_levels), to_levels(judge, num_levels)

    def tables(weights: FloatArray) -> FloatArray:
        return count_tables(weights, left, right, num_levels=num_levels)

    found = resamples.estimate(
        {
            "kappa": lambda w: quadratic_kappa(tables(w)),
            "spearman": lambda w: spearman(w, judge, human),
            "kendall": lambda w: kendall(w, judge, human),
            "alpha": lambda w: ordinal_alpha(coincidences_of_pairs(tables(w))),
            "mae": lambda w: mean_error(w, np.abs(judge - human)),
            "bias": lambda w: mean_error(w, judge - human),
        }
    )
    return Agreement(**found)


def score_reliability(judge: FloatArray, human: FloatArray) -> tuple[Bin, ...]:
    """Return people's mean score per bin of the judge's, ten equal bins."""
    bins = np.minimum(((judge - 1) / 4 * NUM_CURVE_BINS).astype(np.int64), NUM_CURVE_BINS - 1)
    return tuple(
        Bin(int(inside.sum()), float(judge[inside].mean()), float(human[inside].mean()))
        for inside in (bins == number for number in np.unique(bins))
    )


def _ceiling(
    rows: DimensionRows, num_levels: int, *, num_resamples: int, seed: int
) -> Ceiling | None:
    """Return people's own agreement; None where no sample has two annotators."""
    kept = np.flatnonzero(np.isfinite(rows.annotators).sum(1) >= 2)
    if not len(kept):
        return None
    points = rows.annotators[kept]
    levels = to_levels(points, num_levels)
    units = coincidences_of_units(levels, num_levels=num_levels)
    pairs = list(combinations(range(points.shape[1]), 2))
    resamples = Resamples([rows.clusters[i] for i in kept], num_resamples=num_resamples, seed=seed)
    found = resamples.estimate(
        {
            "kappa": _mean_of(
                [_kappa_of(levels[:, a], levels[:, b], num_levels) for a, b in pairs]
            ),
            "spearman": _mean_of([_spearman_of(points[:, a], points[:, b]) for a, b in pairs]),
            "alpha": lambda w: ordinal_alpha((w @ units).reshape(-1, num_levels, num_levels)),
        }
    )
    num_annotators = int(np.isfinite(points).any(0).sum())
    return Ceiling(num_annotators, len(kept), **found)


def _against_each(rows: DimensionRows, num_levels: int, resamples: Resamples) -> AgainstEach | None:
    if rows.annotators.shape[1] < 2:
        return None
    judge = to_levels(rows.judge, num_levels)
    columns = list(rows.annotators.T)
    found: Mapping[str, Estimate] = resamples.estimate(
        {
            "kappa": _mean_of(
                [_kappa_of(to_levels(human, num_levels), judge, num_levels) for human in columns]
            ),
            "spearman": _mean_of([_spearman_of(human, rows.judge) for human in columns]),
        }
    )
    return AgainstEach(**found)


def _kappa_of(left: IntArray, right: IntArray, num_levels: int) -> Statistic:
    return lambda weights: quadratic_kappa(
        count_tables(weights, left, right, num_levels=num_levels)
    )


def _spearman_of(left: FloatArray, right: FloatArray) -> Statistic:
    both = np.flatnonzero(np.isfinite(left) & np.isfinite(right))
    if not len(both):
        return lambda weights: np.full(len(weights), np.nan)
    return lambda weights: spearman(weights[:, both], left[both], right[both])


def _mean_of(statistics: Sequence[Statistic]) -> Statistic:
    """Return the mean of those that are defined."""

    def mean(weights: FloatArray) -> FloatArray:
        values = np.stack([statistic(weights) for statistic in statistics])
        num = np.isfinite(values).sum(0)
        with np.errstate(invalid="ignore"):
            return np.where(num > 0, np.nansum(values, axis=0) / np.maximum(num, 1), np.nan)

    return mean
