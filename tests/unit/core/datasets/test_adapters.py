import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.datasets.adapters import Adapted, BadLine, adapt, adapt_line, adapt_row
from assay.datasets.canonical import sample_id, to_sample
from assay.datasets.lines import Oversize, RawLine
from assay.datasets.reading import read_lines
from assay.datasets.sources import expand_inputs
from assay.domain.sample import SampleType

USER = {"role": "user", "content": "Hi"}
ANSWER = {"role": "assistant", "content": "Hello"}
TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}


def adapted(row: object) -> Adapted:
    found = adapt(json.dumps(row).encode())
    assert isinstance(found, Adapted), found
    return found


def bad(data: bytes) -> BadLine:
    found = adapt(data)
    assert isinstance(found, BadLine), found
    assert found.reason.startswith("expected ")
    return found


def test_a_canonical_row_passes_as_it_is() -> None:
    row = {
        "id": "a-1",
        "type": "rag",
        "messages": [USER, ANSWER],
        "documents": [{"doc_id": "d", "title": "T", "text": "t"}],
        "language": "de",
        "metadata": {"k": 1},
        "source": "mine",
    }
    found = adapted(row)
    assert found.payload == {"messages": row["messages"], "documents": row["documents"]}
    assert (found.format, found.id, found.type, found.language, found.metadata, found.source) == (
        "messages",
        "a-1",
        SampleType.RAG,
        "de",
        {"k": 1},
        "mine",
    )
    assert found.notes == ()


@pytest.mark.parametrize("key", ["conversations", "conversation", "messages"])
def test_sharegpt_keeps_roles_as_written(key: str) -> None:
    turns = [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello"}]
    found = adapted({key: turns, "system": "Be kind", "tools": json.dumps([TOOL["function"]])})
    assert found.format == "sharegpt"
    assert found.payload == {
        "messages": [
            {"role": "system", "content": "Be kind"},
            {"role": "human", "content": "Hi"},
            {"role": "gpt", "content": "Hello"},
        ],
        "tools": [TOOL],
    }


def test_a_system_text_beside_a_system_turn_goes_to_the_metadata() -> None:
    turns = [{"from": "system", "value": "A"}, {"from": "human", "value": "Hi"}]
    found = adapted({"conversations": turns, "system": "B"})
    assert len(found.payload["messages"]) == 2  # type: ignore[arg-type]
    assert found.metadata == {"system": "B"}


def test_sharegpt_call_turns_become_tool_calls() -> None:
    call = '{"name": "f", "arguments": {"b": 1, "a": "é"}}'
    turns = [
        {"from": "human", "value": "Hi"},
        {"from": "function_call", "value": call},
        {"from": "observation", "value": "3"},
        {"from": "function_call", "value": "not a call"},
    ]
    found = adapted({"conversations": turns})
    assert found.payload["messages"][1:] == [  # type: ignore[index]
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {"type": "function", "function": {"name": "f", "arguments": '{"b":1,"a":"é"}'}}
            ],
        },
        {"role": "observation", "content": "3"},
        {"role": "function_call", "content": "not a call"},
    ]
    assert found.type == SampleType.TOOL_CALLING


@pytest.mark.parametrize(
    ("row", "user"),
    [
        ({"instruction": "Do", "input": "", "output": "Done"}, "Do"),
        ({"instruction": "Do", "input": "this", "output": "Done"}, "Do\n\nthis"),
        ({"instruction": "Do", "context": "this", "response": "Done"}, "Do\n\nthis"),
        ({"instruction": "Do", "input": None, "output": "Done", "messages": None}, "Do"),
    ],
)
def test_alpaca(row: dict[str, object], user: str) -> None:
    found = adapted(row)
    assert found.format == "alpaca"
    assert found.payload == {
        "messages": [{"role": "user", "content": user}, {"role": "assistant", "content": "Done"}]
    }


def test_alpaca_with_system_and_history() -> None:
    row = {
        "system": "S",
        "history": [["q1", "a1"], ["q2", "a2"]],
        "instruction": "q3",
        "output": "a3",
    }
    found = adapted(row)
    messages = found.payload["messages"]
    assert [(m["role"], m["content"]) for m in messages] == [  # type: ignore[union-attr, index, call-overload]
        ("system", "S"),
        ("user", "q1"),
        ("assistant", "a1"),
        ("user", "q2"),
        ("assistant", "a2"),
        ("user", "q3"),
        ("assistant", "a3"),
    ]
    assert found.metadata == {}
    assert found.type == SampleType.MULTI_TURN


