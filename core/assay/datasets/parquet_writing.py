"""Results as Parquet, in the layout of `assay.datasets.parquet_layout`."""

from pathlib import Path
from typing import cast

import pyarrow as pa
import pyarrow.parquet as pq

from assay.datasets.json_text import dump_json, parse_json
from assay.datasets.parquet_layout import SCHEMA, row_of
from assay.datasets.writing import Record, RecordWriter
from assay.domain.sample import JsonObject

_GROUP_ROWS = 4096
_GROUP_BYTES = 16 << 20
_REPEATING_COLUMNS = ["type", "language", "source"]


class ParquetWriter(RecordWriter):
    """Writes zstd columns in bounded row groups."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._rows: list[dict[str, object]] = []
        self._held_bytes = 0
        self._parquet = pq.ParquetWriter(
            self.file,
            SCHEMA,
            compression="zstd",
            use_dictionary=_REPEATING_COLUMNS,
            write_statistics=_REPEATING_COLUMNS,
        )

    def _add(self, record: Record) -> None:
        line = record if isinstance(record, bytes) else dump_json(record)
        self._rows.append(row_of(cast(JsonObject, parse_json(line))))
        self._held_bytes += len(line)
        if len(self._rows) >= _GROUP_ROWS or self._held_bytes >= _GROUP_BYTES:
            self._write_group()

    def abort(self) -> None:
        super().abort()
        self._parquet.close()

    def _finish(self) -> None:
        if self._rows:
            self._write_group()
        self._parquet.close()

    def _write_group(self) -> None:
        self._parquet.write_table(pa.Table.from_pylist(self._rows, schema=SCHEMA))
        self._rows, self._held_bytes = [], 0
