"""Verdicts against people's: confusion, precision of accepts, and the corrected accept rate.

Two policies are measured, for a pipeline may accept samples that have no overall score: `scored`
accepts what the rubric accepts; `unscored_accepted` accepts also what nothing speaks against and no
overall score exists for (`basis: no_defect_found`). Rules of the filter take no part here.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assay.domain.rubric import Rubric
from assay.domain.verdict import Decision
from assay_judge.calibration.observations import Observation
from assay_judge.calibration.proportions import (
    Rates,
    corrected_rate,
    measure_rates,
    proportion,
)
from assay_judge.calibration.resampling import BoolArray, Estimate

COLUMNS = ("accept", "no_score", "borderline", "reject")


@dataclass(frozen=True, slots=True)
class PolicyFigures:
    """One policy on all labelled samples.

    `corrected` estimates the share of good samples among the held-out ones from their accept rate
    and the judge's rates on the fit part alone; `true_rate` is what people say of the same samples.
    `rates`, of all labelled samples, serve to correct the accept rate of later runs.
    """

    policy: str
    accept_rate: Estimate
    accept_precision: Estimate
    rates: Rates | None
    corrected: Estimate
    true_rate: Estimate


@dataclass(frozen=True, slots=True)
class VerdictFigures:
    """`confusion` counts [people accept, people reject][accept, no_score, borderline, reject]."""

    num_labelled: int
    num_good: int
    confusion: tuple[tuple[int, ...], tuple[int, ...]]
    reject_precision: Estimate
    policies: tuple[PolicyFigures, ...]


def with_verdict(observations: Sequence[Observation]) -> list[Observation]:
    """Return those on which people gave a verdict."""
    return [o for o in observations if o.labelled.labels.is_good is not None]


def measure_verdicts(
    observations: Sequence[Observation], is_fit: BoolArray, rubric: Rubric
) -> VerdictFigures:
    """Compare verdicts with people's; `is_fit` tells the part that rates are learnt from."""
    good = np.array([o.labelled.labels.is_good is True for o in observations], dtype=bool)
    columns = np.array([_column(o, rubric) for o in observations])
    clusters = np.array([o.labelled.cluster for o in observations], dtype=str)
    rejected = columns == COLUMNS.index("reject")
    policies = {"scored": columns == 0}
    if (columns == 1).any():
        policies["unscored_accepted"] = columns <= 1
    return VerdictFigures(
        num_labelled=len(good),
        num_good=int(good.sum()),
        confusion=(_counts(columns[good]), _counts(columns[~good])),
        reject_precision=proportion(~good[rejected], list(clusters[rejected])),
        policies=tuple(
            _policy(name, accepts, good, is_fit, list(clusters))
            for name, accepts in policies.items()
        ),
    )


def _policy(
    name: str, accepts: BoolArray, good: BoolArray, is_fit: BoolArray, clusters: list[str]
) -> PolicyFigures:
    names = np.array(clusters, dtype=str)
    held_out = ~is_fit
    rates = measure_rates(accepts[is_fit], good[is_fit])
    corrected = Estimate(None)
    if rates is not None and held_out.any():
        rate = float(accepts[held_out].mean())
        corrected = corrected_rate(rate, int(held_out.sum()), rates)
    return PolicyFigures(
        policy=name,
        accept_rate=proportion(accepts, clusters),
        accept_precision=proportion(good[accepts], list(names[accepts])),
        rates=measure_rates(accepts, good),
        corrected=corrected,
        true_rate=proportion(good[held_out], list(names[held_out])),
    )


def _column(observation: Observation, rubric: Rubric) -> int:
    """Return where a verdict is counted; `no_score` would be accepted if no score were needed."""
    verdict = observation.verdict(rubric)
    if verdict.decision is Decision.BORDERLINE and verdict.reasons == ("score.none",):
        return COLUMNS.index("no_score")
    return COLUMNS.index(verdict.decision.value)


def _counts(columns: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> tuple[int, ...]:
    return tuple(int((columns == number).sum()) for number in range(len(COLUMNS)))