def test_an_alpaca_history_of_another_shape_is_not_lost() -> None:
    found = adapted({"history": ["q1"], "instruction": "q", "input": 3, "output": "a"})
    assert found.metadata == {"history": ["q1"], "input": 3}


@pytest.mark.parametrize("prompt", ["prompt", "question", "query"])
@pytest.mark.parametrize("answer", ["completion", "response", "answer", "output"])
def test_prompt_and_completion(prompt: str, answer: str) -> None:
    found = adapted({prompt: "Hi", answer: "Hello", "system_prompt": "S"})
    assert found.format == "prompt_completion"
    assert found.payload["messages"] == [{"role": "system", "content": "S"}, USER, ANSWER]


def test_prompt_and_completion_as_message_lists() -> None:
    found = adapted({"prompt": [USER], "completion": [ANSWER], "margin": 1})
    assert found.payload == {"messages": [USER, ANSWER]}
    assert found.metadata == {"margin": 1}


def test_openai_tools_and_legacy_functions() -> None:
    assistant = {
        "role": "assistant",
        "function_call": {"name": "f", "arguments": '{"a": 1}'},
        "refusal": None,
    }
    result = {"role": "function", "name": "f", "content": "1"}
    functions = [TOOL["function"]]
    found = adapted({"messages": [USER, assistant, result], "functions": functions})
    assert found.format == "openai_tools"
    assert found.payload == {
        "messages": [
            USER,
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [
                    {"type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}
                ],
            },
            {"role": "function", "content": "1", "name": "f"},
        ],
        "tools": [TOOL],
    }
    assert found.metadata == {"message_extra": {"1": {"refusal": None}}}


def test_former_functions_beside_tools_are_not_lost() -> None:
    found = adapted({"messages": [USER, ANSWER], "tools": [TOOL], "functions": [{"name": "g"}]})
    assert found.payload["tools"] == [TOOL]
    assert found.metadata == {"functions": [{"name": "g"}]}


@pytest.mark.parametrize(
    ("tools", "expected"),
    [
        ({"name": "f"}, [{"type": "function", "function": {"name": "f"}}]),
        ([{"function": {"name": "f"}}], [{"function": {"name": "f"}, "type": "function"}]),
        (
            [{"type": "function", "name": "f", "strict": True}],
            [{"type": "function", "function": {"name": "f", "strict": True}}],
        ),
        ([{"description": "no name"}, 3], [{"description": "no name"}, 3]),
        ("[{]", "[{]"),
    ],
)
def test_tools_in_their_many_shapes(tools: object, expected: object) -> None:
    assert adapted({"messages": [USER, ANSWER], "tools": tools}).payload["tools"] == expected


def test_calls_are_wrapped_and_arguments_written_as_text_in_their_order() -> None:
    calls = [
        {"id": "c1", "name": "f", "arguments": {"z": 1.0, "a": [None, "ü"], "n": 2**65}},
        {"id": None, "index": 0, "function": {"name": "g", "arguments": '{"as": "written" }'}},
    ]
    turn = {"role": "assistant", "tool_calls": calls}
    found = adapted({"messages": [USER, turn], "tools": [TOOL]})
    assert found.format == "openai_tools"
    assert found.payload["messages"][1] == {  # type: ignore[index]
        "role": "assistant",
        "content": None,
        "tool_calls": [
            {
                "id": "c1",
                "type": "function",
                "function": {
                    "name": "f",
                    "arguments": '{"z":1.0,"a":[null,"ü"],"n":36893488147419103232}',
                },
            },
            {
                "type": "function",
                "function": {"name": "g", "arguments": '{"as": "written" }'},
                "index": 0,
            },
        ],
    }


@pytest.mark.parametrize(
    "message",
    [
        {"role": "user", "content": 5},
        {"role": "user", "content": [{"type": "text", "text": "x"}]},
        {"content": "no role"},
        {"role": ["user"], "content": "x"},
        {"role": "assistant", "content": None, "tool_calls": 7},
        {"role": "assistant", "content": None, "tool_calls": [7, {"function": 7}]},
        "a string",
        None,
        [1],
    ],
)
def test_wrong_types_inside_messages_stay_for_the_schema_rules(message: object) -> None:
    found = adapted({"messages": [message], "tools": "not json", "documents": {"a": 1}})
    assert found.payload == {
        "messages": [message],
        "tools": "not json",
        "documents": {"a": 1},
    }


