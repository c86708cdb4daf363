"""Clusters of samples that must not be parted: connected components over integers.

A sample is the first 64 bits of its sample_id, a shared property (its prompt, its exact key) a
64-bit digest; no text is held. Two addresses that agree in 64 bits would join two clusters that
have nothing in common: it makes a cluster larger, never parts one.

Labels spread along edges to the smaller neighbour while every label jumps to its own label (hook
and jump, as in FastSV: Zhang, Azad and Hu, 2020): a few rounds, whatever the order of edges.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Keys = NDArray[np.uint64]


class Edges(NamedTuple):
    """Pairs that belong together: `left[i]` and `right[i]`."""

    left: Keys
    right: Keys


def smallest_members(samples: Keys, links: Edges, shared: tuple[Edges, ...]) -> Keys:
    """For each of `samples` return the smallest sample of its cluster.

    Args:
        samples: shape (num_samples,), 64 bits of each sample's address.
        links: pairs of samples; they may name samples that are not among `samples`.
        shared: for each property, (sample, digest of the property); equal digests belong together.
    """
    ids = np.unique(np.concatenate([samples, links.left, links.right]))
    left = [np.searchsorted(ids, links.left)]
    right = [np.searchsorted(ids, links.right)]
    num_nodes = len(ids)
    for edges in shared:
        properties, places = np.unique(edges.right, return_inverse=True)
        left.append(np.searchsorted(ids, edges.left))
        right.append(num_nodes + places)
        num_nodes += len(properties)
    labels = component_labels(num_nodes, np.concatenate(left), np.concatenate(right))
    smallest: Keys = ids[labels[np.searchsorted(ids, samples)]]
    return smallest


def component_labels(
    num_nodes: int, left: NDArray[np.int64], right: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the smallest node of each node's component.

    Samples stand before properties and in ascending order, so a label is always a sample where the
    component has one.
    """
    labels = np.arange(num_nodes, dtype=np.int64)
    while True:
        ones, others = labels[left], labels[right]
        is_open = ones != others
        if not is_open.any():
            return labels
        left, right = left[is_open], right[is_open]
        low = np.minimum(ones, others)[is_open]
        high = np.maximum(ones, others)[is_open]
        np.minimum.at(labels, high, low)
        labels = _jump(labels)


def _jump(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Let every node take its label's label, until that changes nothing."""
    while True:
        further = labels[labels]
        if np.array_equal(further, labels):
            return labels
        labels = further
