from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay_filter.dedup.folding import Layout, fold, lay_out, reduce


def _texts(layout: Layout) -> list[str]:
    return [
        layout.units[start:end].tobytes().decode("utf-16-le", "surrogatepass")
        for start, end in pairwise(layout.starts.tolist())
    ]


def folded(text: str) -> str:
    return _texts(fold(lay_out([text])))[0]


def reduced(text: str) -> str:
    return _texts(reduce(fold(lay_out([text]))))[0].removesuffix("\x1e")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  Hello\t\n World  ", "hello world"),
        ("ＡＢＣ１２３", "abc123"),
        ("Straße STRASSE", "strasse strasse"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("٣٫٥ + ۷", "3.5 + 7"),
        ("x² + 10³ ≠ 102", "x^2 + 10^3 ≠ 102"),
        ("3½ cups", "3 1⁄2 cups"),
        ("CO₂", "co_2"),
        ("e\u0301 \u00e9", "é é"),
        ("a - b * c", "a - b * c"),
        ("Ω", "ω"),
        ("", ""),
        ("👍🏽 ok", "👍🏽 ok"),
    ],
)
def test_folding_keeps_digits_and_operators(text: str, expected: str) -> None:
    assert folded(text) == expected


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Hello, World!", "hello world"),
        ("“Don’t panic…”", "dont panic"),
        ("你好，世界！", "你好 世界"),
        ("안녕하세요 여러분!", "안녕하세요여러분"),
        ("¿Qué tal?", "qué tal"),
        ("مرحبا، كيف حالك؟", "مرحبا كيف حالك"),
        ("1, 2; 3", "1 2 3"),
        ("a  =  b", "a=b"),
        ("wait — what", "wait what"),
        ("f( x )", "f(x)"),
    ],
)
def test_prose_punctuation_and_space_do_not_tell_texts_apart(first: str, second: str) -> None:
    assert reduced(first) == reduced(second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("5-3", "53"),
        ("5 - 3", "5 + 3"),
        ("3.5", "35"),
        ("3,5", "35"),
        ("1, 2", "12"),
        ("1 2", "12"),
        ("3:2", "32"),
        ("cost .5", "cost 5"),
        ("10²", "102"),
        ("–5 degrees", "5 degrees"),
        ("5! ways", "5 ways"),
        ("if !done", "if done"),
        ("a != b", "a = b"),
        ("a_b", "ab"),
        ("x*y", "xy"),
        ("2*(3+4)", "2*3+4"),
        ("50%", "50"),
        ("the rapist", "therapist"),
        ("a@b", "ab"),
        ("$5", "€5"),
    ],
)
def test_what_carries_meaning_tells_texts_apart(first: str, second: str) -> None:
    assert reduced(first) != reduced(second)


@settings(deadline=None)
@given(st.lists(st.text(st.characters(exclude_characters="\x1f", exclude_categories=["Cs"]))))
def test_texts_do_not_influence_each_other(texts: list[str]) -> None:
    together = fold(lay_out(texts))
    assert _texts(together) == [folded(text) for text in texts]
    assert [text.removesuffix("\x1e") for text in _texts(reduce(together))] == [
        reduced(text) for text in texts
    ]


@settings(deadline=None)
@given(st.text(st.characters(max_codepoint=0x7F, exclude_characters="\x1f")))
def test_case_does_not_tell_texts_apart(text: str) -> None:
    assert reduced(text.upper()) == reduced(text.lower())


def test_the_side_mark_is_refused() -> None:
    with pytest.raises(ValueError, match="side mark"):
        lay_out(["a\x1fb"])
