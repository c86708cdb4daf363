from hypothesis import given
from hypothesis import strategies as st

from assay.verifiers.tokens import estimate_tokens


def test_latin_text_has_about_four_characters_a_token() -> None:
    assert estimate_tokens("The quick brown fox jumps over the lazy dog. " * 10) in range(95, 130)


def test_chinese_text_has_about_a_token_a_character() -> None:
    assert estimate_tokens("今天天气很好我们去公园散步吧" * 10) in range(120, 160)


def test_korean_and_arabic_lie_between_the_two() -> None:
    for text in ("안녕하세요 반갑습니다 " * 10, "مرحبا كيف حالك اليوم " * 10):
        assert len(text) / 4 < estimate_tokens(text) <= len(text)


def test_empty_text_has_no_token_and_a_letter_has_one() -> None:
    assert (estimate_tokens(""), estimate_tokens("a")) == (0, 1)


@given(st.text(), st.text())
def test_a_longer_text_never_has_fewer_tokens(left: str, right: str) -> None:
    assert estimate_tokens(left + right) >= estimate_tokens(left)


def test_lone_surrogates_are_counted() -> None:
    assert estimate_tokens("\ud800" * 8) > 0
