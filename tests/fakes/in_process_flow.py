"""An engine for runs at scale without a cluster, as hostile as one may be.

It carries out steps in random order, some of them twice, cuts rows anywhere and hands a part's rows
over in random order: a step that relies on more than it was promised gives other bytes.
"""

import random
from collections.abc import Iterator, Sequence
from typing import TypeAlias

import pyarrow as pa

from assay_filter.scaling.flow import PART, Change, Emit, Work, column, concat

Rows: TypeAlias = list[pa.Table]


class InProcessFlow:
    """Works on tables in this process; `seed` decides order, repeats and cuts."""

    def __init__(self, seed: int = 0) -> None:
        self._random = random.Random(seed)

    def each(self, items: Sequence[bytes], work: Work) -> Iterator[bytes]:
        results: dict[int, bytes] = {}
        for at in self._any_order(len(items)):
            if self._random.random() < 0.1:
                work(items[at])  # a machine that was given up; its result is lost
            results[at] = work(items[at])
        yield from (results[at] for at in range(len(items)))

    def spread(self, items: Sequence[bytes], emit: Emit) -> Rows:
        return [emit(items[at]) for at in self._any_order(len(items))]

    def regroup(self, rows: Rows, change: Change, *, num_parts: int) -> Rows:
        if not rows or not any(table.num_rows for table in rows):
            return []
        whole = concat([table for table in rows if table.num_rows], rows[0].schema)
        whole = whole.take(pa.array(self._any_order(whole.num_rows)))
        parts = column(whole, PART)
        assert parts.min() >= 0 and parts.max() < num_parts
        changed = []
        for part in self._any_order(num_parts):
            mine = whole.filter(pa.array(parts == part))
            if mine.num_rows:
                changed.append(change(mine))
        return changed

    def alter(self, rows: Rows, change: Change) -> Rows:
        cuts = []
        for table in rows:
            at = self._random.randint(0, table.num_rows)
            cuts += [table.slice(0, at), table.slice(at)]
        return [change(table) for table in cuts]

    def keep(self, rows: Rows) -> Rows:
        return rows

    def join(self, parts: Sequence[Rows]) -> Rows:
        return [table for part in parts for table in part]

    def count(self, rows: Rows) -> int:
        return sum(table.num_rows for table in rows)

    def collect(self, rows: Rows, schema: pa.Schema) -> pa.Table:
        return concat(rows, schema)

    def _any_order(self, count: int) -> list[int]:
        return self._random.sample(range(count), count)
