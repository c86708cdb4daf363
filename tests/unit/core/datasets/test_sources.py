import gzip
import io
import sys
from pathlib import Path

import pytest
import zstandard

from assay.datasets.sources import Source, expand_inputs
from assay.domain.errors import InputError

LINE = b'{"messages": []}\n'


def test_directory_expands_recursively_in_sorted_order_and_reports_the_rest(tmp_path: Path) -> None:
    data = tmp_path / "data"
    (data / "b").mkdir(parents=True)
    (data / "b" / "two.jsonl.gz").write_bytes(gzip.compress(LINE, mtime=0))
    (data / "c.ndjson").write_bytes(LINE)
    (data / "a.jsonl.zst").write_bytes(zstandard.compress(LINE))
    (data / "B.JSONL").write_bytes(LINE)
    (data / "notes.txt").write_text("no")
    (data / "dataset_info.json").write_text("{}")
    (data / "loop").symlink_to(data)
    found = expand_inputs([f"{data}/"])
    assert [(Path(s.name).relative_to(data).as_posix(), s.format) for s in found.sources] == [
        ("B.JSONL", "jsonl"),
        ("a.jsonl.zst", "jsonl.zst"),
        ("b/two.jsonl.gz", "jsonl.gz"),
        ("c.ndjson", "jsonl"),
    ]
    assert [Path(s.name).name for s in found.skipped] == ["dataset_info.json", "loop", "notes.txt"]


def test_names_stay_as_the_user_gave_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "x.jsonl").write_bytes(LINE)
    (tmp_path / "y.json").write_bytes(LINE)
    monkeypatch.chdir(tmp_path)
    found = expand_inputs(["y.json", "in"])
    assert [source.name for source in found.sources] == ["y.json", "in/x.jsonl"]


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("x.jsonl", gzip.compress(LINE, mtime=0), "jsonl.gz content"),
        ("x.jsonl.gz", LINE, "first bytes 7b 22"),
        ("x.jsonl.zst", gzip.compress(LINE, mtime=0), "jsonl.gz content"),
        ("x.jsonl.gz", b"", "an empty file"),
        ("x.parquet", LINE, "first bytes"),
        ("x.json", b'\xef\xbb\xbf [\n{"a": 1}]', "a JSON array"),
        ("x.csv", b"a,b", "to end in .jsonl"),
    ],
)
def test_suffix_and_first_bytes_must_agree(
    tmp_path: Path, name: str, content: bytes, found: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError, match=found):
        expand_inputs([str(path)])


def test_an_empty_text_file_is_a_source_without_rows(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(b"")
    assert expand_inputs([str(path)]).sources == (Source(str(path), path, "jsonl"),)


@pytest.mark.parametrize("name", ["missing.jsonl", "nul\0.jsonl", "n" * 300 + ".jsonl"])
def test_what_cannot_be_opened_is_an_input_error(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="expected"):
        expand_inputs([str(tmp_path / name)])


def test_a_file_without_permission_is_an_input_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(LINE)

    def refuse(self: Path, mode: str) -> None:  # root reads everything, so mode bits prove nothing
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(InputError, match="Permission denied; check the path and permissions"):
        expand_inputs([str(path)])


def test_a_device_is_an_input_error() -> None:
    with pytest.raises(InputError, match="read a pipe with '-'"):
        expand_inputs(["/dev/null"])


@pytest.mark.parametrize("others", [[], ["readme.md"]])
def test_a_directory_without_a_source_is_an_input_error(tmp_path: Path, others: list[str]) -> None:
    for name in others:
        (tmp_path / name).write_text("x")
    with pytest.raises(InputError, match=others[0] if others else "no file at all"):
        expand_inputs([str(tmp_path)])


def test_no_input_at_all_is_an_input_error() -> None:
    with pytest.raises(InputError, match="at least one input"):
        expand_inputs([])


def test_the_same_file_twice_is_an_input_error(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(LINE)
    with pytest.raises(InputError, match="each input once"):
        expand_inputs([str(tmp_path), str(path)])


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (LINE, "jsonl"),
        (gzip.compress(LINE, mtime=0), "jsonl.gz"),
        (zstandard.compress(LINE), "jsonl.zst"),
    ],
)
def test_standard_input_tells_its_format_by_its_first_bytes(
    monkeypatch: pytest.MonkeyPatch, content: bytes, expected: str
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(content))))
    (source,) = expand_inputs(["-"]).sources
    assert (source.name, source.path, source.format) == ("-", None, expected)
    assert sys.stdin.buffer.read() == content


def test_parquet_on_standard_input_is_an_input_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(b"PAR1...."))))
    with pytest.raises(InputError, match=r"save it to a \.parquet file"):
        expand_inputs(["-"])
