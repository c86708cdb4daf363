"""The two digests of a rubric: what a judge is told makes one, all of it the other."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.domain.judgement import DIMENSIONS
from assay.domain.rubric import Rubric
from assay.rubrics import load_rubric

RUBRIC = load_rubric("critical-thinking")
BODY = RUBRIC.model_dump(mode="json")


def changed(path: str, value: Any) -> Rubric:
    """The rubric with one value replaced; numbers in a path are levels."""
    body = json.loads(json.dumps(BODY))
    *parents, last = path.split(".")
    node = body
    for key in parents:
        node = node[key]
    assert node.get(last) != value
    node[last] = value
    return Rubric.model_validate(body)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("id", "other"),
        ("version", 9),
        ("accept_at", 4.5),
        ("reject_below", 2.0),
        ("min_weight_covered", 0.7),
        ("num_deviations", 0.0),
        ("calibrated_by", "labels.jsonl"),
        ("dimensions.correctness.floor", None),
        ("dimensions.completeness.floor", 2.5),
        ("defects.hallucination.hard", False),
        ("defects.hallucination.repairable", False),
        ("defects.no_answer.description", "Told to nobody."),
        ("checks.states_assumptions.feeds", "completeness"),
        ("checks.states_assumptions.share", 0.3),
        ("checks.states_assumptions.good_answer", "no"),
        ("curves", {"correctness": [{"raw": 1, "calibrated": 2}, {"raw": 5, "calibrated": 5}]}),
    ],
)
def test_what_only_the_verdict_uses_leaves_judgements_valid(path: str, value: object) -> None:
    other = changed(path, value)
    assert other.judging_digest == RUBRIC.judging_digest
    assert other.digest != RUBRIC.digest


def test_weights_leave_judgements_valid() -> None:
    body = json.loads(json.dumps(BODY))
    body["dimensions"]["correctness"]["weight"] = 0.2
    body["dimensions"]["conciseness"]["weight"] = 0.2
    other = Rubric.model_validate(body)
    assert other.judging_digest == RUBRIC.judging_digest
    assert other.digest != RUBRIC.digest


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("dimensions.correctness.description", "Other words."),
        ("dimensions.calibration.levels.3", "Other words."),
        ("defects.hallucination.description", "Other words."),
        ("defects.hallucination.example", "Other words."),
        ("defects.hallucination.counterexample", ""),
        ("defects.hallucination.detected_by", "code"),
        ("defects.no_answer.detected_by", "judge"),
        ("defects.slander", {"description": "Defames."}),
        ("checks.states_assumptions.question", "Other words?"),
        ("checks.asks_back", {"question": "Does it ask back?"}),
    ],
)
def test_what_the_judge_is_told_makes_another_judgement(path: str, value: object) -> None:
    other = changed(path, value)
    assert other.judging_digest != RUBRIC.judging_digest
    assert other.digest != RUBRIC.digest


def test_texts_cannot_move_from_one_field_to_another_unseen() -> None:
    rule = BODY["defects"]["hallucination"]
    swapped = {**rule, "example": rule["counterexample"], "counterexample": rule["example"]}
    assert changed("defects.hallucination", swapped).judging_digest != RUBRIC.judging_digest


def shuffled(node: Any, draw: st.DrawFn) -> Any:
    if not isinstance(node, dict):
        return node
    keys = draw(st.permutations(sorted(node)))
    return {key: shuffled(node[key], draw) for key in keys}


@st.composite
def shuffled_bodies(draw: st.DrawFn) -> Any:
    return shuffled(BODY, draw)


@given(shuffled_bodies())
def test_order_of_keys_changes_no_digest(body: Any) -> None:
    other = Rubric.model_validate(body)
    assert other.digest == RUBRIC.digest
    assert other.judging_digest == RUBRIC.judging_digest
    assert other.judged_dimensions == RUBRIC.judged_dimensions == DIMENSIONS
    assert list(other.judged_defects) == list(RUBRIC.judged_defects)


@pytest.mark.parametrize("mode", ["python", "json"])
def test_digests_survive_storing_and_reading(mode: str) -> None:
    body = RUBRIC.model_dump(mode=mode)
    assert Rubric.model_validate(body).digest == RUBRIC.digest
    stored = json.dumps(RUBRIC.model_dump(mode="json"), sort_keys=True)
    again = Rubric.model_validate_json(stored)
    assert (again.digest, again.judging_digest) == (RUBRIC.digest, RUBRIC.judging_digest)
    assert again.judged_dimensions == RUBRIC.judged_dimensions


def test_digests_with_curves_and_own_names_survive_storing() -> None:
    body = json.loads(json.dumps(BODY))
    body["dimensions"]["correctness"]["weight"] = 0.2
    body["dimensions"]["tone"] = {**BODY["dimensions"]["calibration"], "weight": 0.1}
    body["curves"] = {"tone": [{"raw": 1, "calibrated": 1.5}, {"raw": 5, "calibrated": 4.5}]}
    rubric = Rubric.model_validate(body)
    again = Rubric.model_validate_json(json.dumps(rubric.model_dump(mode="json"), sort_keys=True))
    assert again == rubric
    assert (again.digest, again.judging_digest) == (rubric.digest, rubric.judging_digest)
    assert again.judged_dimensions == (*DIMENSIONS, "tone")
