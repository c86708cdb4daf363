"""Outcome files without some of their rows, written aside and put in place afterwards.

Between the two the audit records the new digests. A crash in between is mended by doing it again:
the same rows taken out of the same file give the same bytes.
"""

import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from assay.audit.file_changes import FileState
from assay.datasets.json_text import parse_json
from assay.datasets.reading import read_lines
from assay.datasets.sources import Format, Source
from assay.datasets.writing import JsonlWriter, RecordWriter, Written
from assay.domain.errors import OutputError

MAX_LINE_BYTES = 256 << 20  # an input line is 16 MiB at most; escapes and the verdict add to it
MAX_SEARCHED_IDS = 8  # beyond, reading a line is cheaper than searching it for each
FORMATS: Mapping[str, Format] = {".jsonl": "jsonl", ".parquet": "parquet"}


@dataclass(frozen=True, slots=True)
class Rewritten:
    """One file, written again aside; `found_sha256` is the digest of what was read."""

    path: Path
    aside: Path
    before: FileState
    found_sha256: str
    num_removed: int
    written: Written

    @property
    def is_recorded(self) -> bool:
        """Whether the audit knows the new bytes: a crash kept them from being put in place."""
        return self.written.sha256 == self.before.sha256

    def put_in_place(self) -> None:
        """Let the new file take the place of the old one.

        Raises:
            OutputError: it cannot be renamed; the audit has its digest: do it again.
        """
        try:
            self.aside.replace(self.path)
            folder = os.open(self.path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as exc:
            raise OutputError(
                f"expected to replace {str(self.path)!r}, found: {exc.strerror}; mend it and "
                "remove the sample again"
            ) from exc


@contextmanager
def remove_from_files(
    out_dir: Path, sample_ids: Collection[str], states: Mapping[str, FileState]
) -> Iterator[list[Rewritten]]:
    """Give the files of a run that hold one of these contents, written again without them.

    What is not put in place is removed when the context ends. Files that are not there are left.

    Raises:
        OutputError: a file cannot be written.
        InputError: a file cannot be read.
    """
    found: list[Rewritten] = []
    try:
        for state in states.values():
            path = out_dir / Path(state.name).name
            if state.sha256 is None or path.suffix not in FORMATS or not path.is_file():
                continue
            rewritten = _rewrite(path, state, frozenset(sample_ids))
            if rewritten is not None:
                found.append(rewritten)
        yield found
    finally:
        for rewritten in found:
            rewritten.aside.unlink(missing_ok=True)


def _rewrite(path: Path, state: FileState, sample_ids: frozenset[str]) -> Rewritten | None:
    lines = read_lines(
        Source(state.name, path, FORMATS[path.suffix]), max_line_bytes=MAX_LINE_BYTES
    )
    aside = path.with_name(f".{path.stem}.removing{path.suffix}")
    num_removed = 0
    with _open_writer(aside) as writer:
        for line in lines:
            if line.data is None:
                raise OutputError(
                    f"expected rows in {str(path)!r}, found damage in row {line.number}; restore "
                    "the file, or delete it"
                )
            if _is_one_of(line.data, sample_ids):
                num_removed += 1
            else:
                writer.write(line.data)
    written = writer.close()
    if not num_removed:
        aside.unlink(missing_ok=True)
        return None
    return Rewritten(path, aside, state, lines.digest.sha256, num_removed, written)


def _is_one_of(line: bytes, sample_ids: frozenset[str]) -> bool:
    """Whether a row is the outcome of one of these contents; others may name it as their twin."""
    if len(sample_ids) <= MAX_SEARCHED_IDS and not any(s.encode() in line for s in sample_ids):
        return False
    row = parse_json(line)
    block = row.get("assay") if isinstance(row, dict) else None
    return isinstance(block, dict) and cast(object, block.get("sample_id")) in sample_ids


def _open_writer(path: Path) -> RecordWriter:
    if path.suffix == ".parquet":
        from assay.datasets.parquet_writing import ParquetWriter  # loads Arrow

        return ParquetWriter(path)
    return JsonlWriter(path)
