import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.verifiers.controls import count_controls, has_controls, strip_controls

KEPT = [
    "Plain text,\twith a tab\nand a line.",
    "Grüße, été, niño, você, città, čaj, één",
    "你好，世界　全角空白",
    "こんにちは、世界。",
    "안녕하세요 세계",
    "مرحبا\u200f (hello) بالعالم \u2067test\u2069",
    "می\u200cخواهم کتاب\u200cها را",  # ZWNJ inside Persian words
    "क्\u200dष and क्\u200cष",  # ZWJ and ZWNJ in Devanagari
    "ภาษา\u200bไทย",  # word break in Thai
    "family \U0001f468\u200d\U0001f469\u200d\U0001f467, flag \U0001f3f3\ufe0f\u200d\U0001f308",
    "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f Scotland",
]


@pytest.mark.parametrize("text", KEPT)
def test_what_a_script_needs_stays(text: str) -> None:
    assert strip_controls(text) == text
    assert count_controls(text) == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\x00b\x07c\x7f", "abc"),
        ("\x1b[31mred\x1b[0m and \x1b[1;4mbold", "red and bold"),
        ("\x1b]0;title\x07shell", "shell"),
        ("one\r\ntwo\rthree\x0cfour\u2028five", "one\ntwo\nthree\nfour\nfive"),
        ("zero\u200bwidth\ufeff and\u2060 soft\xadhyphen", "zerowidth and softhyphen"),
        ("in\u200dvis\u200cible", "invisible"),
        ("evil\u202etxt.exe\u202c \u200e\u2066x\u2069", "eviltxt.exe x"),
        ("مرحبا\u202e بالعالم", "مرحبا بالعالم"),
        ("hid\U000e0048\U000e0049den", "hidden"),
        ("你\u200b好\u200d", "你好"),
        ("x\x9fy\ufff9z", "xyz"),
    ],
)
def test_invisible_characters_go(text: str, expected: str) -> None:
    assert has_controls(text)
    assert strip_controls(text) == expected


def test_count_ignores_line_end_style() -> None:
    assert count_controls("a\r\nb\x00") == 1


@given(st.text(max_size=80))
def test_stripping_twice_changes_nothing_more(text: str) -> None:
    once = strip_controls(text)
    assert strip_controls(once) == once


@given(st.text(alphabet=st.characters(categories=["L", "N", "P", "Zs"]), max_size=60))
def test_letters_and_punctuation_never_go(text: str) -> None:
    assert strip_controls(text) == text
