"""Sorted shingle sets say of two samples what their texts say."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay_filter.dedup.corpus import Corpus
from assay_filter.dedup.features import compute_features
from assay_filter.dedup.keys import DedupText
from assay_filter.dedup.sets import ShingleSets, compare_sets, shingle_sets
from assay_filter.dedup.settings import DedupSettings
from assay_filter.dedup.verify import DIFFERENT, Limits, Texts, compare, make_table

WORDS = ["keeper", "lamp", "storm", "night", "ship", "tide", "stairs", "old", "12", "b", "c"]

words = st.lists(st.sampled_from(WORDS), max_size=40)
Row = tuple[list[str], list[str], list[str]]


def without(row: Row, dropped: tuple[int, int]) -> Row:
    """The row without one word of one side, so that similar rows are met often."""
    side, position = dropped
    kept = [word for at, word in enumerate(row[side]) if at != position]
    return (*row[:side], kept, *row[side + 1 :])  # type: ignore[return-value]


edits = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 40)), max_size=3)
families = st.tuples(st.tuples(words, words, words), edits).map(
    lambda given: [given[0], *(without(given[0], edit) for edit in given[1])]
)
texts = st.lists(families, min_size=1, max_size=2).map(
    lambda found: [
        (" ".join(a), " ".join(b), " ".join(c)) for family in found for a, b, c in family
    ]
)


def lay_out(folder: Path, rows: Sequence[tuple[str, str, str]], chosen: DedupSettings) -> Texts:
    given_texts = [DedupText(query, response, b"", setting) for setting, query, response in rows]
    path = folder / "block.features"
    compute_features(given_texts, chosen).save(path)
    count = len(rows)
    return Corpus([path], chosen).texts(
        np.arange(count), np.zeros(count, np.int16), np.ones(count, np.bool_)
    )


def all_pairs(count: int) -> np.ndarray:
    return np.array([(i, j) for i in range(count) for j in range(count)], np.int64)


@settings(deadline=None)  # the first example compiles
@given(texts, st.sampled_from([500, 700, 800, 1000]), st.sampled_from([0, 5, 32]))
def test_sets_agree_with_texts(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[str, str, str]],
    threshold: int,
    changes: int,
) -> None:
    laid = lay_out(tmp_path_factory.mktemp("sets"), rows, DedupSettings())
    limits = Limits(threshold, changes)
    sets = shingle_sets(laid)
    table = make_table(laid)
    for first, second in all_pairs(len(rows)).tolist():
        same_answer = laid.shorts[first, 2] == laid.shorts[second, 2]
        expected = compare(laid, first, second, limits, table) if same_answer else (DIFFERENT,) * 2
        found = compare_sets(sets, sets, np.array([[first, second]]), limits)
        assert tuple(found[0].tolist()) == tuple(int(value) for value in expected)


def test_a_row_is_compared_until_its_first_similar_one(tmp_path: Path) -> None:
    story = "The keeper climbed the stairs each evening and lit the great lamp for the ships."
    row = ("", "Tell me a story of the sea, please.", story)
    sets = shingle_sets(lay_out(tmp_path, [row, row, row], DedupSettings()))
    pairs = np.array([[0, 1], [0, 2], [1, 2]])
    found = compare_sets(sets, sets, pairs, Limits(800, 32))
    assert found.tolist() == [[1000, 1000], [DIFFERENT, DIFFERENT], [1000, 1000]]


def test_sets_are_sorted_and_have_no_twice(tmp_path: Path) -> None:
    row = ("s" * 40 + " one", "again and again and again and again", "the lamp " * 30)
    sets = shingle_sets(lay_out(tmp_path, [row], DedupSettings()))
    for side in range(3):
        part = sets.values[sets.starts[0, side] : sets.starts[0, side + 1]]
        assert len(part)
        assert (np.diff(part.astype(np.int64)) > 0).all()


def test_no_samples_have_no_sets() -> None:
    empty = Texts(
        np.empty(0, np.uint16),
        np.empty((0, 4), np.int64),
        np.empty((0, 3), np.uint64),
        np.empty((0, 256), np.uint8),
        np.empty(0, np.int32),
        np.empty(0, np.int16),
    )
    sets: ShingleSets = shingle_sets(empty)
    assert sets.sizes().shape == (0, 3)
