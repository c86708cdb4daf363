from assay.domain.action import Drop
from assay.domain.sample import Message, Sample, Tool, ToolCall
from assay.verifiers.view import View
from assay_filter.rules.tools_call_result_pairing import (
    ToolsCallResultPairing,
    ToolsCallResultPairingSettings,
)

RULE = ToolsCallResultPairing(ToolsCallResultPairingSettings())
USER = Message("user", "q")
CALL = Message("assistant", None, (ToolCall("a", "f", "{}"),))
DONE = Message("assistant", "done")


def check(*messages: Message) -> list[Drop]:
    actions = list(RULE.check(View(Sample(messages, (Tool("f", "", None),)))))
    assert all(isinstance(action, Drop) for action in actions)
    return [action for action in actions if isinstance(action, Drop)]


def test_a_call_without_result_is_dropped() -> None:
    (action,) = check(USER, CALL, DONE)
    assert action.defect == "invalid_tool_call"
    assert action.place is not None
    assert (action.place.message, action.place.field) == (1, "tool_calls/0/name")


def test_a_result_without_call_is_dropped() -> None:
    (action,) = check(USER, DONE, Message("tool", "sunny", tool_call_id="a"), DONE)
    assert action.place is not None
    assert (action.place.message, action.place.quote) == (2, "sunny")


def test_answered_calls_and_a_last_call_pass() -> None:
    assert check(USER, CALL, Message("tool", "ok", tool_call_id="a"), DONE) == []
    assert check(USER, CALL) == []


def test_other_defects_of_a_call_are_left() -> None:
    unknown = Message("assistant", None, (ToolCall("a", "g", "{broken"),))
    assert check(USER, unknown) == []
