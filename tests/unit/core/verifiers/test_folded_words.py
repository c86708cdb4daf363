import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.verifiers.folded_words import (
    STEM_LENGTH,
    fold_words,
    is_content,
    is_unspaced,
    squeeze,
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The Rivers, rising!", ["the", "rivers", "rising"]),
        ("relaxing relaxation", ["relaxi", "relaxa"]),
        ("1,094 km, 3.5 or 3.", ["1094", "km", "3.5", "or", "3"]),
        ("ＡＢＣ １２３", ["abc", "123"]),
        ("٣٤ كيلومتر", ["34", "كيلومت"]),
        ("维也纳", ["维也", "也纳"]),
        ("水", ["水"]),
        ("end.Next a,b", ["end", "next", "a", "b"]),
        ("Käse-Brot", ["käse", "brot"]),
        ("", []),
    ],
)
def test_words_are_folded(text: str, words: list[str]) -> None:
    assert fold_words(text) == words


def test_squeezing_leaves_letters_and_digits() -> None:
    assert squeeze("It's 1,094 km – OK?") == "its1094kmok"


@pytest.mark.parametrize(
    ("text", "answer"), [("东京 Tokyo", False), ("东京在日本 (JP)", True), ("abc", False)]
)
def test_scripts_without_spaces_are_recognised(text: str, answer: bool) -> None:
    assert is_unspaced(text) is answer


def test_content_is_long_words_numbers_and_pairs() -> None:
    assert [w for w in ["the", "river", "7", "维也", "à"] if is_content(w)] == [
        "river",
        "7",
        "维也",
    ]


@given(st.text())
def test_words_are_short_and_hold_no_separators(text: str) -> None:
    for word in fold_words(text):
        assert word.split() == [word]
        assert len(word) <= STEM_LENGTH or word[0].isdecimal()


@given(st.text(alphabet="aBcÄß1 ,.-\n東京"))
def test_spaces_and_punctuation_do_not_change_what_is_squeezed(text: str) -> None:
    assert squeeze(text) == squeeze(f" {text.replace(' ', '  ')}!")
