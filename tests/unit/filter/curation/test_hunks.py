"""A rewrite as edits: they make the new text, and a person can read them."""

import time

from hypothesis import given
from hypothesis import strategies as st

from assay_filter.curation.hunks import text_hunks
from assay_filter.rules.edits import apply_edits, undo_edits

TEXTS = st.text(alphabet="ab \n\r\u2028\u00e9\U0001f600", max_size=60)


@given(TEXTS, TEXTS)
def test_edits_make_the_new_text_and_can_be_undone(before: str, after: str) -> None:
    edits = text_hunks("/content", before, after)
    changed = apply_edits({"content": before}, edits)
    assert changed == {"content": after}
    assert undo_edits(changed, edits) == {"content": before}
    assert bool(edits) == (before != after)


def test_edits_show_whole_words_of_changed_lines_alone() -> None:
    before = "The first line stays.\nRome was founded in 1492, they say.\n\nThe end, at 17:45."
    after = "The first line stays.\nRome was founded in 753 BC, they say.\n\nThe end, at 18:45."
    edits = text_hunks("/messages/1/content", before, after)
    assert [(e.before, e.after) for e in edits] == [("1492, ", "753 BC, "), ("17:45.", "18:45.")]
    assert edits[0].start == before.index("1492")


def test_hostile_texts_take_no_time() -> None:
    begun = time.monotonic()
    for before, after in (
        ("a\n" * 50_000, "b\n" * 50_000),
        ("a\n" * 1_999, "a\nb\n" * 999),
        ("a " * 100_000, "b " * 100_000),
    ):
        edits = text_hunks("/content", before, after)
        assert apply_edits({"content": before}, edits) == {"content": after}
    assert time.monotonic() - begun < 5
