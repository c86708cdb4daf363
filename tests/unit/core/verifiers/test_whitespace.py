import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.verifiers.whitespace import may_have_noise, squeeze_whitespace

CODE = "Look:\n```python\ndef f(x):\n    if x  ==  1:\n        x = 2\n\n\n\n    y   = 0  \n```\n."
TABLE = "| a   | b  |\n|-----|----|\n| 10  | 2  |"
COLUMNS = "Name      Age\nAnna      30\nBob       41"
TYPED_TABLE = "x\ty\n1\t2\n3\t4"
POEM = "The rain\n    falls softly\n        down\n\nand ends."
INDENTED = "Use it:\n\n    x  =  1\n    y  =  22\n\nThat is all."
HARD_BREAK = "Roses are red,  \nviolets are blue."
IDEOGRAPHIC = "　　今天天气很好。\n　　我们　　去散步。"


@pytest.mark.parametrize(
    "text",
    [
        CODE,
        TABLE,
        COLUMNS,
        TYPED_TABLE,
        POEM,
        INDENTED,
        HARD_BREAK,
        IDEOGRAPHIC,
        "a b\n\nc",
        "a\n\n\nb",
    ],
)
def test_layout_stays(text: str) -> None:
    expected = text.lstrip() if text == IDEOGRAPHIC else text
    assert squeeze_whitespace(text).lstrip() == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello   world.  How are  you?", "Hello world. How are you?"),
        ("Das  ist \t ein   Satz.", "Das ist ein Satz."),
        ("Une\xa0 phrase\u2003 ici.", "Une phrase ici."),
        ("trailing   \nblanks\t\n", "trailing\nblanks"),
        ("a\n\n\n\n\n\nb", "a\n\nb"),
        ("\n\n  start and end \n ", "start and end"),
        ("你好   世界 \t 再见", "你好 世界 再见"),
        ("مرحبا   بالعالم", "مرحبا بالعالم"),
        ("- item   one\n- item two", "- item one\n- item two"),
        ("prix : 5\xa0€ et 10\u202f000", "prix : 5\xa0€ et 10\u202f000"),
    ],
)
def test_noise_goes(text: str, expected: str) -> None:
    assert squeeze_whitespace(text) == expected


PADDED = [
    "One two three four five.\n\nNext paragraph here:\n- first item\n- second item",
    "Run this:\n\n```python\ndef f(x):\n    if x:\n        return 1\n\n    return 0\n```\nA sum.",
    "Schritt eins.\nSchritt zwei folgt dann.\n\nEnde der Liste ist da.",
    "第一步 是 这样 的：\n\n1. 打开\n2. 关闭",
]


@pytest.mark.parametrize("text", PADDED)
@pytest.mark.parametrize("unit", [" \t ", "  \t", "   \t \t"])
@pytest.mark.parametrize("breaks", [1, 3, 4, 5])
def test_text_padded_throughout_is_given_back_as_it_was(text: str, unit: str, breaks: int) -> None:
    assert squeeze_whitespace(text.replace(" ", unit).replace("\n", "\n" * breaks)) == text


def test_unevenly_padded_prose_loses_its_gaps() -> None:
    sentence = "many words in a row make a sentence that somebody wrote"
    words = sentence.split(" ")
    gaps = [" \t", "\t  ", "   ", " \t\t "]
    noisy = "".join(word + gaps[i % 4] for i, word in enumerate(words)) + "\n" + "and \t more"
    assert squeeze_whitespace(noisy) == f"{sentence}\nand more"


def test_number_of_blank_lines_is_a_setting() -> None:
    assert squeeze_whitespace("a\n\n\nb", max_blank_lines=1) == "a\n\nb"


blank = st.sampled_from(
    [" ", "\t", "\n", "\n\n", "  ", "word", "x", "```\n", "|", "\xa0", "你", "é"]
)


@given(st.lists(blank, max_size=40))
def test_words_and_their_order_never_change(pieces: list[str]) -> None:
    text = "".join(pieces)
    assert squeeze_whitespace(text).split() == text.split()


@given(st.text(max_size=60))
def test_clean_text_is_left_by_the_cheap_test(text: str) -> None:
    if not may_have_noise(text):
        assert squeeze_whitespace(text) == text
