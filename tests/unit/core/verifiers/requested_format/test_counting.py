import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.verifiers.requested_format.counting import (
    count_bullets,
    count_cells,
    count_joined_words,
    count_list_lines,
    count_numbered,
    count_sentences,
    count_words,
    split_paragraphs,
)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("One. Two! Three?", 3),
        ("Dr. Smith met Mrs. Jones at 3 p.m. in St. Ives.", 1),
        ("It costs 3.50 euros. Really.", 2),
        ('"Stop!" he said. Then he left.', 3),
        ("Wait... what?", 2),
        ("今日は晴れです。明日は雨です。", 2),
        ("他来了。他走了！真的吗？", 3),
        ("هل أنت هنا؟ نعم.", 2),
        ("Z. B. heute. Das ist gut.", 2),
        ("1. Eggs are good.\n2. Milk is good.", 2),
        ("", 0),
        ("...", 0),
    ],
)
def test_sentences_are_counted(text: str, number: int) -> None:
    assert count_sentences(text).marked == number


def test_lines_without_a_mark_are_counted_apart() -> None:
    counts = count_sentences("A heading\nA sentence.\nroses are red\nviolets are blue")
    assert (counts.marked, counts.with_lines) == (1, 4)


def test_words_are_counted_both_ways() -> None:
    assert count_words("Don't use well-known words, e.g. these.") == 9
    assert count_joined_words("Don't use well-known words, e.g. these.") == 6
    assert count_cells("漢字とかなabc") == 5


def test_list_lines_are_counted_by_kind() -> None:
    text = "Intro:\n- a\n* b\n• c\n1. d\n2) e\n\n**bold** line\n---\n***\n-5 degrees"
    assert count_bullets(text) == 4
    assert count_numbered(text) == 2
    assert count_list_lines("1. a\n- b\na) c\nplain") == 3


def test_bold_text_after_a_bullet_is_a_bullet() -> None:
    assert count_bullets("* **First**: x\n- **Second**: y\n**Not one**") == 2


def test_paragraphs_are_split_at_blank_lines() -> None:
    assert [part.strip() for part in split_paragraphs("a\n\nb\n \n\n\nc\nd")] == ["a", "b", "c\nd"]


@given(st.text(max_size=200))
def test_counts_of_any_text_are_consistent(text: str) -> None:
    counts = count_sentences(text)
    assert 0 <= counts.marked <= counts.with_lines
    assert count_words(text) >= 0
    assert count_list_lines(text) <= text.count("\n") + text.count("\r") + 1
