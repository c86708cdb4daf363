import pickle
from typing import Any

import pytest

from assay.domain.errors import InvalidTaskError
from assay.domain.sample import JsonValue
from assay_rl_rewards.domains.science import Science
from assay_rl_rewards.verifier import Task

SCIENCE = Science()
OPTIONS = {"A": "Oxygen", "B": "Iron", "C": "Gold", "D": "Gold leaf"}


def score(reference: JsonValue, answer: str, **params: Any) -> float:
    task = SCIENCE.read_task(Task("science", (), reference, params))
    return SCIENCE.grade(task, f"\\boxed{{{answer}}}").score


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        ("C", 1.0),
        ("Ｃ", 1.0),
        ("ج", 1.0),
        ("Gold", 1.0),
        ("B", 0.0),
        ("Gold leaf", 0.0),
        ("E", 0.0),
        ("A or C", 0.0),
        ("C: Iron", 0.0),
    ],
)
def test_one_option_is_named_or_none(answer: str, right: float) -> None:
    assert score("C", answer, options=OPTIONS) == right
    assert score("Gold", answer, options=list(OPTIONS.values())) == right


def test_a_box_is_asked_for() -> None:
    task = SCIENCE.read_task(Task("science", (), "C", {"options": OPTIONS}))
    assert SCIENCE.grade(task, "The answer is C.").score == 0.0


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        ("3e8", 1.0),
        ("300000000", 1.0),
        (r"3.0\times10^8 \text{ m/s}", 1.0),
        ("3×10⁸ m/s", 1.0),
        ("٣٠٠٠٠٠٠٠٠", 1.0),
        ("3e8 km/s", 0.0),
        ("3e8 m", 0.0),
        ("3.1e8", 0.0),
        (r"1.5e8 \cdot 2", 0.0),
    ],
)
def test_a_quantity_has_the_unit_of_the_task_or_none(answer: str, right: float) -> None:
    assert score(r"3.0 \times 10^8 m/s", answer, units=["m/s"], tolerance=0.01) == right


def test_short_texts_are_compared_with_all_aliases() -> None:
    assert score("sodium chloride", r"\text{Sodium  Chloride.}", aliases=["NaCl"]) == 1.0
    assert score("sodium chloride", "NaCl", aliases=["NaCl"]) == 1.0
    assert score("sodium chloride", "sodium chloride or water", aliases=["NaCl"]) == 0.0


@pytest.mark.parametrize(
    ("reference", "params"),
    [
        ("E", {"options": OPTIONS}),
        ("A or B", {"options": OPTIONS}),
        ("4", {"options": ["4", "4", "5"]}),
        ("A", {"options": ["4", "4", "5"]}),
        ("A", {"options": ["4"]}),
        ("A", {"options": ["x"] * 40}),
        ("", {}),
        (None, {"options": OPTIONS}),
        ("water", {"aliases": [" "]}),
        ("water", {"regex": ".*"}),
    ],
)
def test_tasks_that_cannot_be_graded_are_refused(
    reference: JsonValue, params: dict[str, JsonValue]
) -> None:
    with pytest.raises(InvalidTaskError):
        SCIENCE.read_task(Task("science", (), reference, params))


@pytest.mark.parametrize("extractor", ["boxed_last", "answer_tag_last", "answer_line"])
@pytest.mark.parametrize(
    ("reference", "params", "kinds"),
    [
        ("C", {"options": OPTIONS}, {"wrong_option", "wrong_text", "all_options", "outside"}),
        ("B", {"options": ["B", "AB", "0"]}, {"wrong_option", "all_options", "contradiction"}),
        ("9.81", {"units": ["m/s^2"]}, {"relation", "foreign_unit", "several"}),
        ("sodium chloride", {}, {"several", "unplaced"}),
    ],
)
def test_the_gold_is_paid_and_no_decoy_is(
    reference: str, params: dict[str, JsonValue], kinds: set[str], extractor: str
) -> None:
    task = SCIENCE.read_task(Task("science", (), reference, {**params, "extractor": extractor}))
    task = pickle.loads(pickle.dumps(task))
    assert SCIENCE.grade(task, SCIENCE.render_gold(task)).score == 1.0
    decoys = SCIENCE.list_decoys(task)
    assert kinds <= {decoy.kind for decoy in decoys}
    assert [d for d in decoys if SCIENCE.grade(task, d.text).score] == []


def test_every_wrong_option_is_a_decoy() -> None:
    task = SCIENCE.read_task(Task("science", (), "C", {"options": OPTIONS}))
    texts = {decoy.text for decoy in SCIENCE.list_decoys(task)}
    wrong = ["A", "B", "D", "Oxygen", "Iron", "Gold leaf"]
    assert texts >= {f"\\boxed{{{answer}}}" for answer in wrong}
