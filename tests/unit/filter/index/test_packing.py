"""Shingle sets come back from their bytes, and damaged bytes are told."""

import numpy as np
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from assay.domain.errors import DedupError
from assay_filter.dedup.sets import NUM_SETS, VALUE_BITS, ShingleSets
from assay_filter.index.packing import pack, unpack

values = st.sets(st.integers(0, (1 << VALUE_BITS) - 1), max_size=20).map(sorted)
rows = st.lists(
    st.tuples(st.tuples(values, values, values), st.booleans(), st.integers(0, 2**64 - 1)),
    max_size=4,
)


def sets_from(given_rows: list[tuple[tuple[list[int], ...], bool, int]]) -> ShingleSets:
    parts = [part for sets, _, _ in given_rows for part in sets]
    ends = np.cumsum([0, *map(len, parts)])
    at = NUM_SETS * np.arange(len(given_rows))[:, None] + np.arange(NUM_SETS + 1)
    return ShingleSets(
        np.array([value for part in parts for value in part], np.uint64),
        ends[at],
        np.array([[short, 0, short] for _, _, short in given_rows], np.uint64).reshape(-1, 3),
        np.array([flag for _, flag, _ in given_rows], np.bool_),
    )


def packed(sets: ShingleSets) -> list[bytes]:
    compressor = zstandard.ZstdCompressor(level=1)
    return [pack(sets, row, compressor) for row in range(len(sets.shorts))]


@given(rows)
def test_sets_come_back(given_rows: list[tuple[tuple[list[int], ...], bool, int]]) -> None:
    sets = sets_from(given_rows)
    found = unpack(packed(sets))
    for mine, other in zip(sets, found, strict=True):
        assert np.array_equal(mine, other)


def test_a_shingle_takes_about_four_bytes() -> None:
    numbers = np.random.default_rng(7).choice(1 << VALUE_BITS, 1000, replace=False)
    (body,) = packed(sets_from([((np.sort(numbers).tolist(), [], []), False, 0)]))
    assert len(body) < 4.3 * 1000


@pytest.mark.parametrize("damage", ["version", "cut", "header", "body", "swollen"])
def test_damage_is_told(damage: str) -> None:
    (body,) = packed(sets_from([(([1, 5, 9], [], [7]), True, 0)]))
    plain = zstandard.ZstdCompressor().compress(bytes(10_000))
    damaged = {
        "version": b"\x09" + body[1:],
        "cut": body[:-3],
        "header": body[:5],
        "body": body[:-8] + bytes(8),
        "swollen": body[:38] + plain,
    }[damage]
    with pytest.raises(DedupError, match="remove the run"):
        unpack([damaged])
