"""Chooses `accept_at` for a wanted precision of accepts, on one part of the labels.

Each sample has one highest `accept_at` at which the rubric still accepts it (`highest_accept_at`:
floors, flags, defects and the doubt of its score are in it), so the whole curve of precision over
thresholds is one sort. The lowest threshold that reaches the target on the fit part is chosen and
measured on the rest. None is written where the target is not reached, where too few are accepted,
or where the rest contradicts it (the target lies above the whole interval).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isqrt

import numpy as np

from assay.domain.judgement import Judgement
from assay.domain.rubric import Rubric
from assay.domain.verdict import Decision, decide, effective_scores, weigh
from assay_judge.calibration.observations import Observation
from assay_judge.calibration.proportions import proportion
from assay_judge.calibration.resampling import BoolArray, Estimate, IntArray

MIN_ACCEPTED = 20  # on the fit part; a precision of fewer is chance
NEVER = -1
_OF_THE_SCORE = frozenset(("score.below_accept", "score.uncertain"))


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """What a threshold (points) does on the fit part."""

    accept_at: float
    precision: float
    accept_share: float


@dataclass(frozen=True, slots=True)
class ThresholdChoice:
    """The threshold in points, or why there is none; precision and recall are held-out."""

    target: float
    accept_at: float | None
    reason: str
    num_fit: int
    num_held_out: int
    fit_precision: float | None
    num_accepted: int
    precision: Estimate
    recall: Estimate
    curve: tuple[CurvePoint, ...]


def highest_accept_at(judgements: Sequence[Judgement], rubric: Rubric) -> int:
    """Return the highest threshold (thousandths) that accepts all of these turns.

    `NEVER` where something else than the threshold holds one of them back.
    """
    return min(_highest_of_turn(judgement, rubric) for judgement in judgements)


def choose_threshold(
    observations: Sequence[Observation], is_fit: BoolArray, rubric: Rubric, *, target: float
) -> ThresholdChoice:
    """Choose on the fit part, measure on the rest. `observations` have people's verdicts."""
    highest = np.array(
        [highest_accept_at(o.judgements, rubric) for o in observations], dtype=np.int64
    )
    good = np.array([o.labelled.labels.is_good is True for o in observations], dtype=bool)
    lowest = round(rubric.reject_below * 1000)
    curve = precision_curve(highest[is_fit], good[is_fit], lowest=lowest)
    num_fit = int(is_fit.sum())
    met = [p for p in curve if p.precision >= target and p.accept_share * num_fit >= MIN_ACCEPTED]
    clusters = [o.labelled.cluster for o in observations]
    if not met:
        return _none(target, _why_none(curve, num_fit, target), is_fit, curve)
    chosen = met[-1]
    accepted = ~is_fit & (highest >= round(chosen.accept_at * 1000))
    names = np.array(clusters, dtype=str)
    precision = proportion(good[accepted], list(names[accepted]))
    wanted = ~is_fit & good
    recall = proportion(accepted[wanted], list(names[wanted]))
    reason = _contradiction(precision, target)
    return ThresholdChoice(
        target=target,
        accept_at=None if reason else chosen.accept_at,
        reason=reason,
        num_fit=num_fit,
        num_held_out=int((~is_fit).sum()),
        fit_precision=chosen.precision,
        num_accepted=int(accepted.sum()),
        precision=precision,
        recall=recall,
        curve=curve,
    )


def precision_curve(highest: IntArray, good: BoolArray, *, lowest: int) -> tuple[CurvePoint, ...]:
    """Return precision and share of accepts per threshold, from the highest down to `lowest`.

    Samples that are accepted below `lowest` too are counted at it.
    """
    kept = highest >= lowest
    thresholds = np.unique(highest[kept])[::-1]
    points = []
    for threshold in thresholds:
        accepted = highest >= threshold
        points.append(
            CurvePoint(
                float(threshold) / 1000, float(good[accepted].mean()), float(accepted.mean())
            )
        )
    return tuple(points)


def _highest_of_turn(judgement: Judgement, rubric: Rubric) -> int:
    strictest = rubric.model_copy(update={"accept_at": 5.0})
    verdict = decide(judgement, strictest)
    overall = weigh(effective_scores(judgement, rubric), rubric)
    holds_otherwise = set(verdict.reasons) - _OF_THE_SCORE
    if overall.score is None or verdict.decision is Decision.REJECT or holds_otherwise:
        return NEVER
    if not overall.has_spread:
        return overall.score
    needed = round(rubric.num_deviations * 1000) ** 2 * overall.weighted_variance
    root = isqrt(needed) + (isqrt(needed) ** 2 < needed)
    return max(NEVER, overall.score - -(-root // (overall.weight_covered * 1000)))


def _contradiction(precision: Estimate, target: float) -> str:
    if precision.value is None:
        return "no held-out sample is accepted at this threshold, so nothing confirms it"
    if precision.high is not None and precision.high < target:
        return (
            f"the held-out labels contradict it: precision {precision.value:.3f}, at most "
            f"{precision.high:.3f}"
        )
    return ""


def _why_none(curve: Sequence[CurvePoint], num_fit: int, target: float) -> str:
    enough = [p for p in curve if p.accept_share * num_fit >= MIN_ACCEPTED]
    if not enough:
        most = max((round(p.accept_share * num_fit) for p in curve), default=0)
        return (
            f"at most {most} samples of the fit part can be accepted at any threshold; "
            f"{MIN_ACCEPTED} are needed to choose one"
        )
    best = max(point.precision for point in enough)
    return (
        f"no threshold reaches {target:g} on the fit part; the best precision with "
        f"{MIN_ACCEPTED} accepts or more is {best:.3f}"
    )


def _none(
    target: float, reason: str, is_fit: BoolArray, curve: tuple[CurvePoint, ...]
) -> ThresholdChoice:
    return ThresholdChoice(
        target=target,
        accept_at=None,
        reason=reason,
        num_fit=int(is_fit.sum()),
        num_held_out=int((~is_fit).sum()),
        fit_precision=None,
        num_accepted=0,
        precision=Estimate(None),
        recall=Estimate(None),
        curve=curve,
    )
