import pytest

from assay.domain.sample import Message, Sample
from assay.verifiers.tool_leaks import Leak, LeakedCall, find_leaks
from assay.verifiers.view import View

CALL = '{"name": "get_weather", "arguments": {"city": "Rome"}}'
READ = (LeakedCall("get_weather", '{"city":"Rome"}'),)


def leaks(text: str) -> tuple[Leak, ...]:
    return find_leaks(View(Sample((Message("user", "q"), Message("assistant", text)))), 1)


@pytest.mark.parametrize(
    "text",
    [
        f"<tool_call>\n{CALL}\n</tool_call>",
        f"<tool_call>{CALL}",
        f"[TOOL_CALLS] [{CALL}]",
        f"<|python_tag|>{CALL}<|eom_id|>",
        f"<|tool_call|>[{CALL}]",
        f"```tool_call\n{CALL}\n```",
        '<function=get_weather>{"city": "Rome"}</function>',
        '<functioncall> {"name": "get_weather", "arguments": \'{"city": "Rome"}\'}',
        '<tool_call>{"name": "get_weather", "parameters": {"city": "Rome"}}</tool_call>',
        '<tool_call>{"function": {"name": "get_weather", "arguments": "{\\"city\\": \\"Rome\\"}"}}'
        "</tool_call>",
    ],
)
def test_wire_formats_are_read(text: str) -> None:
    (leak,) = leaks(text)
    assert leak.calls == READ
    assert (leak.start, leak.end) == (0, len(text))


def test_text_around_and_between_calls_is_left() -> None:
    text = f"Let me look.\n<tool_call>{CALL}</tool_call>\n<tool_call>{CALL}</tool_call> Done."
    first, second = leaks(text)
    assert first.calls == second.calls == READ
    assert text[: first.start] + text[second.end :] == "Let me look.\n Done."


@pytest.mark.parametrize(
    "text",
    [
        '<tool_call>\n{"name": "get_weather", "arguments": {"city": ',
        "<tool_call><function=get_weather><parameter=city>Rome</parameter></function></tool_call>",
        "<function=get_weather><parameter=city>Rome</parameter></function>",
        '<function_calls><invoke name="now"><parameter name="city">Rome</parameter></invoke>',
        "<\uff5ctool\u2581calls\u2581begin\uff5c>function get_weather",
        '<|python_tag|>brave_search.call(query="rain")',
        '<tool_call>{"city": "Rome"}</tool_call>',
        '<tool_call>["get_weather"]</tool_call>',
        "<tool_call>" + "[" * 3_000,
    ],
)
def test_payloads_that_cannot_be_read_are_still_leaks(text: str) -> None:
    (leak,) = leaks(text)
    assert leak.calls == ()
    assert leak.start == 0


@pytest.mark.parametrize(
    "text",
    [
        "The <tool_call> tag opens a call and </tool_call> closes it.",
        f"Write it as `<tool_call>{CALL}</tool_call>` in the template.",
        f"```xml\n<tool_call>{CALL}</tool_call>\n```",
        "A control token: [TOOL_CALLS].",
        "Use std::function<int(int)> or <function> here.",
        "```json\n" + CALL + "\n```",
        "a < b and b > c",
    ],
)
def test_talk_about_the_formats_is_no_leak(text: str) -> None:
    assert leaks(text) == ()


@pytest.mark.parametrize(
    "unit", ["<tool_call>{", "<tool_call>[[", "<function=a>{}</function>", "[TOOL_CALLS] ["]
)
def test_hostile_repetition_is_bounded(unit: str) -> None:
    assert len(leaks(unit * 5_000)) <= 64
