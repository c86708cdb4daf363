from assay.domain.action import Drop, Keep
from assay.domain.sample import Message, Sample, ToolCall
from assay.verifiers.view import View
from assay_filter.rules.len_total_tokens import LenTotalTokens, LenTotalTokensSettings


def check(*messages: Message, limit: int = 100) -> list[object]:
    rule = LenTotalTokens(LenTotalTokensSettings(max_tokens=limit))
    return list(rule.check(View(Sample(messages))))


def test_a_conversation_within_the_limit_keeps_its_count() -> None:
    (action,) = check(Message("user", "Hi there"), Message("assistant", "Hello!"))
    assert isinstance(action, Keep) and 10 < action.value < 20


def test_turns_add_up_beyond_the_limit() -> None:
    turns = [Message("user", "word " * 20), Message("assistant", "word " * 20)] * 3
    (action,) = check(*turns)
    assert isinstance(action, Drop) and action.value is not None and action.value > 100


def test_arguments_of_calls_count() -> None:
    call = ToolCall("1", "search", '{"q": "' + "x" * 500 + '"}')
    (action,) = check(Message("user", "Hi"), Message("assistant", None, (call,)))
    assert isinstance(action, Drop)
