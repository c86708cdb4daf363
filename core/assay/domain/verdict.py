"""The verdict: a pure function of scores, defects, rule outcomes and the rubric.

Invariants, property-tested: raising any score never worsens the decision; a verified hard defect
always rejects; the order of defects and flags is irrelevant. All arithmetic is on integers, so a
replay gives the same verdict on every platform.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from assay.domain.judgement import Defect, DefectStatus, DimensionScore, Judgement
from assay.domain.rubric import Rubric


class Decision(StrEnum):
    """What a verdict says."""

    ACCEPT = "accept"
    BORDERLINE = "borderline"
    REJECT = "reject"


class Outcome(StrEnum):
    """Where a sample ends; each ends in exactly one, in this order of precedence."""

    REJECTED = "rejected"
    ERROR = "error"
    DUPLICATE = "duplicate"
    BORDERLINE = "borderline"
    ACCEPTED = "accepted"


BASIS_SCORED = "scored"
BASIS_NO_DEFECT = "no_defect_found"
BASIS_RULES = "rules"

_SEVERITY = {Decision.REJECT: 0, Decision.BORDERLINE: 1, Decision.ACCEPT: 2}


@dataclass(frozen=True, slots=True)
class Verdict:
    """A decision with what led to it; `overall` and `weight_covered` are in thousandths."""

    decision: Decision
    overall: int | None
    weight_covered: int
    reasons: tuple[str, ...]
    basis: str


@dataclass(frozen=True, slots=True)
class Overall:
    """The weighted mean of the applicable scores, in thousandths of a point."""

    score: int | None
    weight_covered: int
    weighted_variance: int = 0
    has_spread: bool = False


def decide(
    judgement: Judgement | None,
    rubric: Rubric,
    *,
    drops: Collection[str] = (),
    caps: Collection[str] = (),
    accept_without_score: bool = False,
) -> Verdict:
    """Decide one assistant turn.

    Args:
        judgement: the judge's answer, or None when the rules alone decide.
        rubric: weights, thresholds, floors and hard defects.
        drops: ids of rules that say the sample must not pass.
        caps: ids of rules that hold the verdict at borderline.
        accept_without_score: accept when nothing speaks against the sample and no overall score
            exists; the verdict then says so in `basis`.
    """
    scores = effective_scores(judgement, rubric) if judgement else {}
    defects = judgement.defects if judgement else ()
    flags = judgement.flags if judgement else ()
    overall = weigh(scores, rubric)
    rejecting = sorted({*drops, *_hard_reasons(defects, rubric)})
    if overall.score is not None and overall.score < _milli(rubric.reject_below):
        rejecting.append("score.below_reject")
    if rejecting:
        return _verdict(Decision.REJECT, overall, rejecting, drops)
    claims = _capping_reasons(defects, scores, rubric)
    holding = sorted({*caps, *claims, *(f"judge.{flag}" for flag in flags)})
    holding += _threshold_reasons(overall, rubric, accept_without_score=accept_without_score)
    if holding:
        return _verdict(Decision.BORDERLINE, overall, holding, ())
    return _verdict(Decision.ACCEPT, overall, [], ())


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the verdict of a sample from those of its turns: the worst decides.

    Among equals the lowest overall counts; reasons of all turns with that decision are joined.

    Raises:
        ValueError: no verdict was given.
    """
    ordered = sorted(verdicts, key=_badness)
    if not ordered:
        raise ValueError("expected at least one verdict, found none; decide without a judgement")
    first = ordered[0]
    same = [v for v in ordered if v.decision is first.decision]
    reasons = tuple(dict.fromkeys(r for v in same for r in v.reasons))
    return Verdict(first.decision, first.overall, first.weight_covered, reasons, first.basis)


def effective_scores(judgement: Judgement, rubric: Rubric) -> dict[str, DimensionScore]:
    """Return the scores that count: with critical-thinking checks mixed in, then calibrated.

    A check that was not asked, or whose dimension has no score, changes nothing. Spreads stay as
    the judge gave them, scaled by the share that the checks leave.
    """
    scores = {}
    for name, score in judgement.scores.items():
        if score.score is not None and name in rubric.dimensions:
            score = _with_checks(name, score, judgement.checks, rubric)
            if name in rubric.curves:
                score = score.model_copy(update={"score": _calibrated(name, score.score, rubric)})
        scores[name] = score
    return scores


