"""Where lines go: a file that gets its name when it is complete, or standard output."""

from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from assay.datasets.atomic_file import AtomicFile


class FileSink:
    """Lines in a file; an exception leaves no file, or the former one.

    Raises:
        OutputError: the file cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self._file = AtomicFile(path)

    def write(self, line: bytes) -> None:
        self._file.write(line + b"\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self._file.commit()
        else:
            self._file.discard()


class StreamSink:
    """Lines on a stream, each passed on at once."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def write(self, line: bytes) -> None:
        self._stream.write(line + b"\n")
        self._stream.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the stream open: it is not ours."""
