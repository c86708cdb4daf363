import pytest

from assay.domain.action import Drop
from assay.domain.sample import JsonObject, Message, Sample, Tool, ToolCall
from assay.verifiers.view import View
from assay_filter.rules.tools_required_hallucinated import (
    ToolsRequiredHallucinated,
    ToolsRequiredHallucinatedSettings,
)

SCHEMA: JsonObject = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "day": {"type": "string"}},
    "required": ["city"],
}
STRICT = ToolsRequiredHallucinated(ToolsRequiredHallucinatedSettings())
LENIENT = ToolsRequiredHallucinated(ToolsRequiredHallucinatedSettings(allow_undeclared=True))


def view(arguments: str, schema: JsonObject = SCHEMA) -> View:
    turn = Message("assistant", None, (ToolCall("c", "f", arguments),))
    return View(Sample((Message("user", "q"), turn), (Tool("f", "", schema),)))


@pytest.mark.parametrize("arguments", ["{}", '{"day": "today"}', '{"city": "Rome", "api_key": 1}'])
def test_missing_and_invented_arguments_are_dropped(arguments: str) -> None:
    (action,) = STRICT.check(view(arguments))
    assert isinstance(action, Drop)
    assert action.defect == "invalid_tool_call"


@pytest.mark.parametrize("arguments", ['{"city": "Rome"}', '{"city": 5}', "{broken"])
def test_complete_calls_and_other_defects_are_left(arguments: str) -> None:
    assert list(STRICT.check(view(arguments))) == []


def test_undeclared_arguments_may_be_allowed_missing_ones_not() -> None:
    assert list(LENIENT.check(view('{"city": "Rome", "api_key": 1}'))) == []
    assert len(list(LENIENT.check(view('{"api_key": 1}')))) == 1


def test_an_open_schema_takes_any_argument() -> None:
    assert (
        list(STRICT.check(view('{"city": "a", "x": 1}', {**SCHEMA, "additionalProperties": True})))
        == []
    )
