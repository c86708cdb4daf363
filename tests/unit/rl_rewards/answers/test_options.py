import pytest

from assay.domain.errors import InvalidTaskError
from assay_rl_rewards.answers.options import Naming, read_choice, read_options

OPTIONS = read_options({"A": "Oxygen", "B": "Iron", "C": "Gold", "D": "Gold leaf"})


@pytest.mark.parametrize(
    "answer",
    [
        "C", "c", "(C)", "[C]", "C)", "C.", "**C**", r"\text{C}", r"\textbf{(C)}",
        "Ｃ", "（Ｃ）", "Ⓒ", "ج", "ড", "丙", "다", "ウ",
        "Gold", "gold.", r"\text{ Gold }", "C: Gold", "C. gold", "(C) Gold",
    ],
)  # fmt: skip
def test_an_option_is_named_by_letter_or_text(answer: str) -> None:
    assert read_choice(answer, OPTIONS).label == "c"


@pytest.mark.parametrize(
    "answer",
    [
        "E",
        "A or C",
        "A, C",
        "AC",
        "C D",
        "ABCD",
        "Oxygen, Iron, Gold",
        "Go",
        "gold and iron",
        "",
        "5",
    ],
)
def test_several_letters_and_letters_outside_name_none(answer: str) -> None:
    choice = read_choice(answer, OPTIONS)
    assert choice.label is None
    assert choice.reason == Naming.OUTSIDE.value


@pytest.mark.parametrize("answer", ["C: Iron", "(C) Gold leaf", "C. it is not A"])
def test_a_letter_with_another_text_is_a_contradiction(answer: str) -> None:
    assert read_choice(answer, OPTIONS).reason == Naming.CONTRADICTION.value


def test_a_text_that_two_options_share_names_none() -> None:
    options = read_options({"A": "4", "B": " 4. ", "C": "5"})
    assert read_choice("4", options).label is None
    assert read_choice("5", options).label == "c"


def test_a_text_that_is_a_label_is_read_as_the_label() -> None:
    blood_types = read_options({"A": "B", "B": "AB", "C": "0"})
    assert read_choice("B", blood_types).label == "b"


def test_a_foreign_letter_of_the_options_themselves_comes_first() -> None:
    options = read_options({"ب": "x", "أ": "y"})
    assert read_choice("ب", options).label == "ب"


@pytest.mark.parametrize(
    "options",
    [
        {"A": "only"},
        {},
        {"A": "x", "a": "y"},
        {"long": "x", "B": "y"},
        {chr(97 + i // 26) + chr(97 + i % 26): "x" for i in range(27)},
    ],
)
def test_options_that_cannot_be_told_apart_are_refused(options: dict[str, str]) -> None:
    with pytest.raises(InvalidTaskError):
        read_options(options)
