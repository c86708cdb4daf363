import json
from hashlib import sha256

import pytest

from assay.datasets.canonical import canonical_bytes, record_bytes, sample_id, to_sample
from assay.domain.errors import InputError
from assay.domain.sample import (
    Document,
    JsonObject,
    JsonValue,
    Message,
    Sample,
    SampleType,
    Tool,
    ToolCall,
)

USER: JsonObject = {"role": "user", "content": "Hi"}
CALL: JsonObject = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}


def test_canonical_bytes_sort_keys_and_cover_the_content_alone() -> None:
    payload: JsonObject = {"tools": [{"b": 1, "a": "é"}], "messages": [], "metadata": {"x": 1}}
    assert canonical_bytes(payload) == '{"messages":[],"tools":[{"a":"é","b":1}]}'.encode()
    assert sample_id(payload) == sha256(canonical_bytes(payload)).hexdigest()


def test_the_order_of_keys_does_not_change_the_address_but_null_and_numbers_do() -> None:
    first = sample_id({"messages": [{"role": "user", "content": "x"}]})
    assert sample_id({"messages": [{"content": "x", "role": "user"}]}) == first
    assert sample_id({"messages": [{"content": "x", "role": "user", "name": None}]}) != first
    large = [sample_id({"messages": [2**70 + i]}) for i in range(2)]
    assert large[0] != large[1]


def test_a_payload_that_json_cannot_say_is_an_input_error() -> None:
    with pytest.raises(InputError, match="that JSON can say"):
        sample_id({"messages": ["\ud800"]})


def test_export_lines_have_keys_in_a_fixed_order_and_lose_none() -> None:
    record: JsonObject = {
        "x": 1,
        "assay": {},
        "source": "s",
        "messages": [],
        "id": "i",
        "type": "rag",
    }
    line = record_bytes(record)
    assert list(json.loads(line)) == ["id", "type", "messages", "source", "assay", "x"]


def test_to_sample_builds_the_typed_form() -> None:
    payload: JsonObject = {
        "messages": [
            USER,
            {"role": "assistant", "content": None, "tool_calls": [CALL]},
            {"role": "tool", "content": "3", "tool_call_id": "c", "name": "f"},
            {"role": "assistant", "content": "Three", "tool_calls": []},
        ],
        "tools": [
            {
                "type": "function",
                "function": {"name": "f", "description": "d", "parameters": {"type": "object"}},
            },
            {"type": "function", "function": {"name": "g"}},
        ],
        "documents": [{"doc_id": "1", "title": "T", "text": "t"}, {"doc_id": "2", "text": "u"}],
    }
    kind = SampleType.RAG
    assert to_sample(
        payload, id="i", type=kind, language="de", metadata={"k": 1}, source="s"
    ) == Sample(
        messages=(
            Message("user", "Hi"),
            Message("assistant", None, (ToolCall("c", "f", "{}"),)),
            Message("tool", "3", (), "c", "f"),
            Message("assistant", "Three"),
        ),
        tools=(Tool("f", "d", {"type": "object"}), Tool("g", "", None)),
        documents=(Document("1", "T", "t"), Document("2", "", "u")),
        type=kind,
        language="de",
        metadata={"k": 1},
        source="s",
        id="i",
    )


def with_call(**changes: JsonValue) -> JsonObject:
    return {"messages": [USER, {"role": "assistant", "tool_calls": [{**CALL, **changes}]}]}


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        ({}, "/messages: expected an array, found nothing"),
        ({"messages": {}}, "/messages: expected an array, found an object"),
        ({"messages": []}, "/messages: expected at least one message"),
        ({"messages": [USER, 5]}, "/messages/1: expected an object, found a number"),
        ({"messages": [{"content": "x"}]}, "/messages/0/role: expected one of system, user"),
        ({"messages": [{**USER, "role": "human"}]}, "/messages/0/role: .* found 'human'"),
        ({"messages": [{**USER, "role": []}]}, "/messages/0/role: .* found an array"),
        ({"messages": [{**USER, "content": None}]}, "/messages/0/content: .* found nothing"),
        ({"messages": [{**USER, "content": 1.5}]}, "/messages/0/content: .* found a number"),
        (
            {"messages": [{"role": "assistant", "content": None, "tool_calls": []}]},
            "/messages/0/content",
        ),
        ({"messages": [{**USER, "name": 1}]}, "/messages/0/name"),
        ({"messages": [{**USER, "tool_call_id": 1}]}, "/messages/0/tool_call_id"),
        ({"messages": [{**USER, "tool_calls": [CALL]}]}, "/messages/0/tool_calls: .* role user"),
        ({"messages": [{**USER, "tool_calls": "f"}]}, "/messages/0/tool_calls: expected an array"),
        (with_call(id=3), "/messages/1/tool_calls/0/id"),
        (with_call(type="code"), "/messages/1/tool_calls/0/type: .* found 'code'"),
        (with_call(function=None), "/messages/1/tool_calls/0/function: expected an object"),
        (with_call(function={"arguments": ""}), "/messages/1/tool_calls/0/function/name"),
        (with_call(function={"name": "f"}), "/messages/1/tool_calls/0/function/arguments"),
        ({"messages": [USER], "tools": "x"}, "/tools: expected an array"),
        ({"messages": [USER], "tools": [{"type": "x"}]}, "/tools/0/type"),
        ({"messages": [USER], "tools": [{}]}, "/tools/0/function"),
        (
            {"messages": [USER], "tools": [{"function": {"name": "f", "parameters": "x"}}]},
            "/tools/0/function/parameters",
        ),
        ({"messages": [USER], "documents": ["x"]}, "/documents/0: expected an object"),
        ({"messages": [USER], "documents": [{"doc_id": 1, "text": "x"}]}, "/documents/0/doc_id"),
        ({"messages": [USER], "documents": [{"doc_id": "1"}]}, "/documents/0/text"),
    ],
)
def test_an_unsound_structure_is_named_by_its_pointer(payload: JsonObject, reason: str) -> None:
    with pytest.raises(InputError, match=f"^{reason}"):
        to_sample(payload)
