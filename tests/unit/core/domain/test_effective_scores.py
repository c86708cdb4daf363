"""The scores that count: checks mixed in, then calibrated; and what they do to a decision."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.domain.judgement import DIMENSIONS, DimensionScore, Judgement
from assay.domain.rubric import Rubric
from assay.domain.verdict import Decision, decide, effective_scores
from assay.rubrics import load_rubric

DEFAULT = load_rubric("default")
BODY = DEFAULT.model_dump()
ORDER = {Decision.REJECT: 0, Decision.BORDERLINE: 1, Decision.ACCEPT: 2}


def rubric_with(**changes: Any) -> Rubric:
    return Rubric.model_validate({**BODY, **changes})


def check(share: float = 0.2, *, feeds: str = "calibration", good: str = "yes") -> dict[str, Any]:
    return {"question": "Is it?", "feeds": feeds, "share": share, "good_answer": good}


def knots(*points: tuple[float, float]) -> list[dict[str, float]]:
    return [{"raw": raw, "calibrated": calibrated} for raw, calibrated in points]


def judged(score: int | None = 4000, **changes: Any) -> Judgement:
    spread = changes.pop("spread", None)
    scores = {n: DimensionScore(score=score, spread=spread) for n in DIMENSIONS}
    return Judgement(judge="test", version="1", turn=1, scores=scores, **changes)


def calibration_score(rubric: Rubric, judgement: Judgement) -> int | None:
    return effective_scores(judgement, rubric)["calibration"].score


@pytest.mark.parametrize(
    ("yes", "good", "expected"),
    [
        (1000, "yes", 4200),  # .8 * 4 + .2 * 5
        (0, "yes", 3400),  # .8 * 4 + .2 * 1
        (500, "yes", 3800),  # .8 * 4 + .2 * 3
        (1000, "no", 3400),
        (0, "no", 4200),
        (250, "no", 4000),
    ],
)
def test_a_check_makes_its_share_of_the_score(yes: int, good: str, expected: int) -> None:
    rubric = rubric_with(checks={"asks": check(good=good)})
    assert calibration_score(rubric, judged(checks={"asks": yes})) == expected


def test_several_checks_share_one_dimension() -> None:
    rubric = rubric_with(checks={"a": check(0.3), "b": check(0.2, good="no")})
    found = calibration_score(rubric, judged(checks={"a": 1000, "b": 1000}))
    assert found == 500 * 4 + 300 * 5 + 200 * 1


def test_a_check_feeds_its_own_dimension_alone() -> None:
    rubric = rubric_with(checks={"a": check(feeds="completeness")})
    found = effective_scores(judged(checks={"a": 0}), rubric)
    assert found["completeness"].score == 3400
    assert {s.score for n, s in found.items() if n != "completeness"} == {4000}


def test_a_check_that_was_not_asked_changes_nothing() -> None:
    rubric = rubric_with(checks={"a": check(), "b": check()})
    assert effective_scores(judged(), rubric) == judged().scores
    assert calibration_score(rubric, judged(checks={"a": 1000})) == 4200


def test_an_answer_to_no_check_of_the_rubric_changes_nothing() -> None:
    assert effective_scores(judged(checks={"gone": 0}), DEFAULT) == judged().scores


def test_a_check_invents_no_score() -> None:
    rubric = rubric_with(checks={"a": check()})
    assert calibration_score(rubric, judged(None, checks={"a": 1000})) is None


def test_spread_shrinks_with_the_share_that_checks_take() -> None:
    rubric = rubric_with(checks={"a": check(0.25)})
    found = effective_scores(judged(spread=400, checks={"a": 500}), rubric)
    assert (found["calibration"].spread, found["correctness"].spread) == (300, 400)


@pytest.mark.parametrize(
    ("raw", "calibrated"),
    [
        (1000, 1500),  # below the first knot: level
        (2000, 1500),
        (2500, 2250),
        (3000, 3000),
        (3333, 3500),  # 3000 + 333 * 1.5 = 3499.5, half up
        (4000, 4500),
        (5000, 4500),  # above the last knot: level
    ],
)
def test_a_curve_is_linear_between_knots_and_level_outside(raw: int, calibrated: int) -> None:
    rubric = rubric_with(curves={"calibration": knots((2, 1.5), (3, 3), (4, 4.5))})
    assert calibration_score(rubric, judged(raw)) == calibrated


def test_checks_come_before_the_curve() -> None:
    rubric = rubric_with(
        checks={"a": check()}, curves={"calibration": knots((1, 1), (4, 2), (5, 5))}
    )
    # .8 * 4 + .2 * 5 = 4.2, and the curve maps 4.2 to 2 + .2 * 3
    assert calibration_score(rubric, judged(checks={"a": 1000})) == 2600


def test_a_dimension_outside_the_rubric_stays_as_it_is() -> None:
    extra = {**judged().scores, "tone": DimensionScore(score=1000)}
    judgement = judged().model_copy(update={"scores": extra})
    assert effective_scores(judgement, DEFAULT)["tone"].score == 1000
    assert decide(judgement, DEFAULT) == decide(judged(), DEFAULT)


points = st.integers(1000, 5000).map(lambda milli: milli / 1000)
RAWS = st.sets(points, min_size=2, max_size=4)
CALIBRATED = {size: st.lists(points, min_size=size, max_size=size) for size in (2, 3, 4)}


@st.composite
def curves(draw: st.DrawFn) -> list[dict[str, float]]:
    raws = sorted(draw(RAWS))
    calibrated = sorted(draw(CALIBRATED[len(raws)]))
    return knots(*zip(raws, calibrated, strict=True))


# Made once: a strategy that is made in each example costs more than the example itself.
CHECKS = st.dictionaries(
    st.sampled_from(["a", "b", "c"]),
    st.builds(
        check,
        st.sampled_from([0.1, 0.2, 0.3]),
        feeds=st.sampled_from(DIMENSIONS),
        good=st.sampled_from(["yes", "no"]),
    ),
)
SHAPES = st.dictionaries(st.sampled_from(DIMENSIONS), curves(), max_size=2)
DEVIATIONS = st.sampled_from([0.0, 1.0, 2.5])
SCORES = st.fixed_dictionaries(
    {
        name: st.builds(
            lambda score, spread: DimensionScore(score=score, spread=spread),
            st.one_of(st.none(), st.integers(1000, 5000)),
            st.one_of(st.none(), st.integers(0, 2000)),
        )
        for name in DIMENSIONS
    }
)
ANSWERS = st.dictionaries(st.sampled_from(["a", "b", "c"]), st.integers(0, 1000))
FLAGS = st.lists(st.sampled_from(["injection_suspected", "x"]), max_size=2)


@st.composite
def rubrics(draw: st.DrawFn) -> Rubric:
    reject_below, accept_at = sorted((draw(points), draw(points)))
    return rubric_with(
        checks=draw(CHECKS),
        curves=draw(SHAPES),
        accept_at=accept_at,
        reject_below=reject_below,
        num_deviations=draw(DEVIATIONS),
    )


@st.composite
def judgements(draw: st.DrawFn) -> Judgement:
    return Judgement(
        judge="test",
        version="1",
        turn=1,
        scores=draw(SCORES),
        checks=draw(ANSWERS),
        flags=tuple(draw(FLAGS)),
    )


@settings(max_examples=150)
@given(curves(), st.lists(st.integers(1000, 5000), min_size=2, max_size=30))
def test_curves_never_fall_and_stay_within_the_scale(
    curve: list[dict[str, float]], raws: list[int]
) -> None:
    rubric = rubric_with(curves={"calibration": curve})
    found = [calibration_score(rubric, judged(raw)) or 0 for raw in sorted(raws)]
    assert all(a <= b for a, b in pairwise(found))
    lowest, highest = curve[0]["calibrated"], curve[-1]["calibrated"]
    assert all(round(1000 * lowest) <= score <= round(1000 * highest) for score in found)


@settings(max_examples=150)
@given(rubrics(), judgements(), st.sampled_from(DIMENSIONS), st.integers(1, 4000), st.booleans())
def test_raising_a_raw_score_never_worsens_the_decision(
    rubric: Rubric, judgement: Judgement, name: str, step: int, accept_without_score: bool
) -> None:
    old = judgement.scores[name]
    if old.score is None:
        return
    better = old.model_copy(update={"score": min(5000, old.score + step)})
    raised = judgement.model_copy(update={"scores": {**judgement.scores, name: better}})
    before = decide(judgement, rubric, accept_without_score=accept_without_score)
    after = decide(raised, rubric, accept_without_score=accept_without_score)
    assert ORDER[after.decision] >= ORDER[before.decision]


@settings(max_examples=80)
@given(rubrics(), judgements(), st.integers(1, 1000))
def test_a_better_answer_to_a_check_never_worsens_the_decision(
    rubric: Rubric, judgement: Judgement, step: int
) -> None:
    for name, yes in judgement.checks.items():
        if name not in rubric.checks:
            continue
        is_yes = rubric.checks[name].good_answer == "yes"
        better = min(1000, yes + step) if is_yes else max(0, yes - step)
        raised = judgement.model_copy(update={"checks": {**judgement.checks, name: better}})
        before, after = decide(judgement, rubric), decide(raised, rubric)
        assert ORDER[after.decision] >= ORDER[before.decision]


@settings(max_examples=60)
@given(rubrics(), judgements())
def test_effective_scores_stay_on_the_scale(rubric: Rubric, judgement: Judgement) -> None:
    found = effective_scores(judgement, rubric)
    assert list(found) == list(judgement.scores)
    for name, score in found.items():
        assert (score.score is None) == (judgement.scores[name].score is None)
        assert score.score is None or 1000 <= score.score <= 5000


@settings(max_examples=80)
@given(rubrics(), judgements(), st.booleans())
def test_a_flag_holds_the_verdict_at_borderline(
    rubric: Rubric, judgement: Judgement, accept_without_score: bool
) -> None:
    free = judgement.model_copy(update={"flags": ()})
    flagged = judgement.model_copy(update={"flags": ("injection_suspected",)})
    before = decide(free, rubric, accept_without_score=accept_without_score)
    after = decide(flagged, rubric, accept_without_score=accept_without_score)
    if before.decision is Decision.REJECT:
        assert after == before
    else:
        assert after.decision is Decision.BORDERLINE
        assert "judge.injection_suspected" in after.reasons
    assert after.overall == before.overall


@given(judgements(), st.permutations(["a", "b", "c"]))
def test_order_of_flags_and_checks_is_irrelevant(judgement: Judgement, names: list[str]) -> None:
    rubric = rubric_with(checks={name: check(0.1 * (i + 1)) for i, name in enumerate("abc")})
    turned = rubric_with(checks={name: rubric.checks[name].model_dump() for name in names})
    answers = {name: judgement.checks[name] for name in names if name in judgement.checks}
    other = judgement.model_copy(update={"checks": answers, "flags": judgement.flags[::-1]})
    assert decide(judgement, rubric) == decide(other, turned)


def test_floors_are_held_against_the_calibrated_score() -> None:
    rubric = rubric_with(curves={"correctness": knots((1, 1), (4, 2.9), (5, 5))})
    assert "score.floor.correctness" in decide(judged(4000), rubric).reasons
    assert decide(judged(5000), rubric).decision is Decision.ACCEPT
