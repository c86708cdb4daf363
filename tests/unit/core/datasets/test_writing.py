import os
import stat
from hashlib import sha256
from pathlib import Path

import orjson
import pytest

from assay.datasets.atomic_file import AtomicFile
from assay.datasets.parquet_writing import ParquetWriter
from assay.datasets.reading import read_lines
from assay.datasets.sources import expand_inputs
from assay.datasets.writing import JsonlWriter, RecordWriter
from assay.domain.errors import OutputError
from assay.domain.sample import JsonObject

RECORD: JsonObject = {"messages": [{"role": "user", "content": "é"}], "id": "1", "x": 2**70}
WRITERS = pytest.mark.parametrize(
    ("writer", "name"), [(JsonlWriter, "out.jsonl"), (ParquetWriter, "out.parquet")]
)


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def test_jsonl_lines_are_records_in_a_fixed_order_or_bytes_as_given(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    with JsonlWriter(path) as writer:
        writer.write(RECORD)
        writer.write(b'{"as": "given"}')
    lines = path.read_bytes().splitlines()
    assert lines[0].startswith('{"id":"1","messages":[{"role":"user","content":"é"}],"x"'.encode())
    assert lines[1] == b'{"as": "given"}'


@WRITERS
def test_closing_tells_rows_size_and_digest_of_the_file(
    tmp_path: Path, writer: type[RecordWriter], name: str
) -> None:
    path = tmp_path / "new" / "folder" / name
    out = writer(path)
    for _ in range(3):
        out.write(RECORD)
    assert not path.exists()
    written = out.close()
    stored = path.read_bytes()
    assert written == (3, len(stored), sha256(stored).hexdigest())
    assert out.close() == written
    assert names_in(path.parent) == [name]
    assert len(list(read_lines(expand_inputs([str(path)]).sources[0]))) == 3


@WRITERS
def test_the_same_records_give_the_same_bytes(
    tmp_path: Path, writer: type[RecordWriter], name: str
) -> None:
    digests = set()
    for folder in ("a", "b"):
        with writer(tmp_path / folder / name) as out:
            out.write(RECORD)
            out.write(orjson.dumps({"id": "2"}))
        digests.add(out.close())
    assert len(digests) == 1


@WRITERS
def test_an_exception_leaves_the_former_file(
    tmp_path: Path, writer: type[RecordWriter], name: str
) -> None:
    path = tmp_path / name
    path.write_bytes(b"former")
    with pytest.raises(KeyError), writer(path) as out:
        out.write(RECORD)
        raise KeyError
    assert path.read_bytes() == b"former"
    assert names_in(tmp_path) == [name]


@WRITERS
def test_a_part_left_by_a_crash_is_written_over(
    tmp_path: Path, writer: type[RecordWriter], name: str
) -> None:
    (tmp_path / f".{name}.part").write_bytes(b"x" * 100_000)
    with writer(tmp_path / name) as out:
        out.write(RECORD)
    assert (tmp_path / name).stat().st_size == out.close().num_bytes < 100_000


@WRITERS
def test_a_full_disk_is_an_output_error_and_leaves_no_file(
    tmp_path: Path, writer: type[RecordWriter], name: str
) -> None:
    device = Path("/dev/full")
    if not (device.exists() and stat.S_ISCHR(device.stat().st_mode)):
        pytest.skip("needs /dev/full")
    (tmp_path / f".{name}.part").symlink_to(device)
    with (
        pytest.raises(OutputError, match=f"{name}', found: No space left on device; free disk"),
        writer(tmp_path / name) as out,
    ):
        for _ in range(5):
            out.write({"id": "x" * 300_000 + os.urandom(150_000).hex()})
    assert names_in(tmp_path) == []


def test_a_folder_that_cannot_be_made_is_an_output_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match=r"Not a directory|File exists"):
        JsonlWriter(tmp_path / "file" / "out.jsonl")


def test_a_read_only_folder_is_an_output_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Path, mode: str, buffering: int) -> None:  # root may write everywhere
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(OutputError, match="Read-only file system; free disk space or permit"):
        AtomicFile(tmp_path / "out.jsonl")
