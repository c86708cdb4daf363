"""Exact copies: each group is led by its first open sample."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from assay_filter.curation.copies import NOT_OPEN, first_copies
from assay_filter.curation.parts import RULES_DTYPE


def make_array(
    keys: list[tuple[int, int]], is_open: list[bool]
) -> "np.ndarray[tuple[int], np.dtype[np.void]]":
    array = np.zeros(len(keys), RULES_DTYPE)
    for position, ((high, low), flag) in enumerate(zip(keys, is_open, strict=True)):
        array[position] = (high, low, flag, 0, position + 1)
    return array


def test_copies_point_at_the_first_open_sample() -> None:
    array = make_array([(1, 1), (2, 2), (1, 1), (1, 2), (1, 1)], [False, True, True, True, True])
    assert first_copies(array).tolist() == [NOT_OPEN, 1, 2, 3, 2]


def test_nothing_open_gives_nothing() -> None:
    assert first_copies(make_array([(1, 1), (1, 1)], [False, False])).tolist() == [NOT_OPEN] * 2
    assert first_copies(make_array([], [])).tolist() == []


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 2), st.booleans()), min_size=1, max_size=40
    )
)
def test_groups_are_those_of_a_dictionary(rows: list[tuple[int, int, bool]]) -> None:
    expected: list[int] = []
    seen: dict[tuple[int, int], int] = {}
    for position, (high, low, is_open) in enumerate(rows):
        if is_open:
            expected.append(seen.setdefault((high, low), position))
        else:
            expected.append(NOT_OPEN)
    array = make_array([(h, low) for h, low, _ in rows], [o for _, _, o in rows])
    assert first_copies(array).tolist() == expected
