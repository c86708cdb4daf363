import pytest

from assay.domain.action import Drop
from assay.domain.sample import Message, Sample, Tool, ToolCall
from assay.verifiers.view import View
from assay_filter.rules.tools_undefined import ToolsUndefined, ToolsUndefinedSettings

RULE = ToolsUndefined(ToolsUndefinedSettings())
WEATHER = Tool("get_weather", "", {"type": "object", "properties": {"city": {"type": "string"}}})


def sample(name: str, tools: tuple[Tool, ...] = (WEATHER,), arguments: str = "{}") -> View:
    turn = Message("assistant", None, (ToolCall("c", name, arguments),))
    return View(Sample((Message("user", "q"), turn), tools))


@pytest.mark.parametrize(
    ("name", "tools"), [("get_weather_v2", (WEATHER,)), ("Get_Weather", (WEATHER,)), ("f", ())]
)
def test_calls_of_undeclared_functions_are_dropped(name: str, tools: tuple[Tool, ...]) -> None:
    (action,) = RULE.check(sample(name, tools))
    assert isinstance(action, Drop)
    assert action.defect == "invalid_tool_call"
    assert action.place is not None
    assert action.place.quote == name


def test_declared_functions_pass_whatever_their_arguments() -> None:
    assert list(RULE.check(sample("get_weather", arguments='{"town": 5}'))) == []
    assert list(RULE.check(sample("get_weather", arguments="{broken"))) == []
