import pytest

from assay.domain.sample import Message, ToolCall
from assay.verifiers.tool_pairing import pairing_findings

USER = Message("user", "q")
DONE = Message("assistant", "done")


def calls(*ids: str | None, names: tuple[str, ...] = ()) -> Message:
    names = names or ("f",) * len(ids)
    made = tuple(ToolCall(i, n, "{}") for i, n in zip(ids, names, strict=True))
    return Message("assistant", None, made)


def result(call_id: str | None, name: str | None = None) -> Message:
    return Message("tool", "ok", tool_call_id=call_id, name=name)


def codes(*messages: Message) -> list[str]:
    return [finding.code for finding in pairing_findings(messages)]


@pytest.mark.parametrize(
    "messages",
    [
        (USER, calls("a"), result("a"), DONE),
        (USER, calls("a", "b"), result("b"), result("a"), DONE),
        (USER, calls("a"), result("a"), calls("a"), result("a"), DONE),  # reused in a later turn
        (USER, calls("a")),
        (USER, calls(None), result(None), DONE),
        (USER, calls(None, None, names=("f", "g")), result(None, "g"), result(None, "f"), DONE),
        (USER, calls(None), result("a"), DONE),
        (USER, calls("a"), result(None), DONE),
        (USER, DONE),
    ],
)
def test_paired_calls_pass(messages: tuple[Message, ...]) -> None:
    assert codes(*messages) == []


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        ((USER, calls("a"), DONE), ["missing_result"]),
        ((USER, calls("a"), USER, result("a"), DONE), ["missing_result", "orphan_result"]),
        ((USER, calls("a", "b"), result("a"), DONE), ["missing_result"]),
        ((USER, calls("a", "b"), result("a")), ["missing_result"]),
        ((USER, calls("a"), result("b"), DONE), ["orphan_result", "missing_result"]),
        ((USER, calls("a"), result("a"), result("a"), DONE), ["orphan_result"]),
        ((USER, DONE, result("a")), ["orphan_result"]),
        ((USER, calls(None), result(None), result(None), DONE), ["orphan_result"]),
        (
            (USER, calls("a", "a"), result("a"), result("a"), DONE),
            ["duplicate_call_id", "orphan_result", "missing_result"],
        ),
        ((USER, calls("a"), calls("b"), result("b"), DONE), ["missing_result"]),
    ],
)
def test_broken_pairs_are_told(messages: tuple[Message, ...], expected: list[str]) -> None:
    assert codes(*messages) == expected
