"""Quotes: found where they stand, in the words that stand there, and nowhere else."""

import time
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from assay_judge.reading.quotes import _JOINING, find_quote, num_visible

# Letters that have composed forms, marks, jamo, wide and zero-width characters, all white space.
ALPHABET = (
    "abcXYZ019.,\u00e9\u00fc\u0301\u0308\u0323\u0327\u1100\u1161\u11a8\uac00\u3042\u6c49\u0639"
    "\u0644\u09c7\u09be\u200b\u00ad \t\n\u00a0\u3000\u2003"
)
LETTERS = "abcdefgh \u6c49\u8a9e\u00e9e\u0301\uac00"
texts = st.one_of(st.text(ALPHABET, max_size=60), st.text(LETTERS, min_size=20, max_size=60))


@st.composite
def texts_with_parts(draw: st.DrawFn) -> tuple[str, str]:
    text = draw(texts)
    start = draw(st.integers(0, len(text)))
    return text, text[start : draw(st.integers(start, len(text)))]


@settings(max_examples=300)
@given(texts_with_parts())
def test_every_part_of_three_visible_characters_is_found(pair: tuple[str, str]) -> None:
    text, part = pair
    found = find_quote(part, text)
    if num_visible(unicodedata.normalize("NFC", part)) >= 3:
        assert found is not None
        assert found in text
        assert fold(found) == fold(part)
    elif num_visible(part) < 3:
        assert found is None


@settings(max_examples=300)
@given(texts_with_parts(), st.sampled_from(["NFC", "NFD"]), st.sampled_from([" ", "\n\t", "  "]))
@example(("one\ncafe\u0301  au lait", "cafe\u0301  au"), "NFC", " ")
@example(
    ("x \u1100\u1161\u11a8\u1100\u1161\u11a8\u1100\u1161 y", "\u1100\u1161\u11a8" * 2), "NFC", " "
)
def test_other_white_space_and_normal_forms_are_found(
    pair: tuple[str, str], form: str, blank: str
) -> None:
    text, part = pair
    quote = blank.join(unicodedata.normalize(form, part).split())  # type: ignore[arg-type]
    if num_visible(fold(quote)) < 3 or fold(quote) not in fold(text):
        return  # too short, or a part that splits a letter, which is another letter
    found = find_quote(quote, text)
    assert found is not None
    assert found in text
    assert fold(quote) in fold(found)


@settings(max_examples=300)
@given(st.text(alphabet="abcdefghij ", min_size=3, max_size=80), st.data())
def test_a_changed_letter_is_not_found(text: str, data: st.DataObject) -> None:
    letters = [i for i, char in enumerate(text) if char != " "]
    assume(len(letters) >= 3)
    at = data.draw(st.sampled_from(letters))
    assert find_quote(text[:at] + "z" + text[at + 1 :], text) is None


def fold(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


@pytest.mark.parametrize(
    ("quote", "text", "found"),
    [
        ("one  two", "zero one\n two three", "one\n two"),
        ("  one two ", "one\u00a0two", "one\u00a0two"),
        ("caf\u00e9 noir", "un cafe\u0301 noir", "cafe\u0301 noir"),
        ("cafe\u0301 noir", "un caf\u00e9 noir", "caf\u00e9 noir"),
        ("\uac01\uac01\uac01", "\u1100\u1161\u11a8" * 4, "\u1100\u1161\u11a8" * 3),
        ("\u8fd9\u662f\u9519", "\u6211\u8bf4\u8fd9\u662f\u9519\u7684", "\u8fd9\u662f\u9519"),
    ],
)
def test_words_come_back_as_they_stand(quote: str, text: str, found: str) -> None:
    assert find_quote(quote, text) == found


@pytest.mark.parametrize(
    ("quote", "text"),
    [
        ("The sky", "the sky"),
        ("the sky", "the s\u200bky"),
        ("the s\u200bky", "the sky"),
        ("the sky", "thesky"),
        ("the\u2019s", "the's"),
        ("\uff11\uff12\uff13", "123"),
        ("cafe noir", "cafe\u0301\u00a0noir"),
        ("abc", ""),
        ("abcd", "abc"),
    ],
)
def test_nothing_else_is_folded(quote: str, text: str) -> None:
    assert find_quote(quote, text) is None


@pytest.mark.parametrize(
    "quote", ["", "  ", "ab", "a b", "\u200b\u200b\u200b", "a\u0301\u0301b", "\x00\x01\x02"]
)
def test_fewer_than_three_visible_characters_prove_nothing(quote: str) -> None:
    assert find_quote(quote, f"x{quote}x abc") is None


def test_joining_letters_are_those_of_unicode() -> None:
    """Each second letter of a canonical composition that is no mark, in this Unicode version."""
    joining = set()
    for point in range(0x110000):
        parts = unicodedata.decomposition(chr(point)).split()
        if len(parts) == 2 and not parts[0].startswith("<"):
            second = chr(int(parts[1], 16))
            composes = unicodedata.normalize("NFC", chr(point)) == chr(point)
            if unicodedata.combining(second) == 0 and composes:
                joining.add(second)
    assert joining <= _JOINING


MEGABYTE = 1_000_000
HOSTILE: dict[str, Callable[[], str]] = {
    "words": lambda: "lorem ipsum " * (MEGABYTE // 12),
    "single letters": lambda: "a " * (MEGABYTE // 2),
    "no space": lambda: "a" * MEGABYTE,
    "marks of mixed classes": lambda: "e" + "\u0301\u0323" * (MEGABYTE // 2),
    "marks on each letter": lambda: ("e" + "\u0301\u0323" * 10 + " ") * (MEGABYTE // 22),
    "jamo": lambda: "\u1100\u1161\u11a8" * (MEGABYTE // 3),
    "near matches": lambda: "abcabcabd" * (MEGABYTE // 9),
    "blank": lambda: " \n" * (MEGABYTE // 2),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_megabyte_is_searched_in_about_a_second(name: str) -> None:
    text = HOSTILE[name]()
    begin = time.process_time()
    assert find_quote("abcabcabc xyz" * 15, text) is None
    assert time.process_time() - begin < 1.5


def test_a_quote_at_the_end_of_a_long_decomposed_text_is_mapped_in_about_a_second() -> None:
    word = "\u1100\u1161\u11a8" * 300_000 + "\u1100\u1161xyz"
    begin = time.process_time()
    assert find_quote("\uac00xyz", word) == "\u1100\u1161xyz"
    assert time.process_time() - begin < 1.5
