"""Pairs of answers of which people prefer one: does the judge score it higher?

A tie is no agreement and no disagreement: `accuracy` is among the pairs that the scores tell apart,
and `num_ties` stands beside it. A pair without comparable scores is not compared.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assay.domain.rubric import Rubric
from assay_judge.calibration.observations import Observation
from assay_judge.calibration.proportions import proportion
from assay_judge.calibration.resampling import Estimate


@dataclass(frozen=True, slots=True)
class PairFigures:
    """How often the preferred answer scores higher; `half_credit` counts a tie as one half."""

    by: str
    num_pairs: int
    num_compared: int
    num_ties: int
    num_right: int
    accuracy: Estimate
    half_credit: float | None


def measure_pairs(observations: Sequence[Observation], rubric: Rubric, *, by: str) -> PairFigures:
    """Compare the scores of both answers of every complete pair."""
    pairs = _complete_pairs(observations)
    differences: list[float] = []
    clusters: list[str] = []
    for better, worse in pairs:
        difference = _difference(better, worse, rubric, by)
        if difference is not None:
            differences.append(difference)
            clusters.append(better.labelled.cluster)
    found = np.array(differences)
    told = found != 0
    num_right, num_ties = int((found > 0).sum()), int((~told).sum())
    return PairFigures(
        by=by,
        num_pairs=len(pairs),
        num_compared=len(found),
        num_ties=num_ties,
        num_right=num_right,
        accuracy=proportion(found[told] > 0, list(np.array(clusters, dtype=str)[told])),
        half_credit=(num_right + num_ties / 2) / len(found) if len(found) else None,
    )


def _complete_pairs(
    observations: Sequence[Observation],
) -> list[tuple[Observation, Observation]]:
    """Return (better, worse) of each pair with one of both."""
    members: defaultdict[str, dict[bool, Observation]] = defaultdict(dict)
    for observation in observations:
        labels = observation.labelled.labels
        if labels.pair is not None and labels.is_better is not None:
            members[labels.pair][labels.is_better] = observation
    return [(m[True], m[False]) for m in members.values() if len(m) == 2]


def _difference(better: Observation, worse: Observation, rubric: Rubric, by: str) -> float | None:
    if by == "common":
        return _common_difference(better, worse, rubric)
    if by == "overall":
        scores = better.overall(rubric), worse.overall(rubric)
    else:
        scores = better.points(by, rubric), worse.points(by, rubric)
    first, second = scores
    return None if first is None or second is None else round(first - second, 3)


def _common_difference(better: Observation, worse: Observation, rubric: Rubric) -> float | None:
    total = weight = 0.0
    for name, dimension in rubric.dimensions.items():
        first, second = better.points(name, rubric), worse.points(name, rubric)
        if first is not None and second is not None:
            total += dimension.weight * (first - second)
            weight += dimension.weight
    return round(total / weight, 3) if weight else None
