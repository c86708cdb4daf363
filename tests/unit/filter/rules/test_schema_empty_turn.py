import pytest

from assay.domain.action import Action, Drop, Flag
from assay.domain.sample import Message, Sample, ToolCall
from assay.verifiers.view import View
from assay_filter.rules.schema_empty_turn import SchemaEmptyTurn, SchemaEmptyTurnSettings


def check(message: Message) -> list[Action]:
    return list(SchemaEmptyTurn(SchemaEmptyTurnSettings()).check(View(Sample((message,)))))


@pytest.mark.parametrize(
    "answer",
    [
        "",
        " ",
        "\n\n",
        "...",
        "…",
        "。",
        "、！",
        "---",
        "\u200b",
        "N/A",
        "n/a.",
        "<nooutput>",
        "[No response]",
        None,
    ],
)
def test_answers_that_say_nothing_drop(answer: str | None) -> None:
    (drop,) = check(Message("assistant", answer))
    assert isinstance(drop, Drop)


@pytest.mark.parametrize(
    "answer",
    [
        "A",
        "7",
        "👍",
        "+",
        "<",
        "是",
        "はい",
        "네",
        "نعم",
        "Ano",
        "Sí",
        "Não",
        "é",
        "Is N/A?",
        "... and so on",
    ],
)
def test_short_answers_stay(answer: str) -> None:
    assert check(Message("assistant", answer)) == []


def test_a_long_answer_of_punctuation_drops_and_a_long_symbol_line_stays() -> None:
    assert isinstance(check(Message("assistant", "-" * 40))[0], Drop)
    assert check(Message("assistant", "* " * 20 + "end")) == []


def test_a_tool_call_says_something() -> None:
    assert check(Message("assistant", None, (ToolCall(None, "f", "{}"),))) == []


def test_blank_turns_of_others() -> None:
    assert isinstance(check(Message("user", " \n"))[0], Drop)
    (note,) = check(Message("system", ""))
    assert isinstance(note, Flag)
    assert not note.caps
    assert check(Message("tool", "")) == []
    assert check(Message("user", "?")) == []
