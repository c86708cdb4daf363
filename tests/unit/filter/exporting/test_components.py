"""Clusters by labels that spread, against a search from node to node."""

from collections import defaultdict

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from assay_filter.exporting.components import Edges, component_labels, smallest_members

NODES = 30
EDGES = st.lists(st.tuples(st.integers(0, NODES - 1), st.integers(0, NODES - 1)), max_size=60)
KEYS = st.integers(0, 2**64 - 1)


def searched(num_nodes: int, edges: list[tuple[int, int]]) -> list[int]:
    neighbours = defaultdict(set)
    for one, other in edges:
        neighbours[one].add(other)
        neighbours[other].add(one)
    labels = [-1] * num_nodes
    for start in range(num_nodes):
        open_nodes = [start] if labels[start] < 0 else []
        while open_nodes:
            node = open_nodes.pop()
            if labels[node] < 0:
                labels[node] = start
                open_nodes += neighbours[node]
    return labels


@given(EDGES)
def test_label_is_the_smallest_node_that_can_be_reached(edges: list[tuple[int, int]]) -> None:
    left = np.array([one for one, _ in edges], np.int64)
    right = np.array([other for _, other in edges], np.int64)
    assert component_labels(NODES, left, right).tolist() == searched(NODES, edges)


def test_long_chain_in_the_worst_order_is_one_component() -> None:
    order = np.random.default_rng(1).permutation(200_000)
    labels = component_labels(200_000, order[:-1], order[1:])
    assert not labels.any()


@given(st.lists(st.tuples(KEYS, st.integers(1, 5)), min_size=1, max_size=20), st.data())
def test_links_and_shared_properties_join_samples(
    samples: list[tuple[int, int]], data: st.DataObject
) -> None:
    keys = sorted({key for key, _ in samples})
    prompts = dict(samples)
    links = data.draw(st.lists(st.tuples(st.sampled_from(keys), KEYS), max_size=5))
    nodes = sorted({*keys, *(other for _, other in links)})
    at = {key: place for place, key in enumerate(nodes)}
    edges = [(at[one], at[other]) for one, other in links]
    edges += [
        (at[one], at[other]) for one in keys for other in keys if prompts[one] == prompts[other]
    ]
    expected = [nodes[label] for label in searched(len(nodes), edges)]
    found = smallest_members(
        np.array(keys, np.uint64),
        Edges(*(np.array([link[side] for link in links], np.uint64) for side in (0, 1))),
        (Edges(np.array(keys, np.uint64), np.array([prompts[k] for k in keys], np.uint64)),),
    )
    assert found.tolist() == [expected[at[key]] for key in keys]
