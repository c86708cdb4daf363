"""Writers of results; each file is whole or not there at all.

Leaving the context commits, an exception leaves no file. The bytes are a function of the records
alone. `ParquetWriter` has a module of its own, so that JSON lines need no Arrow.
"""

from abc import ABC, abstractmethod
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, TypeAlias, TypeVar

from assay.datasets.atomic_file import AtomicFile
from assay.datasets.canonical import record_bytes
from assay.domain.sample import JsonObject

Record: TypeAlias = bytes | JsonObject  # bytes: one JSON object, written before

W = TypeVar("W", bound="RecordWriter")


class Written(NamedTuple):
    """What a closed file holds."""

    rows: int
    num_bytes: int
    sha256: str


class RecordWriter(ABC):
    """Writes records to one file."""

    def __init__(self, path: Path) -> None:
        self.file = AtomicFile(path)
        self._num_rows = 0
        self._written: Written | None = None

    def write(self, record: Record) -> None:
        """Add one record."""
        self._add(record)
        self._num_rows += 1

    def write_lines(self, lines: bytes, num_lines: int) -> None:
        """Add records that are JSON lines already, each with its line feed."""
        for line in lines[:-1].split(b"\n") if lines else ():
            self._add(line)
        self._num_rows += num_lines

    def close(self) -> Written:
        """Make the file durable under its name; a second call returns the same."""
        if self._written is None:
            try:
                self._finish()
                self.file.commit()
            except BaseException:
                self.abort()
                raise
            self._written = Written(self._num_rows, self.file.num_bytes, self.file.sha256())
        return self._written

    def abort(self) -> None:
        """Remove what was written so far."""
        self.file.discard()

    def __enter__(self: W) -> W:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.abort()

    @abstractmethod
    def _add(self, record: Record) -> None:
        """Take one record."""

    @abstractmethod
    def _finish(self) -> None:
        """Pass on what is still held back."""


class JsonlWriter(RecordWriter):
    """One JSON object a line, keys in a fixed order."""

    def _add(self, record: Record) -> None:
        line = record if isinstance(record, bytes) else record_bytes(record)
        assert b"\n" not in line, "a record is one line"
        self.file.write(line + b"\n")

    def write_lines(self, lines: bytes, num_lines: int) -> None:
        """Copy the bytes as they are."""
        assert lines.count(b"\n") == num_lines, "a record is one line"
        if lines:
            self.file.write(lines)
        self._num_rows += num_lines

    def _finish(self) -> None:
        """Hold nothing back: the file buffers."""
