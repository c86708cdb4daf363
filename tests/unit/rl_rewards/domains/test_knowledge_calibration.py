import math
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.domain.errors import InvalidTaskError
from assay.domain.sample import JsonValue
from assay_rl_rewards.domains.knowledge_calibration import CalibrationTask, KnowledgeCalibration
from assay_rl_rewards.verifier import Grade, Task

VERIFIER = KnowledgeCalibration()
CONFIDENCE: Mapping[str, JsonValue] = {"form": "confidence"}
EXAMPLES: list[tuple[JsonValue, Mapping[str, JsonValue]]] = [
    ("Paris", {}),
    (["Nile", "the Nile"], {"known": True}),
    (1492, {"extractor": "answer_line"}),
    (3.14, {"tolerance": 0.01}),
    (None, {}),
    ("Paris", CONFIDENCE),
    ("Paris", {**CONFIDENCE, "known": True, "extractor": "answer_tag_last"}),
    ("Paris", {"judge": False, "abstain_reward": 0}),
]


def _read(
    reference: JsonValue, params: Mapping[str, JsonValue] | None = None, language: str | None = None
) -> CalibrationTask:
    task = Task("knowledge_calibration", (), reference, params or {}, language)
    return VERIFIER.read_task(task)


def _grade(task: CalibrationTask, answer: str, tail: str = "") -> Grade:
    return VERIFIER.grade(task, f"\\boxed{{{answer}}}\n{tail}")


@pytest.mark.parametrize(("reference", "params"), EXAMPLES)
def test_gold_earns_all_and_decoys_nothing(
    reference: JsonValue, params: Mapping[str, JsonValue]
) -> None:
    task = _read(reference, params)
    assert VERIFIER.grade(task, VERIFIER.render_gold(task)).score == 1
    for decoy in VERIFIER.list_decoys(task):
        assert VERIFIER.grade(task, decoy.text).score == 0, decoy.kind


def test_three_outcomes_and_their_parts() -> None:
    task = _read("Paris")
    right, away, wrong = (_grade(task, answer) for answer in ("paris.", "[IDK]", "Rome"))
    assert (right.score, dict(right.parts)) == (1, {"attempted": 1, "correct": 1})
    assert (away.score, dict(away.parts)) == (0.3, {"attempted": 0, "correct": 0})
    assert (wrong.score, dict(wrong.parts)) == (0, {"attempted": 1, "correct": 0})


def test_abstaining_pays_nothing_on_a_known_question_and_all_where_nobody_can_know() -> None:
    assert _grade(_read("Paris", {"known": True}), "[IDK]").score == 0
    assert _grade(_read("Paris", {"abstain_reward": 0.5}), "[IDK]").score == 0.5
    unknowable = _read(None)
    assert _grade(unknowable, "[IDK]").score == 1
    assert _grade(unknowable, "Paris").score == 0


@pytest.mark.parametrize(
    "text", ["I don't know.", "Ich weiß es nicht.", "わかりません。", "Hm.\n[IDK]"]
)
def test_an_abstention_needs_no_box(text: str) -> None:
    assert VERIFIER.grade(_read("Paris"), text).score == 0.3


@pytest.mark.parametrize(
    "text",
    [
        "Bob will win. I don't know why you ask.", "Brazil will win, I'm not sure by how much.",
        "Bob [IDK]", "It is 5.\nI don't know", "Rome. I don't know", "Paris\n[IDK]",
        "\\boxed{Paris} [IDK]", "[IDK] \\boxed{Paris}", "\\boxed{Paris}\nI don't know.",
        "\\boxed{Paris} \\boxed{[IDK]}", "<answer>Paris</answer>\n[IDK]", "Answer: Paris [IDK]",
    ],
)  # fmt: skip
@pytest.mark.parametrize("reference", [None, "Paris"])
def test_an_answer_beside_an_abstention_earns_nothing(reference: JsonValue, text: str) -> None:
    for extractor in ("boxed_last", "answer_tag_last", "answer_line"):
        task = _read(reference, {"extractor": extractor})
        assert VERIFIER.grade(task, text).score == 0, extractor


def test_reasons_may_stand_before_the_place_of_the_answer() -> None:
    text = "Nobody counted the letters of that day, so it is open.\n\\boxed{[IDK]}"
    assert VERIFIER.grade(_read(None), text).score == 1
    assert VERIFIER.grade(_read(None), "\\boxed{[IDK]} \\boxed{[IDK]}").score == 1
    assert VERIFIER.grade(_read(None), "I don't know. [IDK]").score == 1


