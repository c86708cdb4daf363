"""Rows of a Parquet file as JSON lines, so that one path follows for every format.

Arrow pads the members of structs with nulls to give all rows one type; such members are dropped.
Nulls inside JSON text columns were written by somebody and stay. A file that breaks gives the rows
before the damage and then a `Damage`.
"""

import base64
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from assay.datasets.decompression import Block, Damage
from assay.datasets.expansion import Bounds
from assay.datasets.json_text import dump_json
from assay.datasets.parquet_layout import has_layout, record_of

_BATCH_BYTES = 8 << 20
_MAX_BATCH_ROWS = 1024

# An Arrow value in Python form has no type that could be said shorter.
_Value: TypeAlias = Any
_Clean: TypeAlias = Callable[[_Value], _Value]


def read_rows(path: Path, bounds: Bounds | None = None) -> Iterator[Block]:
    """Yield each row as the bytes of one JSON object.

    Raises:
        InputError: the footer tells of more than `bounds` allow.
    """
    try:
        # Without pre-buffering, column chunks are streamed, not loaded as a whole.
        with pq.ParquetFile(path, pre_buffer=False, buffer_size=1 << 20) as file:
            if bounds is not None:
                groups = (file.metadata.row_group(at) for at in range(file.num_row_groups))
                num_plain = sum(group.total_byte_size for group in groups)
                bounds.check(path.name, path.stat().st_size, num_plain)
            encode = _encoder(file.schema_arrow)
            size = _rows_per_batch(file.metadata)
            # One row group at a time: a broken one takes no row of another with it.
            for group in range(file.num_row_groups):
                for batch in file.iter_batches(batch_size=size, row_groups=[group]):
                    yield from map(encode, _without_nanoseconds(batch).to_pylist())
    except (pa.ArrowException, OSError, ValueError) as exc:
        yield Damage(f"corrupt Parquet data: {exc}")


def _rows_per_batch(metadata: pq.FileMetaData) -> int:
    groups = [metadata.row_group(at) for at in range(metadata.num_row_groups)]
    # The largest average of any row group: a batch must stay small where rows are large.
    row_bytes = max((g.total_byte_size // max(g.num_rows, 1) for g in groups), default=0)
    return max(1, min(_MAX_BATCH_ROWS, _BATCH_BYTES // max(row_bytes, 1)))


def _without_nanoseconds(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Turn times finer than a microsecond into text: Python has no type for them."""
    for at, column in enumerate(batch.schema):
        if getattr(column.type, "unit", None) == "ns" and pa.types.is_temporal(column.type):
            batch = batch.set_column(at, column.name, batch.column(at).cast(pa.string()))
    return batch


def _encoder(schema: pa.Schema) -> Callable[[_Value], bytes]:
    """Return what writes a row of this schema as JSON."""
    if has_layout(schema):
        return lambda row: dump_json(record_of(row))
    clean = _struct_cleaner(list(schema))
    return lambda row: orjson.dumps(clean(row), default=_plain, option=orjson.OPT_NON_STR_KEYS)


def _struct_cleaner(fields: list[pa.Field]) -> _Clean:
    cleaners = {f.name: found for f in fields if (found := _cleaner(f.type)) is not None}

    def clean(value: _Value) -> _Value:
        return {
            name: cleaners[name](member) if name in cleaners else member
            for name, member in value.items()
            if member is not None
        }

    return clean


def _cleaner(kind: pa.DataType) -> _Clean | None:
    """Return what drops padding from values of `kind`; None where there can be none."""
    if pa.types.is_struct(kind):
        return _struct_cleaner([kind.field(at) for at in range(kind.num_fields)])
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        return _list_cleaner(_cleaner(kind.value_type))
    if pa.types.is_map(kind):
        return _map_cleaner(_cleaner(kind.item_type))
    return None


def _list_cleaner(clean: _Clean | None) -> _Clean | None:
    if clean is None:
        return None
    return lambda values: [None if value is None else clean(value) for value in values]


def _map_cleaner(clean: _Clean | None) -> _Clean:
    if clean is None:
        return dict  # Arrow gives maps as pairs
    return lambda pairs: {key: None if value is None else clean(value) for key, value in pairs}


def _plain(value: object) -> object:
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return base64.b64encode(value).decode()
    return str(value)
