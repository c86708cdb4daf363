"""What is left of a judge's scores once people's are accounted for: by length, by generator.

The targets are the dimensions that people scored, and the overall score against people's verdict.
A family is the first word of a model's name (`llama-3.1-70b` and `llama-2-7b` are one), so that a
judge can be held against texts of its own kin. Its residual is the judge's score less what the
judge gives on average to texts that people scored alike (a straight line): a judge that uses a part
of its scale alone does not seem to favour the families that people find worse.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

import numpy as np

from assay.domain.rubric import Rubric
from assay_judge.calibration.agreement import dimension_rows
from assay_judge.calibration.mapping import LabelMapping
from assay_judge.calibration.metrics import mean_error, partial_spearman, spearman
from assay_judge.calibration.observations import Observation
from assay_judge.calibration.resampling import Estimate, FloatArray, Resamples, Statistic

MIN_ROWS = 20
MAX_FAMILIES = 20
VERDICT = "overall"


@dataclass(frozen=True, slots=True)
class LengthFigures:
    """Rank correlation of the response's length with the score, plain and given people's score."""

    target: str
    num: int
    plain: Estimate
    given_human: Estimate


@dataclass(frozen=True, slots=True)
class FamilyFigures:
    """Points by which the judge is above its own mean for texts that people scored alike."""

    target: str
    family: str
    num: int
    residual: Estimate
    is_own: bool


@dataclass(frozen=True, slots=True)
class _Target:
    name: str
    rows: Sequence[Observation]
    judge: FloatArray
    human: FloatArray


def measure_lengths(
    observations: Sequence[Observation],
    mapping: LabelMapping,
    rubric: Rubric,
    *,
    num_resamples: int,
    seed: int,
) -> list[LengthFigures]:
    """Measure whether length moves scores beyond what people's scores explain."""
    found = []
    for target in _targets(observations, mapping, rubric):
        lengths = np.array([_length(row) for row in target.rows], dtype=float)
        resamples = _resamples(target.rows, num_resamples, seed)
        figures = resamples.estimate(_length_statistics(target, lengths))
        found.append(
            LengthFigures(target.name, len(target.rows), figures["plain"], figures["given"])
        )
    return found


def measure_families(
    observations: Sequence[Observation],
    mapping: LabelMapping,
    rubric: Rubric,
    *,
    judge_name: str,
    num_resamples: int,
    seed: int,
) -> list[FamilyFigures]:
    """Measure the residual of each family of generators, the most frequent ones first."""
    own = family_of(judge_name)
    found = []
    for target in _targets(observations, mapping, rubric):
        families = np.array([family_of(r.labelled.labels.generator or "") for r in target.rows])
        counts = Counter(name for name in families.tolist() if name)
        if len(counts) < 2:
            continue
        residuals = _given_human(target)
        for family, num in counts.most_common(MAX_FAMILIES):
            inside = np.flatnonzero(families == family)
            rows = [target.rows[int(i)] for i in inside]
            figures = _resamples(rows, num_resamples, seed).estimate(
                {"residual": _mean_of(residuals[inside])}
            )
            found.append(
                FamilyFigures(target.name, family, num, figures["residual"], family == own)
            )
    return found


def family_of(model: str) -> str:
    """Return the first word of a model's name, without its owner: `ibm/granite-4.1` -> granite."""
    name = model.rsplit("/", 1)[-1].lower()
    head = "".join(takewhile(str.isalpha, name))
    return head if len(head) > 1 else "".join(takewhile(str.isalnum, name))


def _targets(
    observations: Sequence[Observation], mapping: LabelMapping, rubric: Rubric
) -> list[_Target]:
    found = []
    for name in mapping.dimensions:
        rows = dimension_rows(observations, name, mapping, rubric).scored()
        found.append(_Target(name, rows.observations, rows.judge, rows.human))
    by_verdict: Mapping[bool, float] = {True: 5.0, False: 1.0}
    judged = [
        (row, score, by_verdict[row.labelled.labels.is_good])
        for row in observations
        if row.labelled.labels.is_good is not None and (score := row.overall(rubric)) is not None
    ]
    found.append(
        _Target(
            VERDICT,
            [row for row, _, _ in judged],
            np.array([score for _, score, _ in judged]),
            np.array([human for _, _, human in judged]),
        )
    )
    return [target for target in found if len(target.rows) >= MIN_ROWS]


def _length_statistics(target: _Target, lengths: FloatArray) -> dict[str, Statistic]:
    judge, human = target.judge, target.human
    return {
        "plain": lambda w: spearman(w, lengths, judge),
        "given": lambda w: partial_spearman(w, lengths, judge, human),
    }


def _given_human(target: _Target) -> FloatArray:
    """Return the judge's scores less their straight line over people's."""
    human = target.human - target.human.mean()
    spread = float(human @ human)
    slope = float(human @ target.judge) / spread if spread else 0.0
    residuals: FloatArray = target.judge - target.judge.mean() - slope * human
    return residuals


def _mean_of(values: FloatArray) -> Statistic:
    return lambda weights: mean_error(weights, values)


def _resamples(rows: Sequence[Observation], num_resamples: int, seed: int) -> Resamples:
    clusters = [row.labelled.cluster for row in rows]
    return Resamples(clusters, num_resamples=num_resamples, seed=seed)


def _length(observation: Observation) -> int:
    """Characters of the labelled response; of all responses where the label is for them all."""
    sample, turn = observation.labelled.sample, observation.labelled.turn
    turns = sample.assistant_turns if turn is None else (turn,)
    return sum(len(sample.messages[at].content or "") for at in turns)
