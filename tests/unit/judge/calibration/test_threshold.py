"""The choice of `accept_at`: exact against the domain's verdict, and honest when it cannot be."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.judge.calibration.planted import (
    every_dimension,
    make_judgement,
    make_labelled,
    observe,
)

from assay.domain.verdict import Decision, decide
from assay.rubrics import load_rubric
from assay_judge.calibration.labels import Labels
from assay_judge.calibration.observations import Observation
from assay_judge.calibration.threshold import (
    NEVER,
    choose_threshold,
    highest_accept_at,
    precision_curve,
)

RUBRIC = load_rubric("default")
POINTS = st.integers(1000, 5000).map(lambda milli: milli / 1000)


def observations_of(scores: list[float], good: list[bool]) -> list[Observation]:
    return [
        observe(make_labelled(i, Labels(is_good=g)), make_judgement(every_dimension(s)))
        for i, (s, g) in enumerate(zip(scores, good, strict=True))
    ]


@settings(max_examples=300, deadline=None)
@given(
    st.fixed_dictionaries(
        {},
        optional=dict.fromkeys(every_dimension(1), POINTS),  # some not applicable
    ),
    st.integers(0, 900),
    st.integers(3000, 5000),
    st.booleans(),
)
def test_a_turn_is_accepted_exactly_up_to_its_highest_threshold(
    scores: dict[str, float], spread: int, accept_at: int, has_defect: bool
) -> None:
    judgement = make_judgement(
        scores, spread=spread, defects=["hallucination"] if has_defect else ()
    )
    rubric = RUBRIC.model_copy(update={"accept_at": accept_at / 1000})
    is_accepted = decide(judgement, rubric).decision is Decision.ACCEPT
    assert is_accepted == (accept_at <= highest_accept_at([judgement], RUBRIC))


def test_a_conversation_is_accepted_up_to_its_worst_turn() -> None:
    turns = [make_judgement(every_dimension(p)) for p in (4.8, 4.2)]
    assert highest_accept_at(turns, RUBRIC) == 4200
    bad = make_judgement(every_dimension(5), defects=["hallucination"])
    assert highest_accept_at([*turns, bad], RUBRIC) == NEVER


def test_precision_curve_counts_everything_at_or_above_a_threshold() -> None:
    curve = precision_curve(
        np.array([4500, 4500, 4000, 3500, NEVER]),
        np.array([True, False, True, True, True]),
        lowest=3000,
    )
    assert [(p.accept_at, p.precision, p.accept_share) for p in curve] == [
        (4.5, 0.5, 0.4),
        (4.0, pytest.approx(2 / 3), 0.6),
        (3.5, 0.75, 0.8),
    ]


def test_the_lowest_threshold_that_reaches_the_target_is_chosen() -> None:
    scores = [4.0 + 0.001 * i for i in range(800)]
    good = [i >= 300 or i % 2 == 0 for i in range(800)]  # below 4.3 every second one is bad
    is_fit = np.arange(800) % 4 < 2  # both parts hold odd and even numbers
    found = choose_threshold(observations_of(scores, good), is_fit, RUBRIC, target=0.95)
    assert found.accept_at is not None and 4.24 < found.accept_at < 4.3
    assert found.fit_precision is not None and found.fit_precision >= 0.95
    assert found.precision.value == pytest.approx(0.95, abs=0.02)


def test_no_threshold_where_the_target_is_out_of_reach() -> None:
    scores = [3.0 + 0.01 * i for i in range(200)]
    good = [i % 2 == 0 for i in range(200)]
    found = choose_threshold(
        observations_of(scores, good), np.arange(200) % 4 < 2, RUBRIC, target=0.95
    )
    assert found.accept_at is None
    assert "no threshold reaches 0.95" in found.reason


def test_no_threshold_on_a_handful_of_accepts() -> None:
    found = choose_threshold(
        observations_of([4.9] * 10, [True] * 10), np.arange(10) < 9, RUBRIC, target=0.9
    )
    assert found.accept_at is None
    assert "at most 9 samples" in found.reason


def test_no_threshold_where_held_out_labels_contradict_it() -> None:
    scores, good = [4.5] * 200, [i < 100 for i in range(200)]  # luck on the fit part alone
    found = choose_threshold(
        observations_of(scores, good), np.arange(200) < 100, RUBRIC, target=0.9
    )
    assert found.fit_precision == 1.0
    assert found.accept_at is None
    assert "contradict" in found.reason


def test_samples_that_no_threshold_can_accept_are_in_the_shares() -> None:
    judgements = [make_judgement(every_dimension(4.5), defects=["hallucination"])] * 30
    observations = [
        observe(make_labelled(i, Labels(is_good=True)), j) for i, j in enumerate(judgements)
    ]
    found = choose_threshold(observations, np.arange(30) < 25, RUBRIC, target=0.9)
    assert found.accept_at is None and found.curve == ()
