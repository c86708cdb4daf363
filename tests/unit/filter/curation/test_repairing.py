"""Repair keeps what is better and says what it tried."""

from collections.abc import Callable, Sequence

import pytest

from assay.datasets.canonical import to_sample
from assay.domain.errors import JudgeBackendError
from assay.domain.judgement import (
    DIMENSIONS,
    Defect,
    DefectStatus,
    DimensionScore,
    Judgement,
    Usage,
)
from assay.domain.ports import Judged, RepairRequest, Rewritten
from assay.domain.sample import Sample
from assay.domain.verdict import Decision
from assay.rubrics import load_rubric
from assay_filter.curation.repairing import MAX_TURNS, Patient, Workshop, repair
from assay_filter.curation.verdicts import OnBadTurn, Policy, SampleVerdict, decide_sample
from assay_filter.pipeline import Pipeline, build_rules
from assay_filter.rules.edits import undo_edits

RUBRIC = load_rubric("default")
Decide = Callable[[Sequence[Judgement], Sequence[str]], SampleVerdict]
RULES = build_rules(Pipeline(id="t", version=1, rules={}))
BAD, GOOD = "Rome was founded in 1492.", "Tradition dates the founding of Rome to 753 BC."
WORSE = "Rome was founded in 1492 by Columbus."
MEDIOCRE = "Rome was founded a long time ago."
QUESTION = {"role": "user", "content": "When was Rome founded, by tradition?"}


def judge_text(text: str) -> tuple[int, tuple[Defect, ...]]:
    if text in (BAD, WORSE):
        defect = Defect(
            kind="hallucination",
            status=DefectStatus.VERIFIED,
            quote="1492",
            message=1,
            detector="judge",
            reason="invented",
        )
        return (2000 if text == BAD else 1500), (defect,)
    return {GOOD: 4600, MEDIOCRE: 3500}.get(text, 1500), ()


class TextJudge:
    """Judges by the text alone; rewrites as it is told."""

    name, version = "text", "1"

    def __init__(self, rewrite: Callable[[RepairRequest], str | JudgeBackendError]) -> None:
        self.rewrite = rewrite
        self.attempts: list[int] = []
        self.turns: list[int] = []
        self.failure: JudgeBackendError | None = None

    def judge_samples(self, samples: Sequence[Sample]) -> list[Judged]:
        if self.failure is not None:
            return [self.failure for _ in samples]
        return [tuple(self._judge(s, i) for i in s.assistant_turns) for s in samples]

    def _judge(self, sample: Sample, turn: int) -> Judgement:
        score, defects = judge_text(sample.messages[turn].content or "")
        scores = {name: DimensionScore(score=score) for name in DIMENSIONS}
        return Judgement(judge="text", version="1", turn=turn, scores=scores, defects=defects)

    def repair_turns(
        self, requests: Sequence[RepairRequest]
    ) -> list[Rewritten | JudgeBackendError]:
        self.attempts += [request.attempt for request in requests]
        self.turns += [request.turn for request in requests]
        answers = [self.rewrite(request) for request in requests]
        return [Rewritten(a, Usage(num_calls=1)) if isinstance(a, str) else a for a in answers]


def answer_of(text: str) -> dict[str, str]:
    return {"role": "assistant", "content": text}


def decider(on_bad_turn: OnBadTurn = OnBadTurn.REJECT) -> Decide:
    policy = Policy(False, on_bad_turn)
    return lambda judgements, caps: decide_sample(judgements, RUBRIC, policy, drops=(), caps=caps)


def patient_of(
    judge: TextJudge,
    *answers: str,
    caps: tuple[str, ...] = (),
    on_bad_turn: OnBadTurn = OnBadTurn.REJECT,
) -> Patient:
    """A conversation with these answers (one bad one unless given), as judged first."""
    messages = [m for text in answers or (BAD,) for m in (QUESTION, answer_of(text))]
    payload = {"messages": messages}
    sample = to_sample(payload)
    (judged,) = judge.judge_samples([sample])
    assert not isinstance(judged, JudgeBackendError)
    return Patient(payload, {}, sample, judged, decider(on_bad_turn)(judged, caps), caps, [])


def mend(
    judge: TextJudge,
    patient: Patient,
    max_tries: int = 2,
    on_bad_turn: OnBadTurn = OnBadTurn.REJECT,
) -> None:
    repair([patient], Workshop(judge, judge, RULES, RUBRIC, decider(on_bad_turn), max_tries))


def decision_of(patient: Patient) -> Decision:
    return patient.decided.verdict.decision


