"""One number a vertex orders as the local engine's keys do."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from assay_filter.scaling.vertices import Vertices

members = st.lists(
    st.tuples(st.integers(0, 1), st.integers(-1, 5000), st.integers(0, (1 << 32) - 1)), min_size=1
)


@given(members)
def test_better_verdict_then_score_then_length_comes_first(
    cells: list[tuple[int, int, int]],
) -> None:
    rank, score, length = np.array(cells, np.int64).T
    nothing = np.zeros(len(cells), np.int64)
    vertices = Vertices(
        nothing, nothing, rank.astype(np.uint8), score.astype(np.int32), length, nothing
    )
    found = np.argsort(vertices.preference(), kind="stable")
    assert np.array_equal(found, np.lexsort((-length, -score, rank)))
