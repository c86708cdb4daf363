"""What must hold for any input: no order, no chunking and no repetition changes the outcome."""

from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from assay_filter.dedup.engine import find_duplicates
from assay_filter.dedup.features import compute_features
from assay_filter.dedup.keys import DedupText
from assay_filter.dedup.result import Members
from assay_filter.dedup.settings import DedupSettings

WORDS = ["ada", "bread", "Castle", "7", "river", "get_name", "12", "morning", "lantern"]
LONG = "the quick brown fox jumps over the lazy dog while the old clock strikes slowly"


class Row(NamedTuple):
    prompt: str
    answer: str
    rank: int
    score: int
    kept: bool


ROWS = st.lists(
    st.builds(
        Row,
        st.sampled_from(["Tell me a story about the fox and the dog.", "A story?", "Go on, then!"]),
        st.lists(st.sampled_from(WORDS), max_size=3).map(lambda words: " ".join([LONG, *words]))
        | st.sampled_from(["yes", "Yes!", "no"]),
        st.integers(0, 1),
        st.sampled_from([-1, 3000, 4000]),
        st.booleans() | st.just(True),
    ),
    max_size=24,
)


class Outcome(NamedTuple):
    survivors: list[int]
    partners: dict[int, int]


def _run(rows: list[Row], num_blocks: int = 1) -> Outcome:
    texts = [DedupText(row.prompt, row.answer, f"{row.prompt}|{row.answer}".encode())
             for row in rows]  # fmt: skip
    cuts = np.linspace(0, len(rows), num_blocks + 1).astype(int)
    members = Members(
        np.array([row.kept for row in rows], np.bool_),
        np.array([row.rank for row in rows], np.uint8),
        np.array([row.score for row in rows], np.int32),
        np.array([len(row.answer) for row in rows], np.int64),
        np.zeros(len(rows), np.int16),
    )
    with TemporaryDirectory() as folder:
        paths = [Path(folder) / str(i) for i in range(num_blocks)]
        for i, path in enumerate(paths):
            compute_features(texts[cuts[i] : cuts[i + 1]], DedupSettings()).save(path)
        result = find_duplicates(paths, members, DedupSettings())
    partners = {edge.dropped: edge.kept for edge in result.iter_edges()}
    survivors = [i for i, row in enumerate(rows) if row.kept and i not in partners]
    return Outcome(survivors, partners)


@settings(deadline=None, max_examples=60)
@given(ROWS, st.randoms())
def test_the_input_order_does_not_matter(rows: list[Row], random: Random) -> None:
    shuffled = random.sample(rows, len(rows))
    first, second = _run(rows), _run(shuffled, num_blocks=3)
    assert sorted(rows[i] for i in first.survivors) == sorted(shuffled[i] for i in second.survivors)
    assert sorted((rows[a], rows[b]) for a, b in first.partners.items()) == sorted(
        (shuffled[a], shuffled[b]) for a, b in second.partners.items()
    )


@settings(deadline=None, max_examples=60)
@given(ROWS)
def test_survivors_have_no_duplicates(rows: list[Row]) -> None:
    survivors = [rows[i] for i in _run(rows).survivors]
    assert _run(survivors).partners == {}


@settings(deadline=None, max_examples=60)
@given(ROWS)
def test_partners_are_survivors_and_preferred(rows: list[Row]) -> None:
    outcome = _run(rows)
    for dropped, kept in outcome.partners.items():
        assert kept in outcome.survivors
        assert rows[dropped].kept
        assert (rows[kept].rank, -rows[kept].score) <= (rows[dropped].rank, -rows[dropped].score)
