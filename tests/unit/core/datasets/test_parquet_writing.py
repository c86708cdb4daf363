from collections.abc import Mapping
from pathlib import Path
from typing import cast

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.datasets import parquet_writing
from assay.datasets.canonical import record_bytes
from assay.datasets.json_text import dump_json, parse_json
from assay.datasets.parquet_layout import SCHEMA, record_of, row_of
from assay.datasets.parquet_writing import ParquetWriter
from assay.datasets.reading import read_lines
from assay.datasets.sources import expand_inputs
from assay.domain.sample import JsonObject

TEXT = st.text(max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)  # fmt: skip
MAYBE = TEXT | st.none()
MESSAGE = st.fixed_dictionaries(
    {"role": st.sampled_from(["user", "assistant", "tool"])},
    optional={
        "content": MAYBE | JSON,
        "tool_calls": JSON,
        "tool_call_id": MAYBE,
        "name": MAYBE,
        "weight": st.integers(0, 1) | JSON,
        "other": JSON,
    },
)
RECORD = st.fixed_dictionaries(
    {},
    optional={
        "id": MAYBE | JSON,
        "type": TEXT,
        "messages": st.lists(MESSAGE, max_size=3) | JSON,
        "tools": JSON,
        "documents": JSON,
        "language": MAYBE,
        "metadata": JSON,
        "source": MAYBE,
        "assay": st.fixed_dictionaries({"sample_id": TEXT}) | JSON,
        "sample_id": JSON,
        "extra": JSON,
        "raw": TEXT,
    },
)


def written(path: Path, records: list[JsonObject]) -> list[bytes]:
    with ParquetWriter(path) as writer:
        for record in records:
            writer.write(record)
    return [line.data or b"" for line in read_lines(expand_inputs([str(path)]).sources[0])]


def sorted_json(record: JsonObject) -> bytes:
    return dump_json(record, sort_keys=True)


@given(RECORD)
def test_any_record_comes_back_from_its_row(record: JsonObject) -> None:
    row: Mapping[str, object] = {**dict.fromkeys(SCHEMA.names), **row_of(record)}
    messages = row["messages"]
    if messages is not None:  # Arrow pads the struct
        padding = dict.fromkeys(["role", "content", "tool_calls", "tool_call_id", "name", "weight"])
        row = {**row, "messages": [{**padding, **m} for m in cast(list[dict[str, str]], messages)]}
    assert sorted_json(record_of(row)) == sorted_json(record)


@given(st.lists(RECORD, max_size=6))
@settings(max_examples=30, deadline=None)
def test_any_records_come_back_from_the_file(
    tmp_path_factory: pytest.TempPathFactory, records: list[JsonObject]
) -> None:
    lines = written(tmp_path_factory.mktemp("out") / "x.parquet", records)
    assert [sorted_json(cast(JsonObject, parse_json(line))) for line in lines] == list(
        map(sorted_json, records)
    )


def test_an_export_reads_back_as_its_jsonl_lines(tmp_path: Path) -> None:
    def call(name: str, arguments: str) -> JsonObject:
        return {"id": "c", "type": "function", "function": {"name": name, "arguments": arguments}}

    def tool(name: str, parameters: JsonObject) -> JsonObject:
        return {"type": "function", "function": {"name": name, "parameters": parameters}}

    records: list[JsonObject] = [
        {
            "id": "1",
            "type": "tool_calling",
            "messages": [
                {"role": "user", "content": "Hi"},
                {
                    "role": "assistant",
                    "content": None,
                    "tool_calls": [call("f", '{ "b": 1,\n "a": null}'), call("g", "broken {")],
                    "weight": 1,
                },
                {"role": "tool", "content": "", "tool_call_id": "c", "name": "f"},
            ],
            "tools": [
                tool("f", {"a": {"b": [1, None]}}),
                tool("g", {"a": "x"}),
            ],
            "documents": [{"doc_id": "1", "text": "t"}],
            "language": "ja",
            "metadata": {"z": 2**80, "a": {}},
            "source": "s",
            "assay": {"sample_id": "ab", "scores": {}},
        },
        {"messages": [], "metadata": {}},
    ]  # fmt: skip
    path = tmp_path / "x.parquet"
    assert written(path, records) == [record_bytes(record) for record in records]
    table = pq.read_table(path)
    assert table.column("sample_id").to_pylist() == ["ab", None]
    assert orjson.loads(table.column("tools")[0].as_py()) == records[0]["tools"]
    assert table.column("messages")[0].as_py()[1]["weight"] == 1
    assert table.column("extra").null_count == 2


def test_what_the_columns_cannot_say_stands_in_extra(tmp_path: Path) -> None:
    records: list[JsonObject] = [
        {"messages": [{"role": "user"}, {"content": 5}], "assay": {"outcome": "rejected"}},
        {"raw": "not json", "id": None, "assay": {"sample_id": None}},
    ]
    path = tmp_path / "x.parquet"
    lines = written(path, records)
    assert [orjson.loads(line) for line in lines] == records
    extra = pq.read_table(path).column("extra").to_pylist()
    assert [orjson.loads(text) for text in extra] == [
        {"messages": records[0]["messages"]},
        {"raw": "not json", "id": None},
    ]


def test_row_groups_are_bounded_by_rows_and_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet_writing, "_GROUP_ROWS", 10)
    monkeypatch.setattr(parquet_writing, "_GROUP_BYTES", 2000)
    path = tmp_path / "x.parquet"
    ids = [str(i) for i in range(25)] + ["x" * 900] * 4
    written(path, [{"id": row_id} for row_id in ids])
    metadata = pq.ParquetFile(path).metadata
    groups = [metadata.row_group(at).num_rows for at in range(metadata.num_row_groups)]
    assert groups == [10, 10, 8, 1]


def test_a_file_that_only_bears_the_mark_is_read_as_any_other(tmp_path: Path) -> None:
    table = pa.table({"id": ["1"], "messages": ["[]"]}).replace_schema_metadata(SCHEMA.metadata)
    pq.write_table(table, tmp_path / "x.parquet")
    (line,) = read_lines(expand_inputs([str(tmp_path)]).sources[0])
    assert line.data == b'{"id":"1","messages":"[]"}'