def test_an_answer_hedged_with_an_abstention_is_an_answer() -> None:
    assert VERIFIER.grade(_read("Paris"), "\\boxed{Rome}\nBut I don't know.").score == 0
    assert _grade(_read("Paris"), "[IDK] Paris").score == 0
    assert _grade(_read("Paris"), "I don't know, perhaps Paris").score == 0


def test_silence_and_refusals_are_no_abstentions() -> None:
    task = _read("Paris")
    for text in ("", "Paris", "I cannot help with that.", "\\boxed{}", "x" * 60_000):
        assert VERIFIER.grade(task, text).score == 0


def test_the_grade_words_of_a_judge_are_no_answer() -> None:
    task = _read("Paris")
    for text in ("CORRECT", "A", "The answer is CORRECT.", "Grade: A", "NOT_ATTEMPTED"):
        assert _grade(task, text).score == 0


def test_numbers_are_compared_by_value_within_the_tolerance() -> None:
    assert _grade(_read(1492), "١٤٩٢").score == 1
    assert _grade(_read(1234567), "1,234,567").score == 1
    assert _grade(_read("1.5"), "1.50").score == 1
    assert _grade(_read("1,5", language="de"), "1,50").score == 1
    assert _grade(_read(100, {"tolerance": 0.05}), "104").score == 1
    assert _grade(_read(100, {"tolerance": 0.05}), "106").score == 0
    assert _grade(_read(-4), "4").score == 0
    assert _grade(_read(-4), "−4").score == 1
    assert _grade(_read(100), "100 or 101").score == 0


def test_a_task_that_waits_for_a_judge_is_refused_and_never_graded_zero() -> None:
    for reference in ("Paris", None):
        with pytest.raises(InvalidTaskError, match="expected `judge` to be false"):
            _read(reference, {"judge": True})


@pytest.mark.parametrize(
    ("answer", "tail", "score"),
    [
        ("Paris", "Confidence: 1", 1), ("Paris", "Confidence: 0.5", 1 - 0.3 * 0.25),
        ("Paris", "Confidence: 0", 0.7), ("Rome", "Confidence: 1", 0),
        ("Rome", "Confidence: 0.5", 0.3 * 0.75), ("Rome", "Confidence: 0", 0.3),
        ("[IDK]", "", 0.3), ("Paris", "", 0), ("Paris", "Confidence: very", 0),
        ("Paris", "Confidence: 2", 0),
    ],
)  # fmt: skip
def test_confidence_is_scored(answer: str, tail: str, score: float) -> None:
    assert math.isclose(_grade(_read("Paris", CONFIDENCE), answer, tail).score, score)


def test_a_wrong_answer_without_confidence_earns_no_more_than_abstaining() -> None:
    task = _read("Paris", CONFIDENCE)
    assert _grade(task, "junk", "Confidence: 0").score == _grade(task, "[IDK]").score
    known = _read("Paris", {**CONFIDENCE, "known": True})
    assert _grade(known, "junk", "Confidence: 0").score == 0
    plain = _read("Paris", {**CONFIDENCE, "abstain_reward": 1})
    assert _grade(plain, "Rome", "Confidence: 0.2").score == 1 - 0.2**2


@given(st.integers(0, 20), st.integers(0, 20))
def test_the_score_is_proper(chance: int, stated: int) -> None:
    task, p = _read("Paris", CONFIDENCE), chance / 20

    def expect(c: float) -> float:
        right, wrong = (_grade(task, a, f"Confidence: {c}").score for a in ("Paris", "Rome"))
        return p * right + (1 - p) * wrong

    assert expect(p) >= expect(stated / 20) - 1e-12


@pytest.mark.parametrize(
    ("reference", "params"),
    [
        ("", {}),
        ([], {}),
        ({"a": "b"}, {}),
        (True, {}),
        (["Paris", None], {}),
        ("I don't know", {}),
        ("[IDK]", {}),
        (None, {"known": True}),
        (None, CONFIDENCE),
        ("Paris", {"abstain_reward": 1}),
        ("Paris", {"abstain_reward": 1.5}),
        ("Paris", {"form": "vibes"}),
        ("Pa{ris", {}),
    ],
)
def test_tasks_that_cannot_be_graded_are_refused(
    reference: JsonValue, params: Mapping[str, JsonValue]
) -> None:
    with pytest.raises(InvalidTaskError, match="expected"):
        _read(reference, params)
