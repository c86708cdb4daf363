from assay.domain.action import Drop
from assay.domain.sample import Message, Sample, ToolCall
from assay.verifiers.view import View
from assay_filter.rules.len_asst_tokens import LenAsstTokens, LenAsstTokensSettings

CALL = ToolCall("1", "search", "{}")


def drops(text: str | None, *, calls: tuple[ToolCall, ...] = (), high: int = 50) -> list[Drop]:
    rule = LenAsstTokens(LenAsstTokensSettings(max_tokens=high))
    view = View(Sample((Message("user", "x" * 900), Message("assistant", text, calls))))
    return [action for action in rule.check(view) if isinstance(action, Drop)]


def test_long_responses_are_dropped_by_tokens_of_their_script() -> None:
    assert drops("word " * 100)
    assert drops("天" * 60)
    assert not drops("word " * 30)
    assert not drops("天" * 30)


def test_blank_responses_are_dropped_unless_they_call_a_tool() -> None:
    assert drops("  \n ")
    assert drops(None)
    assert not drops(None, calls=(CALL,))


def test_a_single_letter_is_long_enough() -> None:
    assert not drops("B")