@pytest.mark.parametrize("nothing", [None, [], "", "[]"])
def test_no_tools_and_no_documents_are_the_same_as_none_declared(nothing: object) -> None:
    found = adapted({"messages": [USER, ANSWER], "tools": nothing, "documents": nothing})
    assert found.payload == {"messages": [USER, ANSWER]}
    assert found.metadata == {}


def test_documents_in_their_many_shapes() -> None:
    documents = [
        "plain",
        {"id": 7, "contents": "b", "score": 0.5},
        {"doc_id": "c", "title": None, "passage": "d"},
        {"id": "e", "title": "E", "text": "f", "content": "other"},
        9,
    ]
    found = adapted({"messages": [USER, ANSWER], "documents": json.dumps(documents)})
    assert found.payload["documents"] == [
        {"doc_id": "1", "text": "plain"},
        {"doc_id": "7", "text": "b"},
        {"doc_id": "c", "text": "d"},
        {"doc_id": "e", "title": "E", "text": "f"},
        9,
    ]
    assert found.metadata == {"document_extra": {"1": {"score": 0.5}, "3": {"content": "other"}}}
    assert found.type == SampleType.RAG


def test_unknown_keys_move_to_the_metadata_and_overwrite_nothing() -> None:
    row = {
        "messages": [{**USER, "weight": 0}, ANSWER],
        "metadata": {"labels": 1, "row.labels": 2, "message_extra": 3},
        "labels": 4,
        "assay": {"outcome": "accepted"},
    }
    found = adapted(row)
    assert found.payload == {"messages": [USER, ANSWER]}
    assert found.metadata == {
        "labels": 1,
        "row.labels": 2,
        "message_extra": 3,
        "row.labels.2": 4,
        "assay": {"outcome": "accepted"},
        "row.message_extra": {"0": {"weight": 0}},
    }


def test_fields_of_a_wrong_kind_move_to_the_metadata_with_a_note() -> None:
    row = {"messages": [USER, ANSWER], "id": [1], "type": "chat", "language": 5, "source": {}}
    found = adapted({**row, "metadata": "text"})
    assert (found.id, found.type, found.language, found.source) == (
        None,
        SampleType.SINGLE_TURN,
        None,
        None,
    )
    assert found.metadata == {
        "metadata": "text",
        "id": [1],
        "type": "chat",
        "language": 5,
        "source": {},
    }
    assert len(found.notes) == 5
    assert any("found 'chat'; inferred instead; kept in metadata" in note for note in found.notes)


@pytest.mark.parametrize(("given", "expected"), [(7, "7"), (2**70, str(2**70)), ("", None)])
def test_numbers_are_ids_too(given: object, expected: str | None) -> None:
    assert adapted({"messages": [USER, ANSWER], "id": given}).id == expected


def test_metadata_as_json_text_is_read() -> None:
    assert adapted({"messages": [USER], "metadata": '{"a": null}'}).metadata == {"a": None}


@pytest.mark.parametrize(
    ("data", "rule", "found"),
    [
        (b'{"messages": [}', "input.invalid_json", "column 15"),
        (b"\xff\xfe", "input.not_utf8", "iconv"),
        (b"[" * 999 + b"]" * 999, "input.too_deep", "flatten"),
        (
            b'[{"messages": []}]',
            "input.not_an_object",
            "found an array; write one object a line (`",
        ),
        (b'"text"', "input.not_an_object", "found a string"),
        (b"null", "input.not_an_object", "found null"),
        (b"1.5", "input.not_an_object", "found a number"),
        (b"{}", "input.no_conversation", "found no keys"),
        (b'{"text": "x", "url": "y"}', "input.no_conversation", "found 'text', 'url'; rename"),
        (b'{"messages": "Hi"}', "input.no_conversation", "'messages' that holds no list of turns"),
        (b'{"messages": {"role": 1}}', "input.no_conversation", "make it a list"),
        (b'{"prompt": "x"}', "input.no_conversation", "'prompt' without an answer"),
        (b'{"instruction": "x", "output": null}', "input.no_conversation", "'instruction' without"),
        (b'{"prompt":"a","chosen":"b","rejected":"c"}', "input.no_conversation", "preference pair"),
        (b" " * (16 << 20) + b"{}", "input.too_large", "found 16,777,218; split the row"),
    ],
)
def test_bad_lines_say_what_was_expected_and_found(data: bytes, rule: str, found: str) -> None:
    line = bad(data)
    assert line.rule == rule
    assert found in line.reason


