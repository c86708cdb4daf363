"""The verdict function: its laws as properties, its thresholds as examples."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.domain.judgement import DIMENSIONS, Defect, DefectStatus, DimensionScore, Judgement
from assay.domain.verdict import Decision, Verdict, decide, worst
from assay.rubrics import load_rubric

RUBRIC = load_rubric("default")
ORDER = {Decision.REJECT: 0, Decision.BORDERLINE: 1, Decision.ACCEPT: 2}

scores = st.one_of(st.none(), st.integers(1000, 5000))
spreads = st.one_of(st.none(), st.integers(0, 2000))
kinds = st.sampled_from([*RUBRIC.hard_defects, "noise"])
defects = st.builds(
    Defect,
    kind=kinds,
    status=st.sampled_from(list(DefectStatus)),
    quote=st.just("x"),
    message=st.just(1),
    detector=st.just("test"),
    reason=st.just("because"),
)
judgements = st.builds(
    lambda values, found: make_judgement(dict(zip(DIMENSIONS, values, strict=True)), found),
    st.lists(
        st.builds(lambda s, sd: DimensionScore(score=s, spread=sd), scores, spreads),
        min_size=6,
        max_size=6,
    ),
    st.lists(defects, max_size=4),
)


def make_judgement(values: dict[str, DimensionScore], found: list[Defect]) -> Judgement:
    return Judgement(judge="test", version="1", turn=1, scores=values, defects=tuple(found))


def uniform(score: int | None, **changes: int | None) -> Judgement:
    values = {name: changes.get(name, score) for name in DIMENSIONS}
    return make_judgement({n: DimensionScore(score=s) for n, s in values.items()}, [])


def hard(status: DefectStatus) -> Defect:
    return Defect(
        kind="hallucination", status=status, quote="q", message=1, detector="d", reason="r"
    )


@settings(max_examples=300)
@given(judgements, st.sampled_from(DIMENSIONS), st.integers(1, 4000), st.booleans())
def test_raising_a_score_never_worsens_the_decision(
    judgement: Judgement, dimension: str, step: int, accept_without_score: bool
) -> None:
    old = judgement.scores[dimension]
    if old.score is None:
        return
    better = DimensionScore(score=min(5000, old.score + step), spread=old.spread)
    raised = judgement.model_copy(update={"scores": {**judgement.scores, dimension: better}})
    before = decide(judgement, RUBRIC, accept_without_score=accept_without_score)
    after = decide(raised, RUBRIC, accept_without_score=accept_without_score)
    assert ORDER[after.decision] >= ORDER[before.decision]


@given(judgements, st.sampled_from(RUBRIC.hard_defects))
def test_verified_hard_defect_always_rejects(judgement: Judgement, kind: str) -> None:
    found = Defect(
        kind=kind,
        status=DefectStatus.VERIFIED,
        quote="q",
        message=1,
        detector="d",
        reason="r",
    )
    with_defect = judgement.model_copy(update={"defects": (*judgement.defects, found)})
    verdict = decide(with_defect, RUBRIC, accept_without_score=True)
    assert verdict.decision is Decision.REJECT
    assert f"defect.{kind}" in verdict.reasons


@given(judgements, st.lists(st.sampled_from(["a.b", "c.d", "e.f"])), st.randoms())
def test_order_of_defects_and_flags_is_irrelevant(
    judgement: Judgement, flags: list[str], rng: random.Random
) -> None:
    shuffled = list(judgement.defects)
    rng.shuffle(shuffled)
    other = judgement.model_copy(update={"defects": tuple(shuffled)})
    assert decide(judgement, RUBRIC, caps=flags) == decide(other, RUBRIC, caps=flags[::-1])


@given(judgements)
def test_a_drop_always_rejects(judgement: Judgement) -> None:
    verdict = decide(judgement, RUBRIC, drops=["rep.loop"], accept_without_score=True)
    assert verdict.decision is Decision.REJECT


@given(judgements)
def test_a_cap_never_accepts(judgement: Judgement) -> None:
    verdict = decide(judgement, RUBRIC, caps=["len.trivial"], accept_without_score=True)
    assert verdict.decision is not Decision.ACCEPT


@pytest.mark.parametrize(
    ("score", "decision"),
    [
        (5000, "accept"),
        (4000, "accept"),
        (3999, "borderline"),
        (3000, "borderline"),
        (2999, "reject"),
    ],
)
def test_thresholds_are_inclusive_where_stated(score: int, decision: str) -> None:
    assert decide(uniform(score), RUBRIC).decision == decision


@pytest.mark.parametrize("dimension", ["correctness", "instruction_following"])
def test_score_below_a_floor_holds_at_borderline(dimension: str) -> None:
    verdict = decide(uniform(5000, **{dimension: 2999}), RUBRIC)
    assert verdict.decision is Decision.BORDERLINE
    assert verdict.reasons == (f"score.floor.{dimension}",)


def test_weights_renormalise_over_applicable_dimensions() -> None:
    verdict = decide(uniform(None, correctness=4000, instruction_following=5000), RUBRIC)
    assert verdict.weight_covered == 550
    assert verdict.overall == round((300 * 4000 + 250 * 5000) / 550)


def test_too_little_weight_gives_no_overall() -> None:
    judgement = uniform(None, conciseness=5000, naturalness=5000)
    held = decide(judgement, RUBRIC)
    assert (held.overall, held.decision, held.reasons) == (
        None,
        Decision.BORDERLINE,
        ("score.none",),
    )
    passed = decide(judgement, RUBRIC, accept_without_score=True)
    assert (passed.decision, passed.basis) == (Decision.ACCEPT, "no_defect_found")


def test_uncertain_score_near_the_threshold_is_borderline() -> None:
    def with_spread(spread: int) -> Judgement:
        values = {n: DimensionScore(score=4100, spread=spread) for n in DIMENSIONS}
        return make_judgement(values, [])

    assert decide(with_spread(100), RUBRIC).decision is Decision.ACCEPT
    assert decide(with_spread(600), RUBRIC).reasons == ("score.uncertain",)


@pytest.mark.parametrize("status", [DefectStatus.CLAIMED, DefectStatus.UNVERIFIED])
def test_unconfirmed_hard_defect_caps(status: DefectStatus) -> None:
    judgement = uniform(5000).model_copy(update={"defects": (hard(status),)})
    verdict = decide(judgement, RUBRIC)
    assert verdict.reasons == ("defect.hallucination.unconfirmed",)
    assert verdict.decision is Decision.BORDERLINE


def test_refuted_defect_is_ignored() -> None:
    judgement = uniform(5000).model_copy(update={"defects": (hard(DefectStatus.REFUTED),)})
    assert decide(judgement, RUBRIC).decision is Decision.ACCEPT


def test_rules_alone_decide_without_a_judgement() -> None:
    assert decide(None, RUBRIC, accept_without_score=True).basis == "no_defect_found"
    assert decide(None, RUBRIC, drops=["a.b"]).basis == "rules"


def test_worst_turn_decides_the_sample() -> None:
    turns = [decide(uniform(s), RUBRIC) for s in (5000, 2000, 3500)]
    assert worst(turns).decision is Decision.REJECT
    assert worst(turns).overall == 2000


@given(st.lists(judgements, min_size=1, max_size=4), st.randoms())
def test_order_of_turns_is_irrelevant(turns: list[Judgement], rng: random.Random) -> None:
    verdicts = [decide(turn, RUBRIC) for turn in turns]
    shuffled = list(verdicts)
    rng.shuffle(shuffled)
    expected: Verdict = worst(verdicts)
    assert worst(shuffled) == expected


def test_no_turn_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one verdict"):
        worst([])
