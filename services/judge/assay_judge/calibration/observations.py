"""What the judge said of the labelled turns, seen through a rubric.

`judge_labelled` is the only place that calls the judge. A failed judgement is counted and left out
of every figure; it is neither a low score nor agreement.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from assay.domain.errors import BudgetError, JudgeBackendError
from assay.domain.judgement import Defect, DefectStatus, Judgement
from assay.domain.ports import Judge, Judged
from assay.domain.rubric import Rubric
from assay.domain.sample import Sample
from assay.domain.verdict import Verdict, decide, effective_scores, weigh, worst
from assay_judge.calibration.labelled_samples import LabelledSample

BATCH_SAMPLES = 64
FALSE_CLAIM = DefectStatus.REFUTED


@dataclass(frozen=True, slots=True)
class Observation:
    """A labelled sample with the judgements that its label is about."""

    labelled: LabelledSample
    judgements: tuple[Judgement, ...]

    def points(self, dimension: str, rubric: Rubric) -> float | None:
        """The score in points, the lowest of several turns; None where not applicable."""
        by_turn = [effective_scores(judgement, rubric) for judgement in self.judgements]
        return _lowest([s[dimension].score if dimension in s else None for s in by_turn])

    def overall(self, rubric: Rubric) -> float | None:
        """The overall score in points, the lowest of several turns; None where there is none."""
        return _lowest([weigh(effective_scores(j, rubric), rubric).score for j in self.judgements])

    def verdict(self, rubric: Rubric, *, accept_without_score: bool = False) -> Verdict:
        return worst(
            decide(judgement, rubric, accept_without_score=accept_without_score)
            for judgement in self.judgements
        )

    def claims(self, kind: str) -> list[Defect]:
        """The claims of a defect that were not refuted."""
        defects = (defect for judgement in self.judgements for defect in judgement.defects)
        return [d for d in defects if d.kind == kind and d.status is not FALSE_CLAIM]

    def claim_probability(self, kind: str) -> float | None:
        """The highest P(yes) of the reads of claims of a defect, refuted ones too; None if none."""
        defects = (defect for judgement in self.judgements for defect in judgement.defects)
        read = [d.probability for d in defects if d.kind == kind and d.probability is not None]
        return max(read) / 1000 if read else None

    def probability(self, check: str) -> float | None:
        """The highest P(yes) of a check over the turns; None where it was not asked."""
        asked = [j.checks[check] / 1000 for j in self.judgements if check in j.checks]
        return max(asked, default=None)


@dataclass(slots=True)
class Judging:
    """What came back from the judge. `num_unjudged`: the budget was spent before they came."""

    observations: list[Observation] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)  # by code
    examples: list[str] = field(default_factory=list)
    num_unjudged: int = 0

    @property
    def num_failed(self) -> int:
        return self.errors.total() + self.num_unjudged


def judge_labelled(
    judge: Judge,
    labelled: Sequence[LabelledSample],
    *,
    advance: Callable[[int], None] = lambda _: None,
) -> Judging:
    """Judge all samples in batches; `advance` is told how many came back."""
    judging = Judging()
    for begun in range(0, len(labelled), BATCH_SAMPLES):
        some = labelled[begun : begun + BATCH_SAMPLES]
        try:
            answers = judge.judge_samples([one.sample for one in some])
        except BudgetError as exc:
            judging.num_unjudged = len(labelled) - begun
            judging.examples.append(str(exc)[:200])
            break
        for one, answer in zip(some, answers, strict=True):
            _keep(one, answer, judging)
        advance(len(some))
    return judging


def judge_changed(judge: Judge, samples: Sequence[Sample]) -> list[Judged]:
    """Judge samples that a bias test made; like `judge_samples`, in batches."""
    answers: list[Judged] = []
    for begun in range(0, len(samples), BATCH_SAMPLES):
        answers += judge.judge_samples(samples[begun : begun + BATCH_SAMPLES])
    return answers


def about_label(labelled: LabelledSample, judged: Judged) -> tuple[Judgement, ...]:
    """Return the judgements that the label is about; none where the judge failed."""
    if isinstance(judged, JudgeBackendError):
        return ()
    if labelled.turn is None:
        return judged
    return tuple(judgement for judgement in judged if judgement.turn == labelled.turn)


def _lowest(scores: Sequence[int | None]) -> float | None:
    """Return the lowest of the scores that exist, in points."""
    found = [score for score in scores if score is not None]
    return min(found) / 1000 if found else None


def _keep(labelled: LabelledSample, judged: Judged, judging: Judging) -> None:
    if isinstance(judged, JudgeBackendError):
        judging.errors[judged.code] += 1
        if len(judging.examples) < 5:
            judging.examples.append(f"{labelled.row}: {judged}"[:200])
        return
    judgements = about_label(labelled, judged)
    if judgements:
        judging.observations.append(Observation(labelled, judgements))
    else:
        judging.errors["no_judgement"] += 1
