import hashlib
import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from assay.datasets.canonical import sample_id
from assay.datasets.lines import RawLine
from assay.datasets.reading import read_lines
from assay.datasets.sources import Source
from assay_judge.scoring.rows import ReadRow, read_rows

PAYLOAD = {
    "messages": [{"role": "user", "content": "Why?"}, {"role": "assistant", "content": "So."}]
}


def _rows(folder: Path, content: bytes) -> list[ReadRow]:
    path = folder / "in.jsonl"
    path.write_bytes(content)
    return list(read_rows(read_lines(Source("in.jsonl", path, "jsonl"))))


def test_a_row_knows_its_place_its_id_and_its_address(tmp_path: Path) -> None:
    body = json.dumps({"id": "mine", **PAYLOAD}).encode()
    (row,) = _rows(tmp_path, b"\n" + body)
    assert (str(row.row), row.id) == ("in.jsonl:2", "mine")
    assert row.sample_id == sample_id(PAYLOAD)
    assert row.sample is not None and row.problem is None


def test_a_bad_line_is_addressed_by_its_bytes(tmp_path: Path) -> None:
    (row,) = _rows(tmp_path, b"{no json}")
    assert row.sample_id == hashlib.sha256(b"{no json}").hexdigest()
    assert row.problem is not None and row.problem.code == "input.invalid_json"


def test_a_line_beyond_the_limit_is_a_row_too(tmp_path: Path) -> None:
    large = b'{"x": "' + b"x" * (17 << 20) + b'"}'
    row, after = _rows(tmp_path, large + b"\n" + json.dumps(PAYLOAD).encode())
    assert row.problem is not None and row.problem.code == "input.too_large"
    assert row.sample_id == hashlib.sha256(large).hexdigest()
    assert after.sample is not None


def test_a_damaged_stream_ends_with_a_row_that_says_so() -> None:
    class Damaged:
        source = Source("in.jsonl.gz", None, "jsonl.gz")

        def __iter__(self):  # type: ignore[no-untyped-def]
            yield RawLine(1, None, damage="truncated gzip data")

    (row,) = read_rows(Damaged())  # type: ignore[arg-type]
    assert row.problem is not None and row.problem.code == "input.corrupt_stream"


@given(st.binary(max_size=60).filter(lambda line: b"\n" not in line and line.strip() != b""))
def test_any_line_is_one_row(line: bytes) -> None:
    class One:
        source = Source("f", None, "jsonl")

        def __iter__(self):  # type: ignore[no-untyped-def]
            yield RawLine(1, line)

    (row,) = read_rows(One())  # type: ignore[arg-type]
    assert (row.sample is None) == (row.problem is not None)
