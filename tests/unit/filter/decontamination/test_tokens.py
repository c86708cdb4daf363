import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay_filter.decontamination.tokens import tokenize


def words(text: str) -> list[str]:
    tokens = tokenize([text])
    return [text[a:b] for a, b in zip(tokens.starts, tokens.ends, strict=True)]


def keys(text: str) -> list[int]:
    return [int(key) for key in tokenize([text]).keys]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Two well-known words, (really)!", ["Two", "well", "known", "words", "really"]),
        ("16GB and snake_case", ["16", "GB", "and", "snake", "case"]),
        ("日本語 テスト", ["日", "本", "語", "テ", "ス", "ト"]),
        ("한국어", ["한", "국", "어"]),
        ("ภาษาไทย ที่", ["ภ", "า", "ษ", "า", "ไ", "ท", "ย", "ที่"]),
        ("It's Janet’s", ["It's", "Janet’s"]),
        ("5 * 3 = 15", ["5", "*", "3", "=", "15"]),
        ("16-3 is not 16 3", ["16", "-", "3", "is", "not", "16", "3"]),
        ("50% of x^2", ["50", "%", "of", "x", "^", "2"]),
        ("a **bold** and *soft* word", ["a", "bold", "and", "soft", "word"]),
        ("> quoted\n- item\n* star\n+ plus", ["quoted", "item", "star", "plus"]),
        ("see <b>this</b> word"[:12], ["see", "b", "this"]),
        ("", []),
        ("... !? \u200b \U0001f600", []),
    ],
)
def test_tokens_are_words_numbers_operators_and_wide_characters(
    text: str, expected: list[str]
) -> None:
    assert words(text) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Straße", "STRASSE"),
        ("naïve Việt", unicodedata.normalize("NFD", "naïve Việt")),
        ("한국어 각", unicodedata.normalize("NFD", "한국어 각")),
        ("ガギグ", "ｶﾞｷﾞｸﾞ"),
        ("Ｆｕｌｌ １２", "full 12"),
        ("١٢٣", "123"),
        ("10²", "10^2"),
        ("5 − 3", "5 - 3"),
        ("sup\u00aderb", "superb"),
        ("Janet's", "JANET’S"),
        ("e\u0302\u0323", "e\u0323\u0302"),
    ],
)
def test_writing_does_not_change_tokens(one: str, other: str) -> None:
    assert keys(one) == keys(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("10²", "102"), ("5 + 3", "5 - 3"), ("5 * 3", "5 / 3"), ("2x", "3x"), ("ab c", "a bc")],
)
def test_numbers_and_operators_are_told_apart(one: str, other: str) -> None:
    assert keys(one) != keys(other)


@given(st.lists(st.text(max_size=40), max_size=8))
def test_texts_are_cut_alone_or_together_alike(texts: list[str]) -> None:
    together = tokenize(texts)
    for at, text in enumerate(texts):
        alone = tokenize([text])
        low, high = together.bounds[at], together.bounds[at + 1]
        assert together.of(at).tolist() == alone.keys.tolist()
        assert together.starts[low:high].tolist() == alone.starts.tolist()
        assert all(0 <= a < b <= len(text) for a, b in zip(alone.starts, alone.ends, strict=True))
