from collections.abc import Mapping

import pytest

from assay.domain.errors import InvalidTaskError
from assay.domain.sample import JsonValue
from assay_rl_rewards.answers.expected import AnswerTask
from assay_rl_rewards.domains.in_context_learning import InContextLearning
from assay_rl_rewards.verifier import Task

VERIFIER = InContextLearning()
SHOWN: JsonValue = [
    {"input": "2 4", "output": "blicket"},
    {"input": "1 3", "output": "dax"},
    {"input": "6 8", "output": "blicket"},
    {"input": "5 7", "output": "dax"},
]
LABELS: Mapping[str, JsonValue] = {"labels": ["blicket", "dax"]}
EXAMPLES: list[tuple[JsonValue, Mapping[str, JsonValue]]] = [
    ("dax", {**LABELS, "demonstrations": SHOWN, "query": "9 11"}),
    ("dax", {"labels": ["blicket", "dax"], "aliases": {"dax": ["a dax"]}}),
    (7, {"normaliser": "integer", "demonstrations": [{"input": "1", "output": "6"}], "query": "2"}),
    (["3", "2", "1"], {"normaliser": "list", "query": "1 2 3"}),
    ("AbC", {"normaliser": "exact", "query": "aBc"}),
    ("tup", {}),
]


def _read(reference: JsonValue, params: Mapping[str, JsonValue]) -> AnswerTask:
    return VERIFIER.read_task(Task("in_context_learning", (), reference, params))


def _score(task: AnswerTask, answer: str) -> float:
    return VERIFIER.grade(task, f"\\boxed{{{answer}}}").score


@pytest.mark.parametrize(("reference", "params"), EXAMPLES)
def test_gold_earns_all_and_decoys_nothing(
    reference: JsonValue, params: Mapping[str, JsonValue]
) -> None:
    task = _read(reference, params)
    gold = VERIFIER.render_gold(task)
    assert gold is not None
    assert VERIFIER.grade(task, gold).score == 1
    for decoy in VERIFIER.list_decoys(task):
        assert VERIFIER.grade(task, decoy.text).score == 0, decoy.kind
    for answer in ("", "I do not know", "?", "x" * 5000):
        assert _score(task, answer) == 0


def test_an_answer_of_several_labels_is_refused() -> None:
    task = _read("dax", LABELS)
    assert _score(task, "DAX.") == 1
    for answer in ("dax, blicket", "blicket; dax", "dax or blicket", "dax dax", "not dax"):
        assert _score(task, answer) == 0
    grade = VERIFIER.grade(task, "\\boxed{dax, blicket}")
    assert grade.reason == "several labels where one is asked for"


def test_a_label_outside_the_space_is_told() -> None:
    grade = VERIFIER.grade(_read("dax", LABELS), "\\boxed{wug}")
    assert (grade.score, grade.reason) == (0, "a label that is none of those allowed")


def test_the_copied_demonstrations_and_the_echo_are_decoys() -> None:
    params: Mapping[str, JsonValue] = {"demonstrations": SHOWN, "query": "9 11"}
    decoys = VERIFIER.list_decoys(_read("wug", params))
    assert [(decoy.kind, decoy.text) for decoy in decoys] == [
        ("copy", "\\boxed{blicket}"),
        ("copy", "\\boxed{dax}"),
        ("echo", "\\boxed{9 11}"),
    ]


def test_normalisers_differ_in_what_they_overlook() -> None:
    assert _score(_read("AbC", {"normaliser": "exact"}), "abc") == 0
    assert _score(_read("AbC", {"normaliser": "label"}), "abc") == 1
    assert _score(_read(["3", "2"], {"normaliser": "list"}), "[3, 2]") == 1
    assert _score(_read(7, {"normaliser": "integer"}), "٧") == 1


@pytest.mark.parametrize(
    ("reference", "params"),
    [
        ("dax", {**LABELS, "demonstrations": SHOWN, "query": "5  7"}),
        ("dax", {**LABELS, "demonstrations": [{"input": "1", "output": "wug"}]}),
        ("dax", {**LABELS, "demonstrations": [
            {"input": "1", "output": "dax"}, {"input": "2", "output": "dax"}]}),
        ("wug", LABELS),
        ("", {"normaliser": "exact"}),
        (7, {"normaliser": "exact"}),
        ("dax", {"normaliser": "exact", "labels": ["dax"]}),
        ("seven", {"normaliser": "integer"}),
        ("dax", {"normaliser": "fuzzy"}),
    ],
)  # fmt: skip
def test_tasks_that_give_themselves_away_are_refused(
    reference: JsonValue, params: Mapping[str, JsonValue]
) -> None:
    with pytest.raises(InvalidTaskError, match="expected"):
        _read(reference, params)
