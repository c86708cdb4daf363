import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay_rl_rewards.answers.abstentions import (
    ends_in_abstention,
    is_abstention,
    only_abstains,
    read_confidence,
)

SENTENCES = [
    "I don't know.", "I do not know", "Sorry, I don't know.", "I'm not sure.", "Ich weiß es nicht.",
    "Leider weiß ich das nicht.", "No lo sé.", "Je ne sais pas.", "Não sei.", "Nevím.",
    "Non lo so.", "Dat weet ik niet.", "لا أعرف", "わかりません。", "不知道", "我不知道。",
    "모르겠습니다.",
]  # fmt: skip


@pytest.mark.parametrize("text", ["[IDK]", " [IDK] ", "\\text{I don't know}", *SENTENCES])
def test_an_answer_that_says_it_is_unknown(text: str) -> None:
    assert is_abstention(text)


@pytest.mark.parametrize("text", ["[IDK]", *SENTENCES])
def test_a_last_line_that_says_it_is_unknown(text: str) -> None:
    assert ends_in_abstention(f"I thought about it.\n{text}")


@pytest.mark.parametrize(
    "text",
    [
        "Paris", "[IDK] Paris", "Paris [IDK]x", "I don't know, but Paris", "I know", "", "[idk",
        "I don't know " * 50, "Know", "The song is called I don't know why", "IDKs",
        "I can't help with that.",
    ],
)  # fmt: skip
def test_an_answer_beside_an_abstention_is_none(text: str) -> None:
    assert not is_abstention(text)


@pytest.mark.parametrize(
    "text",
    ["", "Paris.", "I don't know.\nIt is Paris.", "Do you think I don't know?", "I cannot help.",
     "x" * 300 + " I don't know."],
)  # fmt: skip
def test_the_last_line_must_say_it(text: str) -> None:
    assert not ends_in_abstention(text)


@pytest.mark.parametrize("text", ["[IDK]", "Hm.\n[IDK]", "I don't know. I'm not sure.", *SENTENCES])
def test_a_response_that_only_abstains(text: str) -> None:
    assert only_abstains(text)


@pytest.mark.parametrize(
    "text",
    [
        "Bob will win. I don't know why you ask.", "Brazil will win, I'm not sure by how much.",
        "Bob [IDK]", "It is 5.\nI don't know", "Rome. I don't know", "Brazil\n[IDK]",
        "[IDK] Paris", "", "I don't know why you ask.", "Hm.",
    ],
)  # fmt: skip
def test_a_response_that_says_more_does_not_only_abstain(text: str) -> None:
    assert not only_abstains(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Confidence: 0.85", 0.85), ("**Confidence:** 0.5", 0.5), ("confidence: 85%", 0.85),
        ("Konfidenz: 0,85", 0.85), ("確信度：0.9", 0.9), ("الثقة: ٠.٥", 0.5), ("置信度: 1", 1),
        ("Confidence: 0", 0), ("Confidence: 1.0", 1), ("Confidence: .5", 0.5),
        ("Confidence: 0.2\nConfidence: 0.9", 0.9), ("Confidence: 0.9.", 0.9),
        ("Confidence: 1.5", None), ("Confidence: 101%", None), ("Confidence: high", None),
        ("Confidence: -0.5", None), ("Confidence: nan", None), ("Confidence: 1e9", None),
        ("My confidence is 0.5", None), ("", None), ("Confidence: 0.5\nConfidence: high", None),
    ],
)  # fmt: skip
def test_confidence_is_a_number_from_0_to_1_in_its_own_line(text: str, value: float | None) -> None:
    assert read_confidence(text) == value


@given(st.text(max_size=200))
def test_any_text_is_read(text: str) -> None:
    is_abstention(text)
    assert ends_in_abstention(text) or not only_abstains(text)
    read_confidence(text)
