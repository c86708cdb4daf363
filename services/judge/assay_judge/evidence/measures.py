"""From measurements to a score: every fault takes a share of what is left of five points.

The idea: a dimension starts at the best level, and each measured fault takes its penalty (0..1) off
the remaining distance to the worst. Invariants: a larger penalty never raises the score, the order
of measures is irrelevant, no measures mean no score, and all scores are whole thousandths.
"""

from collections.abc import Sequence
from math import prod
from typing import NamedTuple

from assay.domain.judgement import DimensionScore

WORST = 1000
BEST = 5000
PRIOR = 1.25  # claims that an answer without checked claims is thought to have made
PRIOR_HOLDING = 1.0

NOT_APPLICABLE = DimensionScore()


class Measure(NamedTuple):
    """One named measurement, and the share (0..1) of the remaining score that it takes."""

    name: str
    value: float
    penalty: float = 0.0


def score_of(measures: Sequence[Measure], *, needs_fault: bool = False) -> DimensionScore:
    """Combine measures; without any the dimension is not applicable.

    `needs_fault` says that measures without a penalty prove nothing here.
    """
    left = prod(1.0 - min(1.0, max(0.0, measure.penalty)) for measure in measures)
    if not measures or (needs_fault and left == 1.0):
        return NOT_APPLICABLE
    return DimensionScore(
        score=WORST + round((BEST - WORST) * left),
        features={measure.name: round(measure.value, 4) for measure in measures},
    )


def share_measure(name: str, *, num_checked: int, num_failed: int) -> Measure:
    """The share of checked claims that hold, smoothed: a few good ones prove less than many.

    A single failure costs more than its share, because one false claim misleads the reader.
    """
    holding = (num_checked - num_failed + PRIOR_HOLDING) / (num_checked + PRIOR)
    penalty = 1.0 - holding
    if num_failed:
        penalty = max(penalty, 0.4 + 0.4 * num_failed / num_checked)
    return Measure(name, (num_checked - num_failed) / num_checked, penalty)
