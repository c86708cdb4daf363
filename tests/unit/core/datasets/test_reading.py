import gzip
import io
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from assay.datasets.reading import Batches, read_batches, read_lines
from assay.datasets.sources import Source, expand_inputs
from assay.domain.errors import InputError

ROWS = [b'{"prompt": "%d", "completion": "%s"}' % (i, b"x" * (i * 37 % 900)) for i in range(1000)]
PLAIN = b"\n".join(ROWS) + b"\n"


def write(folder: Path, name: str, content: bytes) -> Source:
    path = folder / name
    path.write_bytes(content)
    return expand_inputs([str(path)]).sources[0]


@pytest.mark.parametrize(
    ("name", "stored"),
    [
        ("x.jsonl", PLAIN),
        ("x.jsonl.gz", gzip.compress(PLAIN)),
        ("x.jsonl.zst", zstandard.compress(PLAIN)),
    ],
)
def test_lines_and_digest_of_every_text_format(tmp_path: Path, name: str, stored: bytes) -> None:
    lines = read_lines(write(tmp_path, name, stored))
    assert [line.data for line in lines] == ROWS
    assert [line.number for line in lines] == list(range(1, 1001))
    assert lines.digest == (sha256(stored).hexdigest(), len(stored))


def test_standard_input_is_read_by_the_same_code(monkeypatch: pytest.MonkeyPatch) -> None:
    stored = gzip.compress(PLAIN)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(stored))))
    lines = read_lines(expand_inputs(["-"]).sources[0])
    assert [line.data for line in lines] == ROWS
    assert lines.digest.sha256 == sha256(stored).hexdigest()


def test_a_truncated_file_ends_with_a_line_that_says_so(tmp_path: Path) -> None:
    stored = gzip.compress(PLAIN)
    source = write(tmp_path, "x.jsonl.gz", stored[:-20])
    *whole, last = read_lines(source)
    assert [line.data for line in whole] == ROWS[: len(whole)]
    assert len(whole) > 900
    assert last.number == len(whole) + 1
    assert last.damage is not None and "truncated gzip" in last.damage


def test_a_file_that_vanished_is_an_input_error(tmp_path: Path) -> None:
    source = write(tmp_path, "x.jsonl", PLAIN)
    assert source.path is not None
    source.path.unlink()
    with pytest.raises(InputError, match="still there"):
        list(read_lines(source))


def test_batches_never_mix_sources_and_know_the_digests(tmp_path: Path) -> None:
    sources = [
        write(tmp_path, "a.jsonl", b"\n{}\n{}\n{}\n"),
        write(tmp_path, "empty.jsonl", b""),
        write(tmp_path, "b.jsonl", b"{}\n"),
    ]
    batches = read_batches(sources, rows_per_batch=2, max_batch_bytes=1 << 20)
    cut = [(batch.source, batch.first_line, len(batch.lines)) for batch in batches]
    assert cut == [(0, 2, 2), (0, 4, 1), (2, 1, 1)]
    assert batches.digests[0] == (sha256(b"\n{}\n{}\n{}\n").hexdigest(), 10)
    assert batches.digests[1] == (sha256(b"").hexdigest(), 0)
    assert sorted(batches.digests) == [0, 1, 2]


def test_batches_keep_the_byte_bound_and_pass_a_single_larger_line(tmp_path: Path) -> None:
    source = write(tmp_path, "a.jsonl", b"1234\n1234\n1234567890\n12\n12\n12\n")
    batches = read_batches([source], rows_per_batch=100, max_batch_bytes=8)
    assert [[line.number for line in batch.lines] for batch in batches] == [[1, 2], [3], [4, 5, 6]]


def test_batches_are_the_same_for_every_container(tmp_path: Path) -> None:
    sources = [
        write(tmp_path, "x.jsonl", PLAIN),
        write(tmp_path, "x.jsonl.gz", gzip.compress(PLAIN)),
        write(tmp_path, "x.jsonl.zst", zstandard.compress(PLAIN)),
    ]
    cuts = [
        [batch.lines for batch in Batches([source], rows_per_batch=37, max_batch_bytes=9000)]
        for source in sources
    ]
    assert cuts[0] == cuts[1] == cuts[2]
    assert len(cuts[0]) > 40


@given(st.lists(st.integers(0, 40), max_size=30), st.integers(1, 5), st.integers(1, 60))
def test_batches_hold_every_line_once_within_the_bounds(
    sizes: list[int], rows: int, num_bytes: int
) -> None:
    lines = b"\n".join(b"x" * size for size in sizes)
    # Standard input saves a file per example.
    stdin = io.TextIOWrapper(io.BufferedReader(io.BytesIO(lines)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", stdin)
        source = Source("-", None, "jsonl")
        batches = list(read_batches([source], rows_per_batch=rows, max_batch_bytes=num_bytes))
    delivered = [line.number for batch in batches for line in batch.lines]
    assert delivered == [number for number, size in enumerate(sizes, 1) if size]
    for batch in batches:
        held = sum(len(line.data or b"") for line in batch.lines)
        assert len(batch.lines) <= rows
        assert held <= num_bytes or len(batch.lines) == 1


_READ_UNDER_A_LIMIT = """
import resource, sys
from assay.datasets.reading import read_lines
from assay.datasets.sources import expand_inputs
sources = expand_inputs(sys.argv[1:]).sources
pages = int(open("/proc/self/statm").read().split()[0])
limit = pages * resource.getpagesize() + (64 << 20)
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
for source in sources:
    first, long, last = read_lines(source)
    assert (first.data, last.data, last.number) == (b"{}", b"{}", 3)
    sys.stdout.write(f"{long.oversize.num_bytes} {len(long.oversize.head)}\\n")
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs Linux's memory accounts")
def test_a_line_far_beyond_the_limit_is_never_held(tmp_path: Path) -> None:
    size = 100 << 20  # held whole, even once, it would not fit under the limit
    content = b"{}\n" + b"y" * size + b"\n{}"
    for name, stored in (
        ("x.jsonl", content),
        ("x.jsonl.gz", gzip.compress(content, compresslevel=1)),
        ("x.jsonl.zst", zstandard.compress(content)),
    ):
        (tmp_path / name).write_bytes(stored)
    done = subprocess.run(
        [sys.executable, "-c", _READ_UNDER_A_LIMIT, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout == f"{size} 4096\n" * 3
