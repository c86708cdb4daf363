"""Repair keeps what is better and says what it tried."""

from collections.abc import Callable, Sequence

from assay.datasets.canonical import to_sample
from assay.domain.errors import JudgeBackendError
from assay.domain.judgement import DIMENSIONS, Defect, DefectStatus, DimensionScore, Judgement, Usage
from assay.domain.ports import Judged, RepairRequest, Rewritten
from assay.domain.sample import Sample
from assay.domain.verdict import Decision
from assay.rubrics import load_rubric
from assay_filter.curation.repairing import Patient, Workshop, repair
from assay_filter.curation.verdicts import Policy, SampleVerdict, decide_sample
from assay_filter.pipeline import Pipeline, build_rules

RUBRIC = load_rubric("default")
POLICY = Policy(accept_without_score=False)
RULES = build_rules(Pipeline(id="t", version=1, rules={}))
BAD, GOOD = "Rome was founded in 1492.", "Tradition dates the founding of Rome to 753 BC."


def judge_text(text: str) -> tuple[int, tuple[Defect, ...]]:
    if text == BAD:
        defect = Defect(
            kind="hallucination",
            status=DefectStatus.VERIFIED,
            quote="1492",
            message=1,
            detector="judge",
            reason="invented",
        )
        return 2000, (defect,)
    return (4600 if text == GOOD else 1500), ()


class TextJudge:
    """Judges by the text alone; rewrites as it is told."""

    name, version = "text", "1"

    def __init__(self, rewrite: Callable[[RepairRequest], str | JudgeBackendError]) -> None:
        self.rewrite = rewrite
        self.attempts: list[int] = []

    def judge_samples(self, samples: Sequence[Sample]) -> list[Judged]:
        return [tuple(self._judge(s, i) for i in s.assistant_turns) for s in samples]

    def _judge(self, sample: Sample, turn: int) -> Judgement:
        score, defects = judge_text(sample.messages[turn].content or "")
        scores = {name: DimensionScore(score=score) for name in DIMENSIONS}
        return Judgement(judge="text", version="1", turn=turn, scores=scores, defects=defects)

    def repair_turns(
        self, requests: Sequence[RepairRequest]
    ) -> list[Rewritten | JudgeBackendError]:
        self.attempts += [request.attempt for request in requests]
        answers = [self.rewrite(request) for request in requests]
        return [Rewritten(a, Usage(num_calls=1)) if isinstance(a, str) else a for a in answers]


def decide(judgements: Sequence[Judgement], caps: Sequence[str]) -> SampleVerdict:
    return decide_sample(judgements, RUBRIC, POLICY, drops=(), caps=caps)


def patient_of(judge: TextJudge, answer: str = BAD) -> Patient:
    payload = {
        "messages": [
            {"role": "user", "content": "When was Rome founded, by tradition?"},
            {"role": "assistant", "content": answer},
        ]
    }
    sample = to_sample(payload)
    (judged,) = judge.judge_samples([sample])
    assert not isinstance(judged, JudgeBackendError)
    return Patient(payload, {}, sample, judged, decide(judged, ()), (), [])


def mend(judge: TextJudge, patient: Patient, max_tries: int = 2) -> None:
    repair([patient], Workshop(judge, judge, RULES, RUBRIC, decide, max_tries))


def test_better_rewrite_is_kept_as_a_reversible_edit() -> None:
    judge = TextJudge(lambda request: GOOD)
    patient = patient_of(judge)
    mend(judge, patient)
    assert patient.payload["messages"][1]["content"] == GOOD
    assert patient.payload["messages"][0]["content"].startswith("When")
    assert patient.decided.verdict.decision is Decision.ACCEPT
    (hit,) = patient.hits
    assert (hit.action, hit.edits[0].before, hit.edits[0].after) == ("fix", BAD, GOOD)
    assert "reject (2.00) -> accept (4.60)" in hit.reason
    assert hit.before_sha256 != hit.after_sha256
    assert judge.attempts == [1]


def test_rewrite_that_is_not_better_is_dropped_after_two_tries() -> None:
    judge = TextJudge(lambda request: f"Nobody knows that, {request.attempt}.")
    patient = patient_of(judge)
    mend(judge, patient)
    assert patient.payload["messages"][1]["content"] == BAD
    assert not patient.is_changed
    assert judge.attempts == [1, 2]
    assert [hit.action for hit in patient.hits] == ["note", "note"]
    assert "not better" in patient.hits[0].reason


def test_failing_model_leaves_the_sample_and_a_note() -> None:
    judge = TextJudge(lambda request: JudgeBackendError("gone", "unreachable"))
    patient = patient_of(judge)
    mend(judge, patient, max_tries=1)
    assert not patient.is_changed
    assert "gone" in patient.hits[0].reason


def test_rewrite_that_the_rules_drop_is_not_judged() -> None:
    judge = TextJudge(lambda request: " ".join(["again"] * 400))
    patient = patient_of(judge)
    mend(judge, patient, max_tries=1)
    assert not patient.is_changed
    assert "does not pass" in patient.hits[0].reason


def test_accepted_sample_and_unrepairable_defect_are_left_alone() -> None:
    judge = TextJudge(lambda request: GOOD)
    for answer in (GOOD, "Something else entirely."):
        patient = patient_of(judge, answer)
        mend(judge, patient)
        assert patient.hits == []
    assert judge.attempts == []
