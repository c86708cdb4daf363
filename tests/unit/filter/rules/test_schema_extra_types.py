import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.domain.action import Drop, Fix
from assay.domain.sample import JsonObject, JsonValue
from assay_filter.rules.edits import apply_edits, undo_edits
from assay_filter.rules.schema_extra_types import SchemaExtraTypes, SchemaExtraTypesSettings

RULE = SchemaExtraTypes(SchemaExtraTypesSettings())


def payload_of(content: JsonValue, role: str = "assistant") -> JsonObject:
    return {"messages": [{"role": role, "content": content}]}


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}], "a\nb"),
        ([{"type": "output_text", "text": "a"}], "a"),
        (["a", {"text": "b"}], "a\nb"),
        ({"type": "text", "text": "a"}, "a"),
        ([], ""),
    ],
)
def test_text_parts_become_text_reversibly(content: JsonValue, text: str) -> None:
    payload = payload_of(content)
    (fix,) = RULE.check(payload)
    assert isinstance(fix, Fix)
    fixed = apply_edits(payload, fix.edits)
    assert fixed == payload_of(text)
    assert undo_edits(fixed, fix.edits) == payload


def test_argument_objects_become_json_text() -> None:
    function: JsonObject = {"name": "f", "arguments": {"a": "é"}}
    call: JsonObject = {"id": "1", "type": "function", "function": function}
    payload: JsonObject = {
        "messages": [{"role": "assistant", "content": None, "tool_calls": [call]}]
    }
    (fix,) = RULE.check(payload)
    assert isinstance(fix, Fix)
    assert fix.edits[0].after == '{"a":"é"}'
    assert undo_edits(apply_edits(payload, fix.edits), fix.edits) == payload


@pytest.mark.parametrize(
    "content",
    [[{"type": "image_url", "image_url": {}}], [3], [{"type": "text", "text": None}], {"a": 1}],
)
def test_parts_that_are_no_text_drop(content: JsonValue) -> None:
    (drop,) = RULE.check(payload_of(content))
    assert isinstance(drop, Drop)
    assert "/messages/0/content" in drop.reason


@pytest.mark.parametrize("content", ["None", "null", "NaN", "undefined", "[object Object]"])
def test_serialised_nothing_drops_as_an_answer_only(content: str) -> None:
    assert isinstance(next(iter(RULE.check(payload_of(content)))), Drop)
    assert list(RULE.check(payload_of(content, "user"))) == []


@pytest.mark.parametrize(
    "content", ["None.", "none of them", "Null Island", "The value is null", None, 5]
)
def test_words_for_nothing_stay_in_answers(content: JsonValue) -> None:
    assert list(RULE.check(payload_of(content))) == []


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["role", "content", "tool_calls", "function", "arguments", "text", "type"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(json)
def test_any_json_is_borne_and_fixes_apply(messages: JsonValue) -> None:
    payload: JsonObject = {"messages": messages}
    for action in RULE.check(payload):
        if isinstance(action, Fix):
            assert undo_edits(apply_edits(payload, action.edits), action.edits) == payload
