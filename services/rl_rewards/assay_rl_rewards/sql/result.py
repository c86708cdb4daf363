"""What came of running a query: a table, or why there is none."""

from dataclasses import dataclass
from typing import TypeAlias

Cell: TypeAlias = int | float | str | bytes | None
Row: TypeAlias = tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows in the order in which they came; all of `num_columns` cells."""

    num_columns: int
    rows: tuple[Row, ...]

    def measure_bytes(self) -> int:
        """Return roughly what it takes in memory, for caches."""
        return sum(_ROW_BYTES + sum(map(measure_cell, row)) for row in self.rows)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A statement that has no result.

    Attributes:
        reason: one of this package's fixed wordings.
        detail: what the engine said, for the author of a task; never part of a grade.
    """

    reason: str
    detail: str = ""


_ROW_BYTES = 56
_CELL_BYTES = 32


def measure_cell(cell: Cell) -> int:
    """Return roughly what a cell takes in memory, in bytes."""
    return _CELL_BYTES + (len(cell) if isinstance(cell, str | bytes) else 0)
