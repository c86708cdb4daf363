import pytest

from assay.datasets.canonical import to_sample
from assay.domain.action import Drop, Fix
from assay.domain.sample import JsonObject
from assay.verifiers.view import View
from assay_filter.rules.edits import apply_edits, undo_edits
from assay_filter.rules.tools_args_schema import ToolsArgsSchema, ToolsArgsSchemaSettings

STRICT = ToolsArgsSchema(ToolsArgsSchemaSettings())
MENDING = ToolsArgsSchema(ToolsArgsSchemaSettings(repair=True))
PARAMETERS: JsonObject = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "unit": {"enum": ["C", "F"]}, "n": {"type": "int"}},
}


def payload(arguments: str) -> JsonObject:
    call: JsonObject = {
        "id": "c",
        "type": "function",
        "function": {"name": "f", "arguments": arguments},
    }
    return {
        "messages": [
            {"role": "user", "content": "q"},
            {"role": "assistant", "content": None, "tool_calls": [call]},
        ],
        "tools": [{"type": "function", "function": {"name": "f", "parameters": PARAMETERS}}],
    }


def view(row: JsonObject) -> View:
    return View(to_sample(row))


@pytest.mark.parametrize(
    "arguments",
    ['{"city": 5}', '{"unit": "K"}', '{"n": "3"}', "{'city': 'Rome'}", '{"city": "Ro', "[]"],
)
def test_arguments_that_do_not_fit_are_dropped(arguments: str) -> None:
    (action,) = STRICT.check(view(payload(arguments)))
    assert isinstance(action, Drop)
    assert action.defect == "invalid_tool_call"


@pytest.mark.parametrize(
    "arguments", ['{"city": "Rome", "unit": "C", "n": 3.0}', "", '{"town": 1}']
)
def test_arguments_that_fit_or_are_told_elsewhere_are_left(arguments: str) -> None:
    assert list(STRICT.check(view(payload(arguments)))) == []


@pytest.mark.parametrize("arguments", ["{'city': 'Rome'}", '"{\\"city\\": \\"Rome\\"}"'])
def test_repair_rewrites_what_then_fits_and_can_be_undone(arguments: str) -> None:
    row = payload(arguments)
    (action,) = MENDING.check(view(row))
    assert isinstance(action, Fix)
    mended = apply_edits(row, action.edits)
    assert list(STRICT.check(view(mended))) == []
    assert view(mended).messages[1].tool_calls[0].arguments == '{"city":"Rome"}'
    assert undo_edits(mended, action.edits) == row


@pytest.mark.parametrize("arguments", ["{'city': 5}", '{"city": "Ro', "{'town': 'Rome'}", "[]"])
def test_repair_drops_what_it_cannot_make_fit(arguments: str) -> None:
    (action,) = MENDING.check(view(payload(arguments)))
    assert isinstance(action, Drop)
