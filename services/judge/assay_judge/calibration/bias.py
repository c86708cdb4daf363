"""The bias suite: does something move the judge that should not?

Changed samples are judged again and compared with the same sample unchanged: order (of samples, and
of the rubric's levels where the judge offers it), padding, text that asks for a score. Two figures
need no further judgement: length against score given people's score, and the residual per family of
generators (a judge may favour its own kin).

Sources: verbosity and self-preference, Zheng et al. 2023 (arXiv 2306.05685); order of levels,
arXiv 2506.22316 and 2602.02219; length given quality as a partial rank correlation.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol, runtime_checkable

import numpy as np

from assay.domain.ports import Judge, Judged
from assay.domain.rubric import Rubric
from assay.domain.sample import Sample
from assay.domain.verdict import Decision
from assay_judge.calibration.alterations import ATTACKS, attacked, padded
from assay_judge.calibration.metrics import mean_error
from assay_judge.calibration.observations import (
    Observation,
    about_label,
    judge_changed,
)
from assay_judge.calibration.proportions import proportion
from assay_judge.calibration.resampling import Estimate, Resamples

EPSILON = 0.1  # points; a smaller rise is rounding and batching noise
OVERALL = "overall"


@runtime_checkable
class LevelOrderJudge(Protocol):
    """A judge that can be told the levels of each dimension from 5 down to 1."""

    def descending(self) -> Judge:
        """Return the same judge with the levels in descending order."""


@dataclass(frozen=True, slots=True)
class Shift:
    """How one score moved. `raised` is the share of samples that rose by more than 0.1 points."""

    num: int
    mean_change: Estimate
    largest_change: float
    raised: Estimate


@dataclass(frozen=True, slots=True)
class Perturbation:
    """What a change did: shifts by dimension (and `overall`), and verdicts that became accept.

    `num_from_cache` of the judgements were made before, of equal samples, and not again.
    """

    kind: str
    num_judged: int
    num_failed: int
    num_from_cache: int
    shifts: Mapping[str, Shift]
    num_newly_accepted: int


@dataclass(frozen=True, slots=True)
class BiasFigures:
    """Results of the tests that judge again; those that were not run are absent."""

    num_samples: int = 0
    stopped_by: str = ""
    sample_order: Perturbation | None = None
    level_order: Perturbation | None = None
    padding: Perturbation | None = None
    attacks: Sequence[Perturbation] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class _Case:
    before: Observation
    sample: Sample


def run_bias(
    judge: Judge,
    observations: Sequence[Observation],
    rubric: Rubric,
    *,
    num_resamples: int,
    seed: int,
    advance: Callable[[int], None] = lambda _: None,
) -> BiasFigures:
    """Judge changed copies of these samples; each test judges every sample at most once."""

    def perturb(kind: str, cases: Sequence[_Case], by: Judge = judge) -> Perturbation:
        answers = judge_changed(by, [case.sample for case in cases])
        advance(len(cases))
        return _compare(kind, cases, answers, rubric, num_resamples=num_resamples, seed=seed)

    same = [_Case(o, o.labelled.sample) for o in observations]
    longer = [c for o in observations if (c := _changed(o, padded)) is not None]
    kinds = list(ATTACKS)
    by_kind: dict[str, list[_Case]] = {kind: [] for kind in kinds}
    for at, observation in enumerate(observations):
        kind = kinds[at % len(kinds)]
        case = _changed(observation, partial(attacked, kind=kind))
        if case is not None:
            by_kind[kind].append(case)
    descending = judge.descending() if isinstance(judge, LevelOrderJudge) else None
    return BiasFigures(
        num_samples=len(observations),
        sample_order=perturb("sample_order", same[::-1]),
        level_order=perturb("level_order", same, descending) if descending else None,
        padding=perturb("padding", longer),
        attacks=[perturb(kind, cases) for kind, cases in by_kind.items() if cases],
    )


def _changed(
    observation: Observation, change: Callable[[Sample, int], Sample | None]
) -> _Case | None:
    sample, turn = observation.labelled.sample, observation.labelled.turn
    changed = change(sample, sample.assistant_turns[-1] if turn is None else turn)
    return None if changed is None else _Case(observation, changed)


def _compare(
    kind: str,
    cases: Sequence[_Case],
    answers: Sequence[Judged],
    rubric: Rubric,
    *,
    num_resamples: int,
    seed: int,
) -> Perturbation:
    pairs = [
        (case.before, Observation(case.before.labelled, judgements))
        for case, answer in zip(cases, answers, strict=True)
        if (judgements := about_label(case.before.labelled, answer))
    ]
    accepted = [
        after.verdict(rubric).decision is Decision.ACCEPT
        and before.verdict(rubric).decision is not Decision.ACCEPT
        for before, after in pairs
    ]
    shifts = {}
    for name in (OVERALL, *rubric.dimensions):
        shift = _shift(pairs, name, rubric, num_resamples=num_resamples, seed=seed)
        if shift is not None:
            shifts[name] = shift
    return Perturbation(
        kind,
        num_judged=len(pairs),
        num_failed=len(cases) - len(pairs),
        num_from_cache=sum(_is_from_cache(after) for _, after in pairs),
        shifts=shifts,
        num_newly_accepted=sum(accepted),
    )


def _is_from_cache(observation: Observation) -> bool:
    usages = (judgement.usage for judgement in observation.judgements)
    return all(usage is not None and usage.from_cache > 0 for usage in usages)


def _shift(
    pairs: Sequence[tuple[Observation, Observation]],
    name: str,
    rubric: Rubric,
    *,
    num_resamples: int,
    seed: int,
) -> Shift | None:
    found = [
        (before.labelled.cluster, after_points - before_points)
        for before, after in pairs
        if (before_points := _points(before, name, rubric)) is not None
        and (after_points := _points(after, name, rubric)) is not None
    ]
    if not found:
        return None
    clusters = [cluster for cluster, _ in found]
    changes = np.array([change for _, change in found])
    resamples = Resamples(clusters, num_resamples=num_resamples, seed=seed)
    mean = resamples.estimate({"mean": lambda weights: mean_error(weights, changes)})["mean"]
    return Shift(
        num=len(found),
        mean_change=mean,
        largest_change=float(np.abs(changes).max()),
        raised=proportion(changes > EPSILON, clusters),
    )


def _points(observation: Observation, name: str, rubric: Rubric) -> float | None:
    return observation.overall(rubric) if name == OVERALL else observation.points(name, rubric)
