import pytest

from assay.domain.action import Drop, Flag
from assay.domain.sample import Message, Sample
from assay.verifiers.view import View
from assay_filter.rules.rep_char import RepChar, RepCharSettings


def actions(text: str, prompt: str = "Say something.") -> list[object]:
    view = View(Sample((Message("user", prompt), Message("assistant", text))))
    return list(RepChar(RepCharSettings()).check(view))


@pytest.mark.parametrize("text", ["Yes" + "s" * 60, "哈" * 50, "0" * 400, "Wow" + "!" * 55])
def test_a_long_run_is_dropped(text: str) -> None:
    (drop,) = actions(text)
    assert isinstance(drop, Drop) and drop.place is not None
    assert text[drop.place.start :].startswith(drop.place.quote)


@pytest.mark.parametrize(
    "text",
    [
        "Hmmmmm!",
        "-" * 90,
        "a" + " " * 200 + "b",
        "```\n" + "x" * 80 + "\n```",
        "`" + "x" * 60 + "`",
    ],
)
def test_rules_spaces_and_code_pass(text: str) -> None:
    assert not actions(text)


def test_a_requested_run_is_a_note() -> None:
    (flag,) = actions("a" * 100, "Repeat the letter a.")
    assert isinstance(flag, Flag) and not flag.caps
