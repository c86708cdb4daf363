import pytest

from assay.datasets.canonical import to_sample
from assay.domain.action import Drop, Fix
from assay.domain.sample import JsonObject, JsonValue
from assay.verifiers.view import View
from assay_filter.rules.edits import apply_edits, undo_edits
from assay_filter.rules.tools_schema_valid import ToolsSchemaValid, ToolsSchemaValidSettings

RULE = ToolsSchemaValid(ToolsSchemaValidSettings())


def payload(*parameters: JsonValue) -> JsonObject:
    return {
        "messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}],
        "tools": [
            {"type": "function", "function": {"name": f"f{i}", "parameters": p}}
            for i, p in enumerate(parameters)
        ],
    }


def view(row: JsonObject) -> View:
    return View(to_sample(row))


@pytest.mark.parametrize(
    "parameters",
    [
        {"type": "object", "properties": []},
        {"type": "object", "properties": {"a": {"type": "banana"}}},
        {"type": "object", "properties": {"a": {"$ref": "http://example.com/a.json"}}},
    ],
)
def test_an_unusable_schema_is_dropped(parameters: JsonObject) -> None:
    (action,) = RULE.check(view(payload({"type": "object"}, parameters)))
    assert isinstance(action, Drop)
    assert "'f1'" in action.reason


@pytest.mark.parametrize(
    "parameters",
    [
        None,
        {},
        {"type": "object", "properties": {}},
        {"type": "dict", "properties": {"a": {"type": "float", "default": None}}},
        {"city": {"type": "str, optional", "description": "where"}},
    ],
)
def test_usable_schemas_pass(parameters: JsonValue) -> None:
    assert list(RULE.check(view(payload(parameters)))) == []


def test_null_padding_is_taken_out_and_can_be_put_back() -> None:
    padded: JsonObject = {
        "type": "object",
        "properties": {"city": {"type": "string", "enum": None}, "day": None},
        "required": ["city"],
    }
    row = payload({"type": "object"}, padded)
    (action,) = RULE.check(view(row))
    assert isinstance(action, Fix)
    mended = apply_edits(row, action.edits)
    assert view(mended).sample.tools[1].parameters == {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
    }
    assert list(RULE.check(view(mended))) == []
    assert undo_edits(mended, action.edits) == row
