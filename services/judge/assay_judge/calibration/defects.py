"""Claimed defects against those that people marked, kind by kind.

Two readings of a judge: `verified` are the claims that code or a confirming read proved (hard ones
reject), `claimed` are all that were not refuted (unconfirmed ones hold at borderline). A
probability is P(yes) of a check of the rubric, asked of every sample, or of the read that confirms
or refutes a claim; then samples without a claim have none, and none is made up. A dimension whose
low score speaks for the defect can rank all samples (`ranked_by`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assay.domain.judgement import DefectStatus
from assay.domain.rubric import Rubric
from assay_judge.calibration.detection import (
    Detection,
    ProbabilityFigures,
    average_precision,
    measure_detection,
    measure_probability,
)
from assay_judge.calibration.mapping import DefectLabel
from assay_judge.calibration.observations import Observation
from assay_judge.calibration.resampling import BoolArray, Estimate, Resamples


@dataclass(frozen=True, slots=True)
class RankFigures:
    """Precision-recall area when samples are ranked by a low score; chance is the prevalence."""

    dimension: str
    num_scored: int
    prevalence: float
    pr_auc: Estimate


@dataclass(frozen=True, slots=True)
class DefectFigures:
    """All figures of one defect over the samples on which people said yes or no.

    `probability` is over `probability.num` samples alone; `probability_of` says where it is from:
    `check`, or `claims` (the reads of claimed defects); empty where there is none.
    """

    kind: str
    num_labelled: int
    num_present: int
    num_clusters: int
    verified: Detection
    claimed: Detection
    probability: ProbabilityFigures | None
    probability_of: str
    ranking: RankFigures | None


def measure_defect(
    observations: Sequence[Observation],
    kind: str,
    label: DefectLabel,
    rubric: Rubric,
    *,
    num_resamples: int,
    seed: int,
) -> DefectFigures | None:
    """Measure one defect; None where no sample has a label for it."""
    rows = [o for o in observations if kind in o.labelled.labels.defects]
    if not rows:
        return None
    present = np.array([o.labelled.labels.defects[kind] for o in rows], dtype=bool)
    claims = [{defect.status for defect in o.claims(kind)} for o in rows]
    verified = np.array([DefectStatus.VERIFIED in statuses for statuses in claims], dtype=bool)
    claimed = np.array([bool(statuses) for statuses in claims], dtype=bool)
    clusters = [o.labelled.cluster for o in rows]
    resamples = Resamples(clusters, num_resamples=num_resamples, seed=seed)
    probability = _probability(rows, present, kind, label, num_resamples, seed)
    return DefectFigures(
        kind=kind,
        num_labelled=len(rows),
        num_present=int(present.sum()),
        num_clusters=resamples.num_clusters,
        verified=measure_detection(verified, present, clusters, resamples),
        claimed=measure_detection(claimed, present, clusters, resamples),
        probability=probability,
        probability_of="" if probability is None else "check" if label.check else "claims",
        ranking=_ranking(rows, present, label, rubric, num_resamples, seed),
    )


def _probability(
    rows: Sequence[Observation],
    present: BoolArray,
    kind: str,
    label: DefectLabel,
    num_resamples: int,
    seed: int,
) -> ProbabilityFigures | None:
    if label.check is None:
        given = [row.claim_probability(kind) for row in rows]
    else:
        given = [row.probability(label.check) for row in rows]
    kept = [i for i, probability in enumerate(given) if probability is not None]
    if not kept:
        return None
    clusters = [rows[i].labelled.cluster for i in kept]
    resamples = Resamples(clusters, num_resamples=num_resamples, seed=seed)
    return measure_probability(
        np.array([given[i] for i in kept], dtype=float), present[kept], resamples
    )


def _ranking(
    rows: Sequence[Observation],
    present: BoolArray,
    label: DefectLabel,
    rubric: Rubric,
    num_resamples: int,
    seed: int,
) -> RankFigures | None:
    if label.ranked_by is None:
        return None
    given = [row.points(label.ranked_by, rubric) for row in rows]
    kept = [i for i, points in enumerate(given) if points is not None]
    if not kept:
        return None
    low_first = -np.array([given[i] for i in kept], dtype=float)
    marked = present[kept]
    clusters = [rows[i].labelled.cluster for i in kept]
    resamples = Resamples(clusters, num_resamples=num_resamples, seed=seed)
    area = resamples.estimate({"pr_auc": lambda w: average_precision(w, low_first, marked)})
    return RankFigures(label.ranked_by, len(kept), float(marked.mean()), area["pr_auc"])
