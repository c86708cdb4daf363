"""Audit rows on their way from a worker to the database.

A row is a tuple of cells in its table's column order without `run_id`; the order of tables within
a stage and of rows within a table is the order of leaves in the ledger.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from sqlalchemy import Table

from assay.audit import tables
from assay.audit.chain import Cell, leaf_of

RowCells: TypeAlias = tuple[Cell, ...]

STAGE_TABLES: Mapping[str, tuple[Table, ...]] = {
    "rules": (tables.sample, tables.event),
    "judge": (tables.judgement, tables.judgement_detail, tables.event),
    "decide": (tables.duplicate, tables.earlier_duplicate, tables.decision, tables.event),
    "export": (tables.export,),
}


@dataclass(frozen=True, slots=True)
class ChunkRecord:
    """What one chunk of one stage adds to the audit, complete and ready to commit.

    `expense` is what it cost (number of judgements, usage as JSON); no leaf covers it.
    """

    stage: str
    ordinal: int
    first_sample: int
    num_samples: int
    part_sha256: str
    summary: str
    measures: bytes
    rows: Mapping[str, Sequence[RowCells]]
    leaves: bytes
    expense: tuple[int, str] | None = None


def columns_of(table: Table) -> tuple[str, ...]:
    """Return the columns of `table` that a leaf covers, in order: all but the run's id."""
    return tuple(column.name for column in table.columns if column.name != "run_id")


def leaves_of(stage: str, rows: Mapping[str, Sequence[RowCells]]) -> bytes:
    """Return the leaves of a chunk's rows, 32 bytes each, in ledger order."""
    return b"".join(
        leaf_of(table.name, row)
        for table in STAGE_TABLES[stage]
        for row in rows.get(table.name, ())
    )