def weigh(scores: Mapping[str, DimensionScore], rubric: Rubric) -> Overall:
    """Return the weighted mean over applicable dimensions; None when too little is covered."""
    total = weight = variance = 0
    has_spread = False
    for name, dimension in rubric.dimensions.items():
        score = scores.get(name)
        if score is None or score.score is None:
            continue
        weight += dimension.weight_milli
        total += dimension.weight_milli * score.score
        if score.spread is not None:
            has_spread = True
            variance += (dimension.weight_milli * score.spread) ** 2
    if weight < _milli(rubric.min_weight_covered):
        return Overall(None, weight)
    return Overall((2 * total + weight) // (2 * weight), weight, variance, has_spread)


def _badness(verdict: Verdict) -> tuple[int, int, int, tuple[str, ...], str]:
    overall = 5001 if verdict.overall is None else verdict.overall
    severity = _SEVERITY[verdict.decision]
    return (severity, overall, verdict.weight_covered, verdict.reasons, verdict.basis)


def _verdict(
    decision: Decision, overall: Overall, reasons: list[str], drops: Collection[str]
) -> Verdict:
    if overall.score is not None:
        basis = BASIS_SCORED
    elif drops:
        basis = BASIS_RULES
    else:
        basis = BASIS_NO_DEFECT
    return Verdict(decision, overall.score, overall.weight_covered, tuple(reasons), basis)


def _hard_reasons(defects: Iterable[Defect], rubric: Rubric) -> Iterable[str]:
    return (
        f"defect.{d.kind}"
        for d in defects
        if d.kind in rubric.hard_defects and d.status is DefectStatus.VERIFIED
    )


def _capping_reasons(
    defects: Iterable[Defect], scores: Mapping[str, DimensionScore], rubric: Rubric
) -> Iterable[str]:
    for defect in defects:
        claimed = defect.status in (DefectStatus.CLAIMED, DefectStatus.UNVERIFIED)
        if defect.kind in rubric.hard_defects and claimed:
            yield f"defect.{defect.kind}.unconfirmed"
    for name, dimension in rubric.dimensions.items():
        score = scores.get(name)
        if score is None or score.score is None or dimension.floor_milli is None:
            continue
        if score.score < dimension.floor_milli:
            yield f"score.floor.{name}"


def _threshold_reasons(
    overall: Overall, rubric: Rubric, *, accept_without_score: bool
) -> list[str]:
    if overall.score is None:
        return [] if accept_without_score else ["score.none"]
    margin = overall.score - _milli(rubric.accept_at)
    if margin < 0:
        return ["score.below_accept"]
    needed = _milli(rubric.num_deviations) ** 2 * overall.weighted_variance
    if overall.has_spread and (margin * overall.weight_covered * 1000) ** 2 < needed:
        return ["score.uncertain"]
    return []


def _with_checks(
    name: str, score: DimensionScore, answers: Mapping[str, int], rubric: Rubric
) -> DimensionScore:
    asked = [
        (round(check.share * 1000), answers[check_name], check.good_answer)
        for check_name, check in rubric.checks.items()
        if check.feeds == name and check_name in answers
    ]
    if not asked or score.score is None:
        return score
    left = 1000 - sum(share for share, _, _ in asked)
    total = left * score.score
    for share, yes, good in asked:
        total += share * (1000 + 4 * (yes if good == "yes" else 1000 - yes))
    spread = None if score.spread is None else left * score.spread // 1000
    return score.model_copy(update={"score": (total + 500) // 1000, "spread": spread})


def _calibrated(name: str, score: int | None, rubric: Rubric) -> int | None:
    """Map a score along its calibration curve: linear between knots, level outside of them."""
    knots = rubric.curves.get(name)
    if score is None or not knots:
        return score
    points = [(_milli(knot.raw), _milli(knot.calibrated)) for knot in knots]
    if score <= points[0][0]:
        return points[0][1]
    for (x0, y0), (x1, y1) in pairwise(points):
        if score <= x1:
            return y0 + (2 * (score - x0) * (y1 - y0) + (x1 - x0)) // (2 * (x1 - x0))
    return points[-1][1]


def _milli(points: float) -> int:
    return round(points * 1000)
