import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from assay.datasets.sources import Source, expand_inputs
from assay.domain.errors import InputError
from assay.domain.sample import Row
from assay_filter.decontamination.items import (
    EvalItem,
    ItemError,
    ItemFields,
    ReadingNotes,
    item_of,
    read_items,
)

ROW = Row("sets/quiz.test.jsonl", 7)


def read(body: dict[str, Any], **fields: tuple[str, ...]) -> EvalItem:
    return item_of(body, ItemFields(**fields), ROW)


@pytest.mark.parametrize("key", ["prompt", "question", "input"])
def test_question_under_its_usual_names(key: str) -> None:
    assert read({key: "What is it?"}) == EvalItem("quiz", "", "7", ("What is it?",))


def test_names_answer_and_passage() -> None:
    names = {"benchmark": "b", "split": "test", "id": 12}
    body = {**names, "question": "q", "reference": 5, "context": "p"}
    assert read(body) == EvalItem("b", "test", "12", ("q",), "5", "p")


def test_messages_give_the_turns_of_the_user() -> None:
    messages = [
        {"role": "system", "content": "s"},
        {"role": "user", "content": "one"},
        {"role": "assistant", "content": "a"},
        {"role": "user", "content": [{"type": "text", "text": "two"}]},
    ]
    assert read({"messages": messages}).turns == ("one", "two")
    assert read({"prompt": ["one", "two"]}).turns == ("one", "two")


@pytest.mark.parametrize(
    ("choices", "answer", "expected"),
    [
        (["red", "blue"], 1, "blue"),
        (["red", "blue"], "B", "blue"),
        (["red", "blue"], "(a)", "red"),
        ({"text": ["red", "blue"], "label": ["A", "B"]}, "B", "blue"),
        ({"A": "red", "B": "blue"}, "blue", "blue"),
        (["red", "blue"], "D", "D"),
        ([], 3, "3"),
        ([], True, "true"),
        ([], ["first", "second"], "first"),
        ([], {"text": ["inner"]}, "inner"),
    ],
)
def test_place_of_a_choice_is_the_choice(choices: Any, answer: Any, expected: str) -> None:
    assert read({"question": "q", "choices": choices, "answer": answer}).answer == expected


def test_declared_fields_win_and_go_deeper() -> None:
    body = {"prompt": "no", "data": {"problem": "yes"}}
    assert read(body, question=("data.problem",)).turns == ("yes",)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"text": "x"}, "expected a question under one of"),
        ({"prompt": ""}, "found none"),
        ({"prompt": 5}, "a text or a list of messages"),
        ({"messages": [{"role": "system", "content": "s"}]}, "expected a user's turn"),
    ],
)
def test_rows_that_are_no_items_say_why(body: dict[str, Any], message: str) -> None:
    with pytest.raises(ItemError, match=message):
        read(body)


def sources(path: Path) -> tuple[Source, ...]:
    return expand_inputs([str(path)]).sources


def test_bad_lines_are_counted_and_reported(tmp_path: Path) -> None:
    path = tmp_path / "quiz.jsonl.gz"
    lines = [json.dumps({"prompt": "What?"}), "{broken", "[1]", json.dumps({"text": "no"})]
    path.write_bytes(gzip.compress("\n".join(lines).encode()))
    notes = ReadingNotes()
    items = list(read_items(sources(path), ItemFields(), notes))
    assert [item.id for item in items] == ["1"]
    assert notes.num_rows == 4
    assert notes.unread.total() == len(notes.examples) == 3
    assert notes.examples[0].startswith(f"{path}:2: ")


def test_file_without_a_single_item_is_refused_with_its_keys(tmp_path: Path) -> None:
    path = tmp_path / "quiz.jsonl"
    path.write_text(json.dumps({"problem": "What?", "solution": "That."}))
    with pytest.raises(InputError, match=r"'problem', 'solution'.*--field question=KEY"):
        list(read_items(sources(path), ItemFields(), ReadingNotes()))


def test_set_that_expands_too_far_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.jsonl.gz"
    with gzip.open(path, "wb", compresslevel=1) as stream:
        for _ in range(5):
            stream.write(bytes(16 << 20))
    sources = expand_inputs([str(path)]).sources
    with pytest.raises(InputError, match="expand at most 200 times"):
        list(read_items(sources, ItemFields(), ReadingNotes()))
