import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.domain.action import Drop
from assay.domain.sample import JsonObject, JsonValue
from assay_filter.rules.schema_messages import SchemaMessages, SchemaMessagesSettings


def reasons(payload: JsonObject, **settings: int) -> list[str]:
    actions = list(SchemaMessages(SchemaMessagesSettings.model_validate(settings)).check(payload))
    assert all(isinstance(action, Drop) for action in actions)
    return [action.reason for action in actions if isinstance(action, Drop)]


USER: JsonObject = {"role": "user", "content": "Hi é"}
CALL: JsonObject = {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
TOOL: JsonObject = {"type": "function", "function": {"name": "f", "parameters": {}}}


def test_a_sound_payload_has_no_violation() -> None:
    payload: JsonObject = {
        "messages": [
            {"role": "system", "content": "Be kind."},
            USER,
            {"role": "assistant", "content": None, "tool_calls": [CALL]},
            {"role": "tool", "content": "", "tool_call_id": "1", "name": "f"},
            {"role": "assistant", "content": "Done.", "tool_calls": []},
        ],
        "tools": [TOOL],
        "documents": [{"doc_id": "1", "title": None, "text": "t"}, {"id": "2", "text": "u"}],
    }
    assert reasons(payload) == []


@pytest.mark.parametrize(
    ("messages", "pointer"),
    [
        (None, "/messages:"),
        ([], "/messages:"),
        ("hello", "/messages:"),
        (["hello"], "/messages/0:"),
        ([USER, None], "/messages/1:"),
        ([{"content": "x"}], "/messages/0/role:"),
        ([{"role": "narrator", "content": "x"}], "/messages/0/role:"),
        ([{"role": ["user"], "content": "x"}], "/messages/0/role:"),
        ([{"role": "user"}], "/messages/0/content:"),
        ([{"role": "user", "content": 5}], "/messages/0/content:"),
        ([{"role": "assistant", "content": None}], "/messages/0/content:"),
        ([{"role": "user", "content": "bad \ud800"}], "/messages/0/content:"),
        ([{**USER, "tool_calls": [CALL]}], "/messages/0/tool_calls:"),
        ([{**USER, "name": 5}], "/messages/0/name:"),
        ([{**USER, "tool_call_id": []}], "/messages/0/tool_call_id:"),
    ],
)
def test_violations_in_messages_are_named_by_pointer(messages: JsonValue, pointer: str) -> None:
    (reason,) = reasons({"messages": messages})
    assert reason.startswith(pointer)


@pytest.mark.parametrize(
    ("call", "pointer"),
    [
        ("f()", ""),
        ({**CALL, "id": 7}, "/id"),
        ({**CALL, "type": "code"}, "/type"),
        ({"id": "1"}, "/function"),
        ({"function": {"arguments": "{}"}}, "/function/name"),
        ({"function": {"name": " ", "arguments": "{}"}}, "/function/name"),
        ({"function": {"name": "f", "arguments": {}}}, "/function/arguments"),
        ({"function": {"name": "f"}}, "/function/arguments"),
    ],
)
def test_violations_in_calls_are_named_by_pointer(call: JsonValue, pointer: str) -> None:
    message = {"role": "assistant", "content": None, "tool_calls": [call]}
    (reason,) = reasons({"messages": [message]})
    assert reason.startswith(f"/messages/0/tool_calls/0{pointer}:")


@pytest.mark.parametrize(
    ("key", "value", "pointer"),
    [
        ("tools", "none", "/tools:"),
        ("tools", [{"name": "f"}], "/tools/0/function:"),
        ("tools", [{"function": {"name": 5}}], "/tools/0/function/name:"),
        (
            "tools",
            [{"function": {"name": "f", "parameters": "x"}}],
            "/tools/0/function/parameters:",
        ),
        ("documents", {}, "/documents:"),
        ("documents", ["x"], "/documents/0:"),
        ("documents", [{"doc_id": 5, "text": "x"}], "/documents/0/doc_id:"),
        ("documents", [{"doc_id": "5"}], "/documents/0/text:"),
    ],
)
def test_violations_in_tools_and_documents_are_named(
    key: str, value: JsonValue, pointer: str
) -> None:
    (reason,) = reasons({"messages": [USER], key: value})
    assert reason.startswith(pointer)


def test_sizes_are_bounded() -> None:
    assert reasons({"messages": [USER, USER]}, max_messages=1)[0].startswith("/messages:")
    assert reasons({"messages": [USER]}, max_characters=2)[0].startswith("/messages/0/content:")
    assert reasons({"messages": [USER], "tools": [TOOL]}, max_tools=0)[0].startswith("/tools:")


def test_reports_are_bounded() -> None:
    assert len(reasons({"messages": [None] * 500})) == 10


json = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["role", "content", "tool_calls", "function", "name", "text", "id"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(json, json, json)
def test_any_json_is_borne(messages: JsonValue, tools: JsonValue, documents: JsonValue) -> None:
    reasons({"messages": messages, "tools": tools, "documents": documents})
