"""Who is taken does not depend on the order of rows; splits part clusters at the asked share."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.domain.errors import InputError
from assay_filter.exporting.sampling import ranks, split_of, take
from assay_filter.exporting.splits import check_splits, parse_splits

ADDRESSES = st.lists(
    st.tuples(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1)),
    unique=True, min_size=1, max_size=40,
)  # fmt: skip


def taken(addresses: list[tuple[int, int]], num_rows: int, seed: int) -> dict[tuple[int, int], int]:
    high, low = (np.array([a[side] for a in addresses], np.uint64) for side in (0, 1))
    repeats = take(num_rows, ranks(high, low, seed), low)
    return dict(zip(addresses, repeats.tolist(), strict=True))


@given(ADDRESSES, st.integers(0, 200), st.integers(-5, 5), st.randoms())
def test_choice_is_the_same_in_any_order_of_rows(
    addresses: list[tuple[int, int]], num_rows: int, seed: int, rng: object
) -> None:
    found = taken(addresses, num_rows, seed)
    assert sum(found.values()) == num_rows
    assert max(found.values()) - min(found.values()) <= 1
    shuffled = list(addresses)
    rng.shuffle(shuffled)  # type: ignore[attr-defined]
    assert taken(shuffled, num_rows, seed) == found


def test_smaller_sample_is_part_of_the_larger_one_and_seeds_differ() -> None:
    addresses = [(n * 7919, n) for n in range(1000)]
    few = {a for a, n in taken(addresses, 100, 1).items() if n}
    many = {a for a, n in taken(addresses, 400, 1).items() if n}
    other = {a for a, n in taken(addresses, 100, 2).items() if n}
    assert few < many
    assert 0 < len(few & other) < 40


def test_splits_have_about_the_share_that_was_asked() -> None:
    clusters = np.arange(100_000, dtype=np.uint64)
    split = split_of(clusters, {"validation": 0.02, "test": 0.1}, 0)
    assert (split == 1).mean() == pytest.approx(0.02, abs=0.003)
    assert (split == 2).mean() == pytest.approx(0.1, abs=0.006)


@given(st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=50), st.integers(0, 9))
def test_place_of_a_cluster_does_not_depend_on_other_data(clusters: list[int], seed: int) -> None:
    splits = {"validation": 0.5}
    together = split_of(np.array(clusters, np.uint64), splits, seed).tolist()
    alone = [int(split_of(np.array([c], np.uint64), splits, seed)[0]) for c in clusters]
    assert together == alone


def test_no_split_is_all_train() -> None:
    assert not split_of(np.arange(10, dtype=np.uint64), {}, 0).any()


@pytest.mark.parametrize(
    "texts",
    [["train=0.1"], ["validation"], ["validation=x"], ["validation=0"], ["validation=1"],
     ["../x=0.1"], ["a=0.6", "b=0.5"], ["a=0.1", "a=0.1"], ["=0.1"], ["nan=nan"],
     [f"s{n}=0.01" for n in range(9)]],
)  # fmt: skip
def test_impossible_splits_are_refused(texts: list[str]) -> None:
    with pytest.raises(InputError):
        check_splits(parse_splits(texts))


def test_splits_are_parsed() -> None:
    assert parse_splits(["validation=0.02", "test=0.1"]) == {"validation": 0.02, "test": 0.1}
