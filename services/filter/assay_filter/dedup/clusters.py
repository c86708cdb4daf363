"""Which of several similar samples stay: a greedy choice in order of preference.

Vertices are taken best first. One is dropped when it has a verified edge to a vertex that stayed;
the best of those becomes its partner. So every dropped sample is itself similar to its survivor
(no chains A ~ B ~ C), survivors are pairwise different, and nothing depends on the input's order.
A vertex that is no copy is dropped by the prompt cap when its prompt already has enough answers.

Only survivors are kept in a bucket, so a family of many copies costs one comparison each. A bucket
holds at most `BUCKET_CAP` survivors, which are mutually different: it bounds the work on templates
whose samples all look alike to the signature and are not.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from assay_filter.dedup.lsh import Groups, Vertices
from assay_filter.dedup.native import native
from assay_filter.dedup.verify import (
    DIFFERENT,
    EQUAL,
    Limits,
    Table,
    Texts,
    compare,
    is_candidate,
    make_table,
)

BUCKET_CAP = 256
EXACT, NEAR_EXACT, NEAR, PROMPT_CAP = range(4)
SURVIVES = -1


class Links(NamedTuple):
    """How the vertices of a batch may be connected; vertices ascend in preference."""

    starts: NDArray[np.int64]  # vertex i is in `groups[starts[i]:starts[i + 1]]`
    groups: NDArray[np.int64]
    near_exact: NDArray[np.int64]  # group of equal near-exact keys, -1 for none
    prompt: NDArray[np.int64]  # group of equal prompts, -1 for none


class Settlement(NamedTuple):
    """The fate of each vertex of a batch; similarities in thousandths."""

    partner: NDArray[np.int64]  # SURVIVES or the vertex that stays for it
    method: NDArray[np.uint8]
    context: NDArray[np.int16]
    response: NDArray[np.int16]


def components(groups: Groups, num_vertices: int) -> Vertices:
    """For each vertex the least vertex that groups connect it to."""
    parents = np.arange(num_vertices, dtype=np.int64)
    _unite(groups.vertex, groups.group, parents)
    return parents


def settle(texts: Texts, links: Links, *, limits: Limits, prompt_cap: int) -> Settlement:
    """Decide who stays among the vertices of whole components."""
    num_vertices = len(links.near_exact)
    num_groups = int(links.groups.max(initial=-1)) + 1
    room = np.minimum(np.bincount(links.groups, minlength=num_groups), BUCKET_CAP)
    result = unsettled(num_vertices)
    state = _State(
        bucket_starts=np.concatenate([np.zeros(1, np.int64), np.cumsum(room)]),
        bucket_sizes=np.zeros(num_groups, np.int64),
        buckets=np.zeros(int(room.sum()), np.int64),
        near_exact=np.full(int(links.near_exact.max(initial=-1)) + 1, SURVIVES, np.int64),
        prompt_best=np.full(int(links.prompt.max(initial=-1)) + 1, SURVIVES, np.int64),
        prompt_sizes=np.zeros(int(links.prompt.max(initial=-1)) + 1, np.int64),
        seen=np.full(num_vertices, -1, np.int64),
        candidates=np.zeros(num_vertices, np.int64),
    )
    _settle(texts, links, state, make_table(texts), limits, prompt_cap, result)
    return result


def unsettled(num_vertices: int) -> Settlement:
    """Everyone stays."""
    return Settlement(
        np.full(num_vertices, SURVIVES, np.int64),
        np.zeros(num_vertices, np.uint8),
        np.zeros(num_vertices, np.int16),
        np.zeros(num_vertices, np.int16),
    )


class _State(NamedTuple):
    bucket_starts: NDArray[np.int64]
    bucket_sizes: NDArray[np.int64]
    buckets: NDArray[np.int64]
    near_exact: NDArray[np.int64]  # the survivor of each group
    prompt_best: NDArray[np.int64]
    prompt_sizes: NDArray[np.int64]
    seen: NDArray[np.int64]  # the vertex that last looked at this one
    candidates: NDArray[np.int64]


@native
def _unite(vertices: Vertices, groups: NDArray[np.int64], parents: NDArray[np.int64]) -> None:
    for i in range(1, len(vertices)):
        if groups[i] == groups[i - 1]:
            first = _root(parents, vertices[i - 1])
            second = _root(parents, vertices[i])
            parents[max(first, second)] = min(first, second)
    for vertex in range(len(parents)):
        parents[vertex] = _root(parents, vertex)


@native
def _root(parents: NDArray[np.int64], vertex: int) -> int:
    while parents[vertex] != vertex:
        parents[vertex] = parents[parents[vertex]]
        vertex = parents[vertex]
    return vertex


@native
def _settle(
    texts: Texts,
    links: Links,
    state: _State,
    table: Table,
    limits: Limits,
    prompt_cap: int,
    result: Settlement,
) -> None:
    for vertex in range(len(links.near_exact)):
        count = _collect(texts, links, state, limits, vertex)
        partner, context, response = _first_similar(
            texts, links, state, table, limits, vertex, count
        )
        prompt = links.prompt[vertex]
        if partner != SURVIVES:
            is_same = links.near_exact[vertex] >= 0 and (
                state.near_exact[links.near_exact[vertex]] == partner
            )
            result.method[vertex] = NEAR_EXACT if is_same else NEAR
        elif prompt >= 0 and state.prompt_sizes[prompt] >= prompt_cap:
            partner, context, response = state.prompt_best[prompt], EQUAL, DIFFERENT
            result.method[vertex] = PROMPT_CAP
        else:
            _keep(links, state, vertex)
        result.partner[vertex] = partner
        result.context[vertex] = context
        result.response[vertex] = response


@native
def _collect(texts: Texts, links: Links, state: _State, limits: Limits, vertex: int) -> int:
    """List the survivors that share a bucket with `vertex` and may be similar, best first."""
    count = 0
    for at in range(links.starts[vertex], links.starts[vertex + 1]):
        group = links.groups[at]
        start = state.bucket_starts[group]
        for place in range(start, start + state.bucket_sizes[group]):
            other = state.buckets[place]
            if state.seen[other] != vertex:
                state.seen[other] = vertex
                if is_candidate(texts, other, vertex, limits):
                    state.candidates[count] = other
                    count += 1
    state.candidates[:count].sort()
    return count


@native
def _first_similar(
    texts: Texts,
    links: Links,
    state: _State,
    table: Table,
    limits: Limits,
    vertex: int,
    count: int,
) -> tuple[int, int, int]:
    """The best survivor that `vertex` is a copy of, with similarities; SURVIVES if none."""
    same = SURVIVES
    if links.near_exact[vertex] >= 0:
        same = state.near_exact[links.near_exact[vertex]]
    for i in range(count):
        other = state.candidates[i]
        if same != SURVIVES and other >= same:
            break
        context, response = compare(texts, other, vertex, limits, table)
        if context != DIFFERENT:
            return other, context, response
    if same != SURVIVES:
        return same, EQUAL, EQUAL
    return SURVIVES, 0, 0


@native
def _keep(links: Links, state: _State, vertex: int) -> None:
    """Enter a survivor where later vertices will look."""
    for at in range(links.starts[vertex], links.starts[vertex + 1]):
        group = links.groups[at]
        room = state.bucket_starts[group + 1] - state.bucket_starts[group]
        if state.bucket_sizes[group] < room:
            state.buckets[state.bucket_starts[group] + state.bucket_sizes[group]] = vertex
            state.bucket_sizes[group] += 1
    if links.near_exact[vertex] >= 0:
        state.near_exact[links.near_exact[vertex]] = vertex
    prompt = links.prompt[vertex]
    if prompt >= 0:
        if state.prompt_sizes[prompt] == 0:
            state.prompt_best[prompt] = vertex
        state.prompt_sizes[prompt] += 1
