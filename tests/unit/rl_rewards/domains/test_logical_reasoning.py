from collections.abc import Mapping

import pytest

from assay.domain.errors import InvalidTaskError
from assay.domain.sample import JsonValue
from assay_rl_rewards.answers.expected import AnswerTask
from assay_rl_rewards.domains.logical_reasoning import LogicalReasoning
from assay_rl_rewards.verifier import Task

VERIFIER = LogicalReasoning()
KNIGHTS: Mapping[str, JsonValue] = {"answer_type": "mapping", "labels": ["knight", "knave"]}
GRAPH: Mapping[str, JsonValue] = {
    "answer_type": "colouring",
    "nodes": ["A", "B", "C"],
    "edges": [["A", "B"], ["B", "C"]],
    "colours": ["red", "blue"],
}
EXAMPLES: list[tuple[JsonValue, Mapping[str, JsonValue]]] = [
    (True, {"answer_type": "bool"}),
    (False, {"answer_type": "bool", "extractor": "answer_line"}),
    (True, {"answer_type": "bool", "words": "yes_no"}),
    ("B", {"answer_type": "choice", "options": {"A": "x", "B": "y"}}),
    (5, {"answer_type": "integer"}),
    ("neutral", {"answer_type": "label", "labels": ["neutral", "entailed", "contradicted"]}),
    ("blicket", {"answer_type": "label"}),
    (["a", "b", "c"], {"answer_type": "list"}),
    (["a, b", "c"], {"answer_type": "list"}),
    (["a", "b"], {"answer_type": "set", "labels": ["a", "b", "c"]}),
    ([], {"answer_type": "set", "labels": ["a", "b", "c"]}),
    ({"Ann": "knight", "Bo": "knave"}, KNIGHTS),
    ("(8-4)*(7-1)", {"answer_type": "countdown", "numbers": [8, 4, 7, 1], "target": 24}),
    ({"A": "red", "B": "blue", "C": "red"}, GRAPH),
    (None, GRAPH),
    ("1 2\n2 1", {"answer_type": "sudoku", "grid": [[1, 0], [0, 1]]}),
    ([[1, 2], [2, 1]], {"answer_type": "sudoku", "grid": [[0, 0], [2, 1]]}),
    ("RR", {"answer_type": "path", "grid": ["S.G"], "max_moves": 2}),
]


def _read(reference: JsonValue, params: Mapping[str, JsonValue]) -> AnswerTask:
    return VERIFIER.read_task(Task("logical_reasoning", (), reference, params))


def _score(task: AnswerTask, text: str) -> float:
    return VERIFIER.grade(task, text).score


@pytest.mark.parametrize(("reference", "params"), EXAMPLES)
def test_gold_earns_all_and_decoys_nothing(
    reference: JsonValue, params: Mapping[str, JsonValue]
) -> None:
    task = _read(reference, params)
    gold = VERIFIER.render_gold(task)
    assert (gold is None) == (reference is None)
    if gold is not None:
        assert _score(task, gold) == 1
        assert _score(task, f"First I thought so.\n{gold}") == 1
    for decoy in VERIFIER.list_decoys(task):
        assert _score(task, decoy.text) == 0, decoy.kind


@pytest.mark.parametrize(("reference", "params"), EXAMPLES)
def test_null_answers_earn_nothing(reference: JsonValue, params: Mapping[str, JsonValue]) -> None:
    task = _read(reference, params)
    for answer in ("", "I do not know", "I don't know", "?", "yes and no", "0", "\x00", "a" * 5000):
        for text in (answer, f"\\boxed{{{answer}}}", f"Answer: {answer}"):
            assert _score(task, text) == 0


def test_a_choice_is_a_letter_or_a_whole_option() -> None:
    options: JsonValue = {"A": "red", "B": "blue", "C": "dark red"}
    task = _read("B", {"answer_type": "choice", "options": options})
    for answer in ("b", "(B)", "B) blue", "Blue."):
        assert _score(task, f"\\boxed{{{answer}}}") == 1
    for answer in ("A: blue", "A or B", "B, C", "D", "not blue", "ue"):
        assert _score(task, f"\\boxed{{{answer}}}") == 0


def test_gold_inside_junk_earns_nothing() -> None:
    task = _read({"Ann": "knight", "Bo": "knave"}, KNIGHTS)
    assert _score(task, "\\boxed{Ann: knight, Bo: knave}") == 1
    assert _score(task, "\\boxed{junk Ann: knight, Bo: knave}") == 0
    assert _score(task, "\\boxed{Ann: knight, Bo: knave or knight}") == 0
    assert _score(task, "Ann: knight, Bo: knave") == 0  # not where the task asks for it


