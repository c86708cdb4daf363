"""The judge without a model: scores from named measurements, defects from verifiers.

The idea: code says what code can know and nothing more. A dimension is scored only where something
could be measured; a score falls only on positive evidence of a fault. Invariants: pure and
deterministic; one judgement per assistant turn, in order; each quote is verbatim in its message.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from assay.domain.errors import JudgeBackendError
from assay.domain.finding import Finding
from assay.domain.judgement import Judgement
from assay.domain.ports import Judged
from assay.domain.sample import Sample
from assay.verifiers.view import View
from assay_judge.evidence.calibration import measure_calibration
from assay_judge.evidence.completeness import measure_completeness
from assay_judge.evidence.conciseness import measure_conciseness
from assay_judge.evidence.correctness import measure_correctness
from assay_judge.evidence.findings import defect_of, findings_by_turn
from assay_judge.evidence.instruction_following import measure_instruction_following
from assay_judge.evidence.measures import Measure, score_of
from assay_judge.evidence.naturalness import measure_naturalness
from assay_judge.evidence.turn import Turn

MEASURES: Mapping[str, Callable[[Turn], Iterable[Measure]]] = {
    "correctness": measure_correctness,
    "instruction_following": measure_instruction_following,
    "completeness": measure_completeness,
    "conciseness": measure_conciseness,
    "naturalness": measure_naturalness,
    "calibration": measure_calibration,
}

# What these measure needs some text to show; a word or two that shows no fault shows nothing.
FORM = frozenset(("completeness", "conciseness", "naturalness"))


class EvidenceJudge:
    """Grades assistant turns by what code can decide; needs no model and no settings."""

    name = "evidence"
    version = "1"

    def judge_samples(self, samples: Sequence[Sample]) -> list[Judged]:
        """Return one judgement per assistant turn for each sample, in order.

        A sample that a verifier stumbles over gets the error instead: one sample's failure is its
        own, never its neighbours', and never a score.
        """
        return [self._judge_or_fail(sample) for sample in samples]

    def _judge_or_fail(self, sample: Sample) -> Judged:
        try:
            return self._judge(View(sample))
        except Exception as exc:  # noqa: BLE001  the port's declared fault tolerance
            return JudgeBackendError(f"the evidence judge failed: {type(exc).__name__}: {exc}")

    def _judge(self, view: View) -> tuple[Judgement, ...]:
        turns = view.assistant_turns
        if not turns:
            return ()
        findings = findings_by_turn(view)
        return tuple(self._judge_turn(view, i, findings.get(i, ())) for i in turns)

    def _judge_turn(self, view: View, index: int, findings: tuple[Finding, ...]) -> Judgement:
        is_last = index == view.assistant_turns[-1]
        turn = Turn(view, index, view.text(index), view.user_text_before(index), is_last, findings)
        scores = {
            name: score_of(tuple(measure(turn)), needs_fault=turn.is_slight and name in FORM)
            for name, measure in MEASURES.items()
        }
        is_scored = any(score.score is not None for score in scores.values())
        return Judgement(
            judge=self.name,
            version=self.version,
            turn=index,
            scores=scores,
            defects=tuple(map(defect_of, findings)),
            basis="scored" if is_scored else "no_defect_found",
        )
