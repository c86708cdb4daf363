"""What the steps of a large run ask of an engine: work spread over machines, rows brought together.

Steps are pure functions over items (JSON bytes that describe a chunk) and Arrow tables; an engine
carries them out in any order, on any number of machines, some of them twice. A step therefore never
relies on the order of rows, and writes files under names of its attempt alone.

Rows that must meet carry the same number in column `part`; the number of parts bounds what one task
holds, and no result depends on it.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol, TypeAlias, TypeVar

import pyarrow as pa

PART = "part"

Work: TypeAlias = Callable[[bytes], bytes]
Emit: TypeAlias = Callable[[bytes], pa.Table]
Change: TypeAlias = Callable[[pa.Table], pa.Table]

R = TypeVar("R")  # an engine's handle of rows that may be too many for one machine


class Flow(Protocol[R]):
    """An engine."""

    def each(self, items: Sequence[bytes], work: Work) -> Iterator[bytes]:
        """Carry out `work` on every item; yield the results in the order of the items."""

    def spread(self, items: Sequence[bytes], emit: Emit) -> R:
        """Return the rows that `emit` makes of all items; they are used once."""

    def regroup(self, rows: R, change: Change, *, num_parts: int) -> R:
        """Give `change` all rows of one part at a time; return what it makes of them.

        The result may be used more than once.
        """

    def alter(self, rows: R, change: Change) -> R:
        """Give `change` the rows block by block, cut anywhere, some blocks empty; used once."""

    def keep(self, rows: R) -> R:
        """Carry out what was only planned, so that the rows may be used more than once."""

    def join(self, parts: Sequence[R]) -> R:
        """Return the rows of all `parts`, which have the same columns; used more than once."""

    def count(self, rows: R) -> int:
        """Return the number of rows."""

    def collect(self, rows: R, schema: pa.Schema) -> pa.Table:
        """Return all rows on this machine: for what is compact."""


def concat(tables: Sequence[pa.Table], schema: pa.Schema) -> pa.Table:
    """Return one table of many, also of none."""
    return pa.concat_tables([table.cast(schema) for table in tables] or [schema.empty_table()])


def column(table: pa.Table, name: str) -> Any:
    """Return a column of numbers as an array."""
    return table.column(name).combine_chunks().to_numpy(zero_copy_only=False)