def test_lines_that_never_came_whole_are_bad_lines() -> None:
    large = adapt_line(RawLine(3, None, Oversize("00", 2**30, b"{")))
    assert isinstance(large, BadLine)
    assert large.rule == "input.too_large" and "found 1,073,741,824" in large.reason
    broken = adapt_line(RawLine(3, None, damage="truncated gzip data"))
    assert isinstance(broken, BadLine)
    assert broken.rule == "input.corrupt_stream" and "found truncated gzip data" in broken.reason
    assert isinstance(adapt_line(RawLine(1, b'{"prompt":"a","answer":"b"}')), Adapted)


KEYS = st.sampled_from(
    ["messages", "conversations", "conversation", "role", "from", "content", "value", "tool_calls",
     "function_call", "function", "functions", "name", "arguments", "tools", "documents", "id",
     "doc_id", "text", "title", "type", "metadata", "instruction", "input", "output", "history",
     "prompt", "completion", "system", "language", "source", "message_extra", "x"]
)  # fmt: skip
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["user", "human", "gpt", "function_call", '[{"name": "f"}]', "{", "é"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=12,
)  # fmt: skip


@given(st.binary(max_size=200))
def test_any_bytes_are_adapted_or_refused(data: bytes) -> None:
    assert isinstance(adapt(data), Adapted | BadLine)


@given(st.dictionaries(KEYS, JUNK, max_size=8))
def test_any_object_is_adapted_or_refused_and_left_alone(row: dict[str, object]) -> None:
    before = json.dumps(row)
    found = adapt_row(row)  # type: ignore[arg-type]
    assert json.dumps(row) == before
    if isinstance(found, Adapted):
        assert found.payload.keys() <= {"messages", "tools", "documents"}
        assert len(sample_id(found.payload)) == 64
        json.dumps(found.metadata)


@given(st.dictionaries(KEYS, JUNK, max_size=8))
def test_an_adapted_row_adapts_to_itself(row: dict[str, object]) -> None:
    found = adapt_row(row)  # type: ignore[arg-type]
    if isinstance(found, Adapted):
        again = adapt_row({**found.payload, "type": found.type.value, "metadata": found.metadata})
        assert isinstance(again, Adapted)
        assert again.payload == found.payload
        assert again.metadata == found.metadata


def mixed_rows() -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for i in range(200):
        question, answer = f"Question {i}?", f"Answer {i}."
        rows += [
            {"id": i, "messages": [{**USER, "content": question}, {**ANSWER, "content": answer}]},
            {"conversations": [{"from": "human", "value": question},
                               {"from": "gpt", "value": answer}]},
            {"instruction": question, "input": "", "output": answer},
            {"prompt": question, "completion": answer, "row": i},
            {"messages": [{**USER, "content": question}, {**ANSWER, "content": answer}],
             "tools": [TOOL]},
        ]  # fmt: skip
    return rows


def test_a_thousand_rows_of_mixed_formats(tmp_path: Path) -> None:
    path = tmp_path / "mixed.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in mixed_rows()))
    found = [adapt_line(line) for line in read_lines(expand_inputs([str(path)]).sources[0])]
    rows = [row for row in found if isinstance(row, Adapted)]
    assert len(rows) == len(found) == 1000
    formats = [row.format for row in rows[:5]]
    assert formats == ["messages", "sharegpt", "alpaca", "prompt_completion", "openai_tools"]
    # The three formats that name no roles of their own say the same, so they have one address.
    assert len({sample_id(row.payload) for row in rows}) == 600


@pytest.mark.shared_data
def test_real_rows_of_every_kind_are_adapted_and_typed(shared_data: Path) -> None:
    source = expand_inputs([str(shared_data / "dev" / "sample.permissive.jsonl.gz")]).sources[0]
    kinds = set()
    num_sound = 0
    for line in read_lines(source):
        found = adapt_line(line)
        if isinstance(found, BadLine):  # pairs of samples for deduplication
            assert found.rule == "input.no_conversation"
            continue
        assert to_sample(found.payload, type=found.type).messages
        kinds.add(found.type)
        num_sound += 1
    assert num_sound > 100
    assert kinds == set(SampleType)
