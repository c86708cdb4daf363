"""Raw lines of sources, and batches of them.

Parquet rows are lines too, numbered by row. Batch boundaries depend on the input alone, not on how
it arrives, so that every run cuts the same batches. Once a source has been read to its end its
digest (of the bytes as stored) is known.
"""

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from assay.datasets.decompression import Damage, InputDigest, StoredBytes, read_blocks
from assay.datasets.expansion import Bounds
from assay.datasets.lines import HEAD_BYTES, MAX_LINE_BYTES, RawLine, split_lines, whole_line
from assay.datasets.sources import Source
from assay.domain.errors import InputError

if TYPE_CHECKING:
    from contextlib import AbstractContextManager


class RawBatch(NamedTuple):
    """Consecutive lines of one source; `source` is its position in the list of sources."""

    source: int
    first_line: int
    lines: tuple[RawLine, ...]


class Lines:
    """The lines of one source; its digest is known once they have been read to the end."""

    def __init__(
        self,
        source: Source,
        *,
        max_line_bytes: int = MAX_LINE_BYTES,
        bounds: Bounds | None = None,
    ) -> None:
        self.source = source
        self.bounds = bounds
        self.max_line_bytes = max_line_bytes
        self.num_bytes_read = 0  # of the source as stored, so far
        self._digest: InputDigest | None = None

    def __iter__(self) -> Iterator[RawLine]:
        if self.source.format == "parquet":
            yield from self._read_rows()
            return
        with _open(self.source) as stream:
            stored = StoredBytes(stream, self.source.name)
            blocks = read_blocks(stored, self.source.format)
            if self.bounds is not None and self.source.path is not None:
                size = self.source.path.stat().st_size
                blocks = self.bounds.guard(self.source.name, size, blocks)
            for line in split_lines(blocks, max_line_bytes=self.max_line_bytes):
                self.num_bytes_read = stored.num_bytes
                yield line
            self._digest = stored.digest()

    @property
    def digest(self) -> InputDigest:
        """SHA-256 and size of the source as stored."""
        assert self._digest is not None, "the digest is known once the lines are exhausted"
        return self._digest

    def _read_rows(self) -> Iterator[RawLine]:
        # pyarrow is loaded for Parquet input alone: it doubles the start-up time of a command.
        from assay.datasets.parquet_reading import read_rows

        assert self.source.path is not None, "standard input is never Parquet"
        for number, row in enumerate(read_rows(self.source.path, self.bounds), 1):
            if isinstance(row, Damage):
                yield RawLine(number, None, damage=row.reason)
            elif (line := whole_line(number, row, self.max_line_bytes)) is not None:
                yield line
        with _open(self.source) as stream:
            stored = StoredBytes(stream, self.source.name)
            for _ in stored:
                pass
            self._digest = stored.digest()


class Batches:
    """The lines of all sources, cut into batches; digests of the sources read so far."""

    def __init__(
        self,
        sources: Sequence[Source],
        *,
        rows_per_batch: int,
        max_batch_bytes: int,
        max_line_bytes: int = MAX_LINE_BYTES,
        bounds: Bounds | None = None,
    ) -> None:
        assert rows_per_batch > 0
        self.sources = sources
        self.rows_per_batch = rows_per_batch
        self.max_batch_bytes = max_batch_bytes
        self.max_line_bytes = max_line_bytes
        self.bounds = bounds
        self.num_bytes_read = 0  # of all sources as stored, so far
        self.digests: dict[int, InputDigest] = {}  # by position of the exhausted source

    def __iter__(self) -> Iterator[RawBatch]:
        for index, source in enumerate(self.sources):
            lines = Lines(source, max_line_bytes=self.max_line_bytes, bounds=self.bounds)
            before = self.num_bytes_read
            for batch in self._cut(lines):
                self.num_bytes_read = before + lines.num_bytes_read
                yield RawBatch(index, batch[0].number, tuple(batch))
            self.digests[index] = lines.digest
            self.num_bytes_read = before + lines.digest.num_bytes

    def _cut(self, lines: Iterable[RawLine]) -> Iterator[list[RawLine]]:
        batch: list[RawLine] = []
        num_bytes = 0
        for line in lines:
            size = len(line.data) if line.data is not None else HEAD_BYTES
            if len(batch) >= self.rows_per_batch or (
                batch and num_bytes + size > self.max_batch_bytes
            ):
                yield batch
                batch, num_bytes = [], 0
            batch.append(line)
            num_bytes += size
        if batch:
            yield batch


def read_lines(
    source: Source, *, max_line_bytes: int = MAX_LINE_BYTES, bounds: Bounds | None = None
) -> Lines:
    """Return the lines of `source`; a damaged stream ends with a line that says so.

    A compressed source that expands beyond `bounds` ends in an InputError.
    """
    return Lines(source, max_line_bytes=max_line_bytes, bounds=bounds)


def read_batches(
    sources: Sequence[Source],
    *,
    rows_per_batch: int,
    max_batch_bytes: int,
    bounds: Bounds | None = None,
) -> Batches:
    """Return the lines of `sources` in batches of at most so many rows and bytes.

    A batch never mixes sources; a single line above `max_batch_bytes` is a batch of its own. A
    compressed source that expands beyond `bounds` ends in an InputError.
    """
    return Batches(
        sources, rows_per_batch=rows_per_batch, max_batch_bytes=max_batch_bytes, bounds=bounds
    )


def _open(source: Source) -> "AbstractContextManager[BinaryIO]":
    if source.path is None:
        return nullcontext(sys.stdin.buffer)
    try:
        return source.path.open("rb", buffering=0)
    except OSError as exc:
        raise InputError(
            f"expected to read {source.name!r}, found: {exc.strerror or exc}; check that the file "
            f"is still there"
        ) from exc
