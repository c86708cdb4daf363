import pytest

from assay.datasets.canonical import to_sample
from assay.domain.action import Drop, Fix
from assay.domain.sample import JsonObject, JsonValue
from assay.verifiers.tool_calls import check_tool_calls
from assay.verifiers.view import View
from assay_filter.rules.edits import apply_edits, undo_edits
from assay_filter.rules.tools_text_leak import ToolsTextLeak, ToolsTextLeakSettings

RULE = ToolsTextLeak(ToolsTextLeakSettings())
CALL = '{"name": "get_weather", "arguments": {"city": "Rome"}}'
TOOL: JsonObject = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
}


def payload(answer: str, *after: JsonObject, declared: bool = True) -> JsonObject:
    messages: list[JsonValue] = [
        {"role": "user", "content": "q"},
        {"role": "assistant", "content": answer},
        *after,
    ]
    return {"messages": messages, **({"tools": [TOOL]} if declared else {})}


def view(row: JsonObject) -> View:
    return View(to_sample(row))


@pytest.mark.parametrize(
    ("answer", "content"),
    [
        (f"<tool_call>\n{CALL}\n</tool_call>", None),
        (f"Let me look.\n<tool_call>{CALL}</tool_call>", "Let me look."),
        (f"[TOOL_CALLS] [{CALL}]", None),
        (f"```tool_call\n{CALL}\n```", None),
    ],
)
def test_a_readable_call_becomes_structured_and_can_be_undone(
    answer: str, content: str | None
) -> None:
    row = payload(answer)
    (action,) = RULE.check(view(row))
    assert isinstance(action, Fix)
    mended = apply_edits(row, action.edits)
    message = view(mended).messages[1]
    assert message.content == content
    assert [(call.name, call.arguments) for call in message.tool_calls] == [
        ("get_weather", '{"city":"Rome"}')
    ]
    assert check_tool_calls(view(mended)).findings == ()
    assert list(RULE.check(view(mended))) == []
    assert undo_edits(mended, action.edits) == row


def test_the_call_takes_the_id_of_the_result_that_follows() -> None:
    row = payload(
        f"<tool_call>{CALL}</tool_call>",
        {"role": "tool", "tool_call_id": "call_7", "content": "sunny"},
        {"role": "assistant", "content": "It is sunny."},
    )
    (action,) = RULE.check(view(row))
    assert isinstance(action, Fix)
    mended = view(apply_edits(row, action.edits))
    assert mended.messages[1].tool_calls[0].id == "call_7"
    assert check_tool_calls(mended).findings == ()


@pytest.mark.parametrize(
    ("answer", "declared"),
    [
        (f"<tool_call>{CALL}</tool_call>", False),
        ('<tool_call>{"name": "delete_all", "arguments": {}}</tool_call>', True),
        ('<tool_call>{"name": "get_weather", "argum', True),
        (f"<tool_call>{CALL}</tool_call><tool_call>{{</tool_call>", True),
    ],
)
def test_other_raw_calls_are_dropped(answer: str, declared: bool) -> None:
    (action,) = RULE.check(view(payload(answer, declared=declared)))
    assert isinstance(action, Drop)
    assert action.place is not None
    assert answer[action.place.start :].startswith(action.place.quote)


def test_fixing_can_be_switched_off() -> None:
    rule = ToolsTextLeak(ToolsTextLeakSettings(fix=False))
    (action,) = rule.check(view(payload(f"<tool_call>{CALL}</tool_call>")))
    assert isinstance(action, Drop)


@pytest.mark.parametrize(
    "answer",
    [
        "The <tool_call> tag opens a call.",
        f"Write `<tool_call>{CALL}</tool_call>` there.",
        f"```json\n{CALL}\n```",
        "1 < 2 and [TOOL] is a word",
    ],
)
def test_talk_about_calls_passes(answer: str) -> None:
    assert list(RULE.check(view(payload(answer)))) == []


def test_users_may_paste_raw_calls() -> None:
    row: JsonObject = {
        "messages": [
            {"role": "user", "content": f"What is <tool_call>{CALL}</tool_call>?"},
            {"role": "assistant", "content": "A raw call."},
        ]
    }
    assert list(RULE.check(view(row))) == []