def contents(patient: Patient) -> list[str]:
    return [m["content"] for m in patient.payload["messages"] if m["role"] == "assistant"]


def test_better_rewrite_is_kept_as_a_reversible_edit() -> None:
    judge = TextJudge(lambda request: GOOD)
    patient = patient_of(judge)
    mend(judge, patient)
    assert patient.payload["messages"][1]["content"] == GOOD
    assert patient.payload["messages"][0]["content"].startswith("When")
    assert decision_of(patient) is Decision.ACCEPT
    (hit,) = patient.hits
    assert (hit.action, hit.edits[0].before, hit.edits[0].after) == ("fix", BAD, GOOD)
    assert undo_edits(patient.payload, hit.edits)["messages"] == [QUESTION, answer_of(BAD)]
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
    judge = TextJudge(lambda request: JudgeBackendError("no form in it", "malformed"))
    patient = patient_of(judge)
    mend(judge, patient, max_tries=1)
    assert not patient.is_changed
    assert "no form in it" in patient.hits[0].reason


def test_a_judge_that_is_gone_ends_the_repair_and_leaves_no_note() -> None:
    gone = JudgeBackendError("gone", "unreachable")
    judge = TextJudge(lambda request: gone)
    patient = patient_of(judge)
    with pytest.raises(JudgeBackendError, match="gone"):
        mend(judge, patient)
    assert (patient.hits, patient.payload["messages"][1]["content"]) == ([], BAD)


def test_a_judge_that_is_gone_before_the_second_look_ends_it_too() -> None:
    judge = TextJudge(lambda request: GOOD)
    patient = patient_of(judge)
    judge.failure = JudgeBackendError("gone", "unreachable")
    with pytest.raises(JudgeBackendError, match="gone"):
        mend(judge, patient)
    assert not patient.is_changed


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


def test_every_bad_turn_of_a_conversation_is_mended_with_tries_of_its_own() -> None:
    judge = TextJudge(lambda request: GOOD)
    patient = patient_of(judge, BAD, GOOD, WORSE)
    assert decision_of(patient) is Decision.REJECT
    mend(judge, patient, max_tries=1)
    assert contents(patient) == [GOOD, GOOD, GOOD]
    assert decision_of(patient) is Decision.ACCEPT
    assert (judge.turns, judge.attempts) == ([1, 5], [1, 1])
    assert patient.num_edits == 2
    # the first rewrite left the sample as bad as it was, and was kept for its own turn's sake
    assert "turn 1 was rewritten for hallucination: reject (2.00)" in patient.hits[0].reason


def test_a_masked_turn_is_mended_although_the_others_pass() -> None:
    judge = TextJudge(lambda request: GOOD)
    patient = patient_of(judge, GOOD, BAD, on_bad_turn=OnBadTurn.MASK)
    assert decision_of(patient) is Decision.ACCEPT
    mend(judge, patient, on_bad_turn=OnBadTurn.MASK)
    assert contents(patient) == [GOOD, GOOD]
    assert [turn.weight for turn in patient.decided.turns] == [1, 1]


def test_a_better_turn_is_not_kept_where_the_sample_gets_worse_by_it() -> None:
    judge = TextJudge(lambda request: MEDIOCRE)
    patient = patient_of(judge, GOOD, BAD, on_bad_turn=OnBadTurn.MASK)
    mend(judge, patient, max_tries=1, on_bad_turn=OnBadTurn.MASK)
    assert contents(patient) == [GOOD, BAD]  # masked still, and the sample accepted still
    assert decision_of(patient) is Decision.ACCEPT
    assert "is not better: reject (2.00) -> borderline (3.50)" in patient.hits[0].reason


def test_a_rewrite_lifts_no_flag() -> None:
    judge = TextJudge(lambda request: GOOD)
    patient = patient_of(judge, caps=("trunc.cap_pileup",))
    mend(judge, patient)
    assert contents(patient) == [GOOD]
    assert decision_of(patient) is Decision.BORDERLINE
    assert patient.decided.verdict.reasons == ("trunc.cap_pileup",)


def test_a_conversation_of_many_bad_turns_costs_no_more_than_a_few_rewrites() -> None:
    judge = TextJudge(lambda request: f"Nobody knows that, {request.turn}.")
    patient = patient_of(judge, *([BAD] * (MAX_TURNS + 3)))
    mend(judge, patient)
    assert judge.attempts == [1, 2] * MAX_TURNS
    assert len(set(judge.turns)) == MAX_TURNS
