"""Components found part by part are those that a plain union of pairs gives."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.fakes.in_process_flow import InProcessFlow

from assay.domain.errors import DedupError
from assay_filter.scaling.settings import Sizes
from assay_filter.scaling.stars import label_components

ROUNDS = 0  # pairs that may be gathered: none, so that every component is found in rounds
GATHERED = 1 << 20

Pairs = Sequence[tuple[int, int]]
pairs_of_samples = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 60)).filter(lambda pair: pair[0] != pair[1]),
    max_size=80,
)


def _labels(pairs: Pairs, *, gathered: int, num_parts: int, **sizes: int) -> dict[int, int]:
    node, other = np.array(pairs, np.int64).reshape(-1, 2).T
    edges = [pa.table({"node": node, "other": other})]
    cut = Sizes(num_parts, gathered_edges=gathered, **sizes)
    flow = InProcessFlow(num_parts)
    labels = pa.concat_tables(label_components(flow, edges, cut))
    found = dict(zip(labels["ordinal"].to_pylist(), labels["root"].to_pylist(), strict=True))
    assert len(found) == labels.num_rows, "a sample has one label"
    return found


def _united(pairs: Pairs) -> dict[int, int]:
    root = {sample: sample for pair in pairs for sample in pair}
    for _ in root:
        for one, other in pairs:
            root[one] = root[other] = min(root[one], root[other])
    return root


@settings(max_examples=60, deadline=None)
@given(pairs=pairs_of_samples.filter(bool), num_parts=st.integers(1, 5))
def test_rounds_find_the_least_member_of_each_component(pairs: Pairs, num_parts: int) -> None:
    assert _labels(pairs, gathered=ROUNDS, num_parts=num_parts) == _united(pairs)


@settings(max_examples=60, deadline=None)
@given(pairs=pairs_of_samples.filter(bool), num_parts=st.integers(1, 5))
def test_gathered_pairs_give_the_same_components(pairs: Pairs, num_parts: int) -> None:
    assert _labels(pairs, gathered=GATHERED, num_parts=num_parts) == _united(pairs)


def test_long_chain_is_one_component() -> None:
    chain = [(at, at + 1) for at in range(500)]
    assert set(_labels(chain, gathered=ROUNDS, num_parts=3).values()) == {0}


@pytest.mark.parametrize("gathered", [ROUNDS, GATHERED])
def test_component_too_large_for_a_task_is_refused_and_counted(gathered: int) -> None:
    star = [(0, at) for at in range(1, 12)]
    assert len(_labels(star, gathered=gathered, num_parts=2, largest_component=12)) == 12
    with pytest.raises(DedupError, match=r"at most 11 samples .* found 12"):
        _labels(star, gathered=gathered, num_parts=2, largest_component=11)
