"""From rows to what is written: clusters, quotas, sampling and splits over integers alone."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from assay_filter.exporting.components import Edges, smallest_members
from assay_filter.exporting.gathering import LEFT_OUT, Rows, shared_edges
from assay_filter.exporting.mix import Mix
from assay_filter.exporting.quotas import Quota, allocate
from assay_filter.exporting.sampling import ranks, split_of, take
from assay_filter.exporting.splits import TRAIN

ALL = "all"
REST = "(rest)"


class Selection(NamedTuple):
    """How often each row is written, and into which split; 0 is train."""

    repeats: NDArray[np.uint16]
    split: NDArray[np.uint8]
    quotas: Sequence[Quota]  # `given` counts what is written
    num_same_content: int  # rows whose content stands in an earlier row already
    num_clusters: Mapping[str, int]  # split -> clusters that have a row in it


def select_rows(
    rows: Rows,
    links: Edges,
    *,
    mix: Mix | None,
    splits: Mapping[str, float],
    seed: int,
    max_rows: int | None,
) -> Selection:
    """Choose the rows to write.

    Raises:
        ConfigError: the mix asks for what cannot be.
    """
    group = rows.column("group").copy()
    is_repeated = _same_content(rows, group)
    group[is_repeated] = LEFT_OUT
    quotas = allocate(
        _open_quotas(group, mix),
        total_rows=None if mix is None else mix.total_rows,
        max_rows=max_rows,
    )
    repeats = _repeats(rows, group, quotas, seed)
    shared = tuple(shared_edges(rows, name) for name in ("prompt", "exact"))
    smallest = smallest_members(rows.column("high"), links, shared)
    split = split_of(smallest, splits, seed)
    repeats[(split != 0) & (repeats > 1)] = 1  # nobody is measured twice on one sample
    written = [int(repeats[group == at].sum()) for at in range(len(quotas))]
    names = (TRAIN, *splits)
    return Selection(
        repeats,
        split,
        [replace(quota, given=number) for quota, number in zip(quotas, written, strict=True)],
        int(is_repeated.sum()),
        {
            name: len(np.unique(smallest[(split == at) & (repeats > 0)]))
            for at, name in enumerate(names)
        },
    )


def _same_content(rows: Rows, group: NDArray[np.int16]) -> NDArray[np.bool_]:
    """Mark the rows whose content a row before them has: one content is one sample."""
    high, low = rows.column("high"), rows.column("low")
    position = np.arange(len(high))
    taken = group != LEFT_OUT
    order = np.lexsort((position, ~taken, low, high))
    is_repeated = np.zeros(len(high), np.bool_)
    same = (high[order][1:] == high[order][:-1]) & (low[order][1:] == low[order][:-1])
    is_repeated[order[1:][same]] = True
    marked: NDArray[np.bool_] = is_repeated & taken
    return marked


def _open_quotas(group: NDArray[np.int16], mix: Mix | None) -> list[Quota]:
    """Return what each group asks for and has, before anything is given."""
    if mix is None:
        return [Quota(ALL, available=int((group == 0).sum()), rows=int((group == 0).sum()))]
    available = [int((group == at).sum()) for at in range(len(mix.groups) + 1)]
    quotas = [
        Quota(g.name, number, rows=g.rows, weight=g.weight, max_repeats=g.max_repeats)
        for g, number in zip(mix.groups, available, strict=False)
    ]
    if mix.rest == "keep":
        quotas.append(Quota(REST, available[-1], rows=available[-1]))
    return quotas


def _repeats(
    rows: Rows, group: NDArray[np.int16], quotas: Sequence[Quota], seed: int
) -> NDArray[np.uint16]:
    repeats = np.zeros(len(group), np.uint16)
    for at, quota in enumerate(quotas):
        members = np.flatnonzero(group == at)
        if quota.given == quota.capacity:  # everybody: no choice, no hashes
            repeats[members] = quota.max_repeats
            continue
        high, low = rows.column("high")[members], rows.column("low")[members]
        repeats[members] = take(quota.given, ranks(high, low, seed), low)
    return repeats
