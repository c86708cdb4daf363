import datetime
import decimal
from hashlib import sha256
from itertools import islice
from pathlib import Path

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assay.datasets.adapters import Adapted, adapt_line
from assay.datasets.expansion import Bounds
from assay.datasets.parquet_reading import read_rows
from assay.datasets.reading import read_batches, read_lines
from assay.datasets.sources import Source, expand_inputs
from assay.domain.errors import InputError

CALL = {"id": "c", "type": "function", "function": {"name": "f", "arguments": '{"x": null}'}}
TOOL: dict[str, object] = {"name": "f", "parameters": {"properties": {"a": None}}}


def write(folder: Path, rows: list[dict[str, object]], **options: object) -> Source:
    path = folder / "x.parquet"
    pq.write_table(pa.Table.from_pylist(rows), path, **options)
    return expand_inputs([str(path)]).sources[0]


def rows_of(source: Source) -> list[dict[str, object]]:
    return [orjson.loads(line.data or b"") for line in read_lines(source)]


def test_padding_of_structs_is_dropped_and_nulls_in_json_text_stay(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [
        {
            "messages": [
                {"role": "user", "content": "Hi"},
                {"role": "assistant", "content": None, "tool_calls": [CALL]},
            ],
            "metadata": '{"a": null}',
            "tools": None,
            "nested": {"inner": [{"p": 1}, {"q": None}]},
        },
        {"messages": [{"role": "user", "content": "x", "name": "n"}], "tools": "[]"},
    ]
    source = write(tmp_path, rows)
    first, second = rows_of(source)
    assert first["messages"] == [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "tool_calls": [CALL]},
    ]
    assert first["metadata"] == '{"a": null}'
    assert first["nested"] == {"inner": [{"p": 1}, {}]}
    assert second == {"messages": [{"role": "user", "content": "x", "name": "n"}], "tools": "[]"}

    found = adapt_line(next(iter(read_lines(source))))
    assert isinstance(found, Adapted)
    assert found.payload["messages"][1] == {  # type: ignore[index]
        "role": "assistant",
        "content": None,
        "tool_calls": [CALL],
    }
    assert found.metadata["a"] is None


def test_every_member_may_be_json_text(tmp_path: Path) -> None:
    texts: dict[str, list[dict[str, object]] | dict[str, object]] = {
        "messages": [{"role": "user", "content": "Hi"}],
        "tools": [TOOL],
        "documents": [{"id": "1", "text": "t"}],
        "metadata": {"k": [None]},
    }
    row: dict[str, object] = {key: orjson.dumps(value).decode() for key, value in texts.items()}
    found = adapt_line(next(iter(read_lines(write(tmp_path, [row])))))
    assert isinstance(found, Adapted)
    assert found.payload == {
        "messages": texts["messages"],
        "tools": [{"type": "function", "function": TOOL}],
        "documents": [{"doc_id": "1", "text": "t"}],
    }
    assert found.metadata == {"k": [None]}


def test_values_that_json_does_not_know_become_text(tmp_path: Path) -> None:
    struct = pa.struct([("a", pa.int8())])
    table = pa.table(
        {
            "messages": ["[]"],
            "when": pa.array([1], pa.timestamp("ns")),
            "day": [datetime.date(2020, 1, 2)],
            "price": [decimal.Decimal("1.50")],
            "text": [b"caf\xc3\xa9"],
            "bytes": [b"\xff\x00"],
            "map": pa.array([[(1, {"a": None})]], pa.map_(pa.int64(), struct)),
            "plain map": pa.array([[("a", None)]], pa.map_(pa.string(), pa.int8())),
            "lasts": pa.array([datetime.timedelta(seconds=1)], pa.duration("ns")),
        }
    )  # fmt: skip
    pq.write_table(table, tmp_path / "x.parquet")
    (row,) = rows_of(expand_inputs([str(tmp_path)]).sources[0])
    assert row == {
        "messages": "[]",
        "when": "1970-01-01 00:00:00.000000001",
        "day": "2020-01-02",
        "price": "1.50",
        "text": "caf\u00e9",
        "bytes": "/wA=",
        "map": {"1": {}},
        "plain map": {"a": None},
        "lasts": "1000000000",
    }


def test_rows_are_numbered_and_bounded_across_row_groups(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [{"prompt": f"{i}", "completion": "x" * i} for i in range(2500)]
    source = write(tmp_path, rows, row_group_size=700)
    batches = read_batches([source], rows_per_batch=1000, max_batch_bytes=1 << 30)
    cut = list(batches)
    assert [(batch.first_line, len(batch.lines)) for batch in cut] == [
        (1, 1000),
        (1001, 1000),
        (2001, 500),
    ]
    assert orjson.loads(cut[2].lines[0].data or b"") == rows[2000]
    assert source.path is not None
    stored = source.path.read_bytes()
    assert batches.digests[0] == (sha256(stored).hexdigest(), len(stored))


def test_a_row_over_the_limit_is_skipped_like_a_line(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [{"prompt": "x" * size} for size in (1, 500, 2)]
    lines = list(read_lines(write(tmp_path, rows), max_line_bytes=100))
    assert [line.number for line in lines] == [1, 2, 3]
    assert lines[1].oversize is not None
    assert lines[1].oversize.num_bytes == len(orjson.dumps(rows[1]))


@pytest.mark.parametrize("keep", [4, 5000, -30])
def test_a_broken_file_ends_with_damage(tmp_path: Path, keep: int) -> None:
    source = write(tmp_path, [{"prompt": f"{i}", "completion": "x" * i} for i in range(2500)])
    assert source.path is not None
    source.path.write_bytes(source.path.read_bytes()[:keep])
    *_, last = read_lines(source)
    assert last.damage is not None and last.damage.startswith("corrupt Parquet data")


def test_rows_before_a_broken_page_are_delivered(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [{"prompt": f"{i * 7919}" * 20} for i in range(3000)]
    source = write(tmp_path, rows, row_group_size=1000, compression="zstd")
    assert source.path is not None
    stored = bytearray(source.path.read_bytes())
    at = pq.ParquetFile(source.path).metadata.row_group(2).column(0).dictionary_page_offset
    stored[at : at + 400] = b"\xff" * 400
    source.path.write_bytes(stored)
    *whole, last = read_lines(source)
    assert len(whole) == 2000  # the row group that was hit is lost as a whole
    assert last.damage is not None and last.number == len(whole) + 1


def test_footer_that_tells_of_too_much_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "many.parquet"
    numbers = np.arange(10_000_000) // 1000
    pq.write_table(pa.table({"n": numbers}), path, compression="zstd", use_dictionary=False)
    assert len(list(islice(read_rows(path, Bounds(10_000, 1 << 40)), 3))) == 3
    with pytest.raises(InputError, match="expand"):
        next(read_rows(path, Bounds(3, 1 << 40)))
