import pytest

from assay.domain.action import Flag
from assay.domain.sample import Message, Sample, ToolCall
from assay.verifiers.view import View
from assay_filter.rules.len_trivial import LenTrivial, LenTrivialSettings

LONG = "Please explain in a few sentences how tides work and why there are two of them a day."


def notes(request: str, response: str | None, calls: tuple[ToolCall, ...] = ()) -> list[object]:
    view = View(Sample((Message("user", request), Message("assistant", response, calls))))
    return list(LenTrivial(LenTrivialSettings()).check(view))


def test_a_word_on_a_long_request_is_a_note() -> None:
    (flag,) = notes(LONG, "The moon.")
    assert isinstance(flag, Flag) and not flag.caps


@pytest.mark.parametrize(
    ("request_text", "response"),
    [
        (LONG, "The moon pulls the water of the seas."),
        ("Two plus two?", "4"),
        (LONG, "由月球引力引起的潮水"),
    ],
)
def test_other_lengths_are_not(request_text: str, response: str) -> None:
    assert not notes(request_text, response)


def test_a_tool_call_is_no_trivial_answer() -> None:
    assert not notes(LONG, "Sure.", (ToolCall("1", "search", "{}"),))
