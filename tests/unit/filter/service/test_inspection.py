"""What an upload may be: bounds of expansion, and names."""

import gzip
import io
import time
import tracemalloc
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from assay.datasets.expansion import Bounds
from assay.domain.errors import InputError
from assay.web.problems import ProblemError
from assay_filter.service.inspection import inspect_file
from assay_filter.service.receiving import shown_name

BOUNDS = Bounds(max_expansion=200, max_expanded_bytes=100 << 20)
MIB = 1 << 20


def write(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def zstd_bomb(num_mebibytes: int) -> bytes:
    stream = io.BytesIO()
    with zstandard.ZstdCompressor().stream_writer(stream, closefd=False) as writer:
        for _ in range(num_mebibytes):
            writer.write(b"\n" * MIB)
    return stream.getvalue()


def test_a_bomb_is_found_early_and_in_little_memory(tmp_path: Path) -> None:
    path = write(tmp_path, "b.jsonl.zst", zstd_bomb(4096))
    tracemalloc.start()
    begun = time.monotonic()
    with pytest.raises(InputError, match="expand at most 200 times"):
        inspect_file(path, "b.jsonl.zst", BOUNDS)
    assert time.monotonic() - begun < 10
    assert tracemalloc.get_traced_memory()[1] < 80 * MIB
    tracemalloc.stop()


def test_a_small_file_may_expand_as_it_likes(tmp_path: Path) -> None:
    path = write(tmp_path, "s.jsonl.gz", gzip.compress(b'{"a": 1}\n' * 1_000_000))
    assert inspect_file(path, "s.jsonl.gz", BOUNDS) == "jsonl.gz"


def test_expanded_bytes_are_bounded_whatever_the_ratio(tmp_path: Path) -> None:
    path = write(tmp_path, "s.jsonl.gz", gzip.compress(b'{"a": 1}\n' * 1000))
    with pytest.raises(InputError, match="at most 100 bytes"):
        inspect_file(path, "s.jsonl.gz", Bounds(200, 100))


def test_a_parquet_file_is_bounded_by_its_footer(tmp_path: Path) -> None:
    path = tmp_path / "p.parquet"
    pq.write_table(pa.table({"text": ["x" * (20 * MIB)]}), path, compression="zstd")
    with pytest.raises(InputError, match="rows of at most"):
        inspect_file(path, "p.parquet", BOUNDS)
    with pytest.raises(InputError, match="at most 1000 bytes"):
        inspect_file(path, "p.parquet", Bounds(200, 1000))


def test_a_message_names_the_clients_name_and_no_path(tmp_path: Path) -> None:
    path = write(tmp_path, "kept.parquet", b"PAR1 nothing PAR1")
    with pytest.raises(InputError) as raised:
        inspect_file(path, "mine.parquet", BOUNDS)
    assert "mine.parquet" in str(raised.value)
    assert str(tmp_path) not in str(raised.value)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("a.jsonl", "a.jsonl"),
        ("../../a.jsonl", "a.jsonl"),
        ("C:\\x\\a.jsonl", "a.jsonl"),
        (" a b.jsonl ", "a b.jsonl"),
        ("\u00fc.jsonl", "\u00fc.jsonl"),
    ],
)
def test_a_name_is_shown_without_folders(given: str, shown: str) -> None:
    assert shown_name(given) == shown


@pytest.mark.parametrize("given", [None, "", "/", "..\\", "a\0b", "a\nb", "x" * 256, "a\u202eb"])
def test_what_is_no_name_is_refused(given: str | None) -> None:
    with pytest.raises(ProblemError):
        shown_name(given)
