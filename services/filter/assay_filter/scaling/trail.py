"""The audit of a large run as Parquet files: one folder a table, the columns of the database.

Rows stand in the order of stages, chunks and samples, as the ledger covers them. Files are read in
place by anything that reads Parquet, and checked by `verification`.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import BigInteger, Integer, LargeBinary, Table

from assay.audit import tables
from assay.audit.rows import RowCells

GROUP_ROWS = 1 << 16
PER_SAMPLE = (
    tables.sample,
    tables.event,
    tables.judgement,
    tables.judgement_detail,
    tables.duplicate,
    tables.decision,
)
PER_CHUNK = (tables.chunk, tables.ledger, tables.expense)
_TYPES = (
    (BigInteger, pa.int64()),
    (Integer, pa.int32()),
    (LargeBinary, pa.large_binary()),
)


class Trail:
    """Writes rows of many tables into a folder, a file a table; a table without rows has none."""

    def __init__(self, folder: Path, run_id: str) -> None:
        self._folder = folder
        self._run_id = run_id
        self._rows: dict[str, list[RowCells]] = {}
        self._writers: dict[str, pq.ParquetWriter] = {}

    def __enter__(self) -> "Trail":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for name in list(self._rows) if kind is None else ():
            self._write(tables.metadata.tables[name])
        for writer in self._writers.values():
            writer.close()

    def add(self, table: Table, rows: Sequence[Sequence[Any]]) -> None:
        """Add rows: all columns in order, but for the run's id."""
        held = self._rows.setdefault(table.name, [])
        held += [tuple(row) for row in rows]
        if len(held) >= GROUP_ROWS:
            self._write(table)

    @property
    def written(self) -> Mapping[str, Path]:
        """The files, by table."""
        return {name: self._folder / f"{name}.parquet" for name in self._writers}

    def _write(self, table: Table) -> None:
        rows = self._rows.pop(table.name, [])
        if not rows:
            return
        schema = schema_of(table)
        columns = zip(*((self._run_id, *row) for row in rows), strict=True)
        arrays = [pa.array(cells, field.type) for cells, field in zip(columns, schema, strict=True)]
        if table.name not in self._writers:
            self._folder.mkdir(parents=True, exist_ok=True)
            path = self._folder / f"{table.name}.parquet"
            self._writers[table.name] = pq.ParquetWriter(path, schema, compression="zstd")
        self._writers[table.name].write_table(pa.Table.from_arrays(arrays, schema=schema))


def schema_of(table: Table) -> pa.Schema:
    """Return the columns of a table of the audit."""
    assert table.columns.keys()[0] == "run_id"
    return pa.schema([(column.name, _type_of(column.type)) for column in table.columns])


def _type_of(kind: object) -> pa.DataType:
    return next((found for known, found in _TYPES if isinstance(kind, known)), pa.string())
