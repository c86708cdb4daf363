"""Verdicts of samples from the verdicts of their turns."""

from assay.domain.judgement import DIMENSIONS, DimensionScore, Judgement
from assay.domain.verdict import Decision, Outcome
from assay.rubrics import load_rubric
from assay_filter.curation.judge_stage import outcome_of, verdict_of, verdict_record, worst_scores

RUBRIC = load_rubric("default")


def judgement(turn: int, score: int | None) -> Judgement:
    scores = {name: DimensionScore(score=score) for name in DIMENSIONS}
    return Judgement(judge="test", version="1", turn=turn, scores=scores)


def test_worst_turn_decides() -> None:
    verdict = verdict_of(
        [judgement(1, 5000), judgement(3, 3500)],
        RUBRIC,
        drops=(),
        caps=(),
        accept_without_score=True,
    )
    assert outcome_of(verdict) is Outcome.BORDERLINE
    assert verdict.overall == 3500


def test_without_judgement_the_rules_decide() -> None:
    verdict = verdict_of((), RUBRIC, drops=["rep.loop"], caps=(), accept_without_score=True)
    assert verdict.decision is Decision.REJECT
    assert verdict.reasons == ("rep.loop",)


def test_exported_scores_are_the_lowest_of_the_turns() -> None:
    scores = worst_scores([judgement(1, None), judgement(3, 4000), judgement(5, 4500)])
    assert scores == dict.fromkeys(DIMENSIONS, 4000)
    assert worst_scores([judgement(1, None)]) == dict.fromkeys(DIMENSIONS)


def test_record_of_a_verdict_holds_what_is_exported() -> None:
    turns = [judgement(1, 5000)]
    verdict = verdict_of(turns, RUBRIC, drops=(), caps=(), accept_without_score=False)
    record = verdict_record(verdict, turns)
    assert (record["overall"], record["basis"], record["reasons"]) == (5000, "scored", ())