def test_near_misses_earn_nothing() -> None:
    numbers = _read(["1", "2", "3"], {"answer_type": "list"})
    assert _score(numbers, "\\boxed{1, 2, 3}") == 1
    assert _score(numbers, "\\boxed{1, 2, 4}") == 0
    assert _score(numbers, "\\boxed{1, 2, 3, 3}") == 0
    assert _score(_read(5, {"answer_type": "integer"}), "\\boxed{6}") == 0


def test_a_plan_other_than_the_reference_is_right() -> None:
    task = _read({"A": "red", "B": "blue", "C": "red"}, GRAPH)
    assert _score(task, "\\boxed{C: blue, B: red, A: blue}") == 1


def test_the_last_answer_counts_and_labels_have_other_spellings() -> None:
    task = _read(
        "yes", {"answer_type": "label", "labels": ["yes", "no"], "aliases": {"yes": ["Y"]}}
    )
    assert _score(task, "\\boxed{no} \\boxed{y}") == 1
    assert _score(task, "\\boxed{y} \\boxed{no}") == 0
    assert (
        VERIFIER.grade(task, "\\boxed{perhaps}").reason == "a label that is none of those allowed"
    )


def test_model_text_is_never_evaluated() -> None:
    task = _read(None, {"answer_type": "countdown", "numbers": [1, 2], "target": 3})
    assert _score(task, "\\boxed{__import__('os').abort()}") == 0
    assert _score(task, "\\boxed{9**9**9}") == 0
    assert _score(task, "\\boxed{2+1}") == 1


@pytest.mark.parametrize(
    ("reference", "params"),
    [
        ("true", {"answer_type": "bool"}),
        (None, {"answer_type": "bool"}),
        (True, {}),
        (True, {"answer_type": "bool", "tolerance": 1}),
        (True, {"answer_type": "bool", "extractor": "anywhere"}),
        (1.5, {"answer_type": "integer"}),
        (True, {"answer_type": "integer"}),
        ("C", {"answer_type": "choice", "options": {"A": "x", "B": "y"}}),
        ("A", {"answer_type": "choice", "options": {"A": "x"}}),
        ("maybe", {"answer_type": "label", "labels": ["yes", "no"]}),
        ("yes", {"answer_type": "label", "labels": ["yes", "Yes"]}),
        ("yes", {"answer_type": "label", "labels": ["yes", "no"], "aliases": {"yes": ["no"]}}),
        ("yes", {"answer_type": "label", "labels": ["yes", "no"], "aliases": {"oui": ["ja"]}}),
        ("", {"answer_type": "label"}),
        ([], {"answer_type": "list"}),
        ("abc", {"answer_type": "list"}),
        (["a; b", "c, d"], {"answer_type": "list"}),
        (["a", "A"], {"answer_type": "set"}),
        (["x"], {"answer_type": "set", "labels": ["a", "b"]}),
        ({}, KNIGHTS),
        ({"Ann": "spy"}, KNIGHTS),
        ({"Ann": "knight", "ann": "knave"}, KNIGHTS),
        ("8+4", {"answer_type": "countdown", "numbers": [8, 4, 7, 1], "target": 24}),
        (None, {"answer_type": "countdown", "numbers": [8], "target": 8}),
        ({"A": "red", "B": "red", "C": "red"}, GRAPH),
        (None, {**GRAPH, "edges": [["A", "A"]]}),
        (None, {**GRAPH, "edges": [["A", "Z"]]}),
        (None, {**GRAPH, "colours": ["red", "Red"]}),
        ("1 1\n2 1", {"answer_type": "sudoku", "grid": [[1, 0], [0, 1]]}),
        (None, {"answer_type": "sudoku", "grid": [[1, 2], [2, 1]]}),
        (None, {"answer_type": "sudoku", "grid": [[1, 0], [0]]}),
        (None, {"answer_type": "sudoku", "grid": [[1, 0], [0, 1]], "box_columns": 3}),
        (7, {"answer_type": "sudoku", "grid": [[1, 0], [0, 1]]}),
        ("R", {"answer_type": "path", "grid": ["S.G"]}),
        (None, {"answer_type": "path", "grid": ["S.."]}),
        (None, {"answer_type": "path", "grid": ["S.G", "."]}),
        (["R"], {"answer_type": "path", "grid": ["SG"]}),
    ],
)  # fmt: skip
def test_tasks_that_cannot_be_graded_are_refused(
    reference: JsonValue, params: Mapping[str, JsonValue]
) -> None:
    with pytest.raises(InvalidTaskError, match="expected"):
        _read(reference, params)
