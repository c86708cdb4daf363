"""Verdicts of samples from the verdicts of their turns."""

from assay.domain.judgement import DIMENSIONS, DimensionScore, Judgement
from assay.domain.verdict import Decision, Outcome
from assay.rubrics import load_rubric
from assay_filter.curation.verdicts import (
    OnBadTurn,
    Policy,
    decide_sample,
    outcome_of,
    verdict_record,
    weights_of,
    worst_scores,
)

RUBRIC = load_rubric("default")
REJECT = Policy(accept_without_score=True)
MASK = Policy(accept_without_score=True, on_bad_turn=OnBadTurn.MASK)


def judgement(turn: int, score: int | None) -> Judgement:
    scores = {name: DimensionScore(score=score) for name in DIMENSIONS}
    return Judgement(judge="test", version="1", turn=turn, scores=scores)


def test_worst_turn_decides() -> None:
    turns = [judgement(1, 5000), judgement(3, 3500)]
    decided = decide_sample(turns, RUBRIC, REJECT, drops=(), caps=())
    assert outcome_of(decided.verdict) is Outcome.BORDERLINE
    assert decided.verdict.overall == 3500


def test_without_judgement_the_rules_decide() -> None:
    decided = decide_sample((), RUBRIC, REJECT, drops=["rep.loop"], caps=())
    assert decided.verdict.decision is Decision.REJECT
    assert decided.verdict.reasons == ("rep.loop",)
    assert decided.turns == ()


def test_bad_turn_rejects_the_conversation_by_default() -> None:
    turns = [judgement(1, 5000), judgement(3, 2000), judgement(5, 4500)]
    decided = decide_sample(turns, RUBRIC, REJECT, drops=(), caps=())
    assert decided.verdict.decision is Decision.REJECT
    assert [turn.weight for turn in decided.turns] == [1, 0, 1]


def test_bad_turn_is_masked_and_the_others_decide() -> None:
    turns = [judgement(1, 5000), judgement(3, 2000), judgement(5, 4500)]
    decided = decide_sample(turns, RUBRIC, MASK, drops=(), caps=())
    assert decided.verdict.decision is Decision.ACCEPT
    assert decided.verdict.overall == 4500
    assert weights_of(verdict_record(decided, turns)) == {1: 1, 3: 0, 5: 1}


def test_conversation_of_bad_turns_alone_is_rejected_though_masking() -> None:
    turns = [judgement(1, 2000), judgement(3, 1000)]
    decided = decide_sample(turns, RUBRIC, MASK, drops=(), caps=())
    assert decided.verdict.decision is Decision.REJECT
    assert decided.verdict.overall == 1000


def test_dropping_rule_rejects_though_masking() -> None:
    turns = [judgement(1, 5000), judgement(3, 5000)]
    decided = decide_sample(turns, RUBRIC, MASK, drops=["leak.x"], caps=())
    assert decided.verdict.decision is Decision.REJECT
    assert "leak.x" in decided.verdict.reasons


def test_conversation_without_a_bad_turn_needs_no_weights() -> None:
    turns = [judgement(1, 5000), judgement(3, 4500)]
    record = verdict_record(decide_sample(turns, RUBRIC, MASK, drops=(), caps=()), turns)
    assert weights_of(record) == {}
    assert [turn["decision"] for turn in record["turns"]] == ["accept", "accept"]


def test_exported_scores_are_the_lowest_of_the_turns() -> None:
    scores = worst_scores([judgement(1, None), judgement(3, 4000), judgement(5, 4500)])
    assert scores == dict.fromkeys(DIMENSIONS, 4000)
    assert worst_scores([judgement(1, None)]) == dict.fromkeys(DIMENSIONS)


def test_record_of_a_verdict_holds_what_is_exported() -> None:
    turns = [judgement(1, 5000)]
    decided = decide_sample(turns, RUBRIC, Policy(accept_without_score=False), drops=(), caps=())
    record = verdict_record(decided, turns)
    assert (record["overall"], record["basis"], record["reasons"]) == (5000, "scored", ())
    assert "turns" not in record
