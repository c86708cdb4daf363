"""A file that gets its name when it is complete.

Bytes go to `.NAME.part` beside the target; `commit` forces them to the disk and renames, so a crash
at any moment leaves the former file or none.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path

from assay.domain.errors import OutputError

_BUFFER_BYTES = 1 << 20


class AtomicFile:
    """A file under way; counts and hashes what passes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.part = path.with_name(f".{path.name}.part")
        self.num_bytes = 0
        self.closed = False  # asked for by pyarrow
        self._hash = sha256()
        self._discarded = False
        with self._translated():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._stream = self.part.open("wb", buffering=_BUFFER_BYTES)

    def write(self, data: bytes) -> int:
        if self._discarded:
            return len(data)
        with self._translated():
            self._stream.write(data)
        self._hash.update(data)
        self.num_bytes += len(data)
        return len(data)

    def flush(self) -> None:
        """Leave flushing to `commit`; pyarrow calls this after each row group."""

    def commit(self) -> None:
        with self._translated():
            self._stream.flush()
            os.fsync(self._stream.fileno())
            self._stream.close()
            self.part.replace(self.path)
            folder = os.open(self.path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)  # the rename itself must survive a power cut
            finally:
                os.close(folder)

    def discard(self) -> None:
        """Remove the part; what is written from now on goes nowhere."""
        self._discarded = True
        with suppress(OSError):  # what the buffer still holds is not wanted any more
            self._stream.close()
        with self._translated():
            self.part.unlink(missing_ok=True)

    def sha256(self) -> str:
        return self._hash.hexdigest()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except OSError as exc:
            raise OutputError(
                f"expected to write {str(self.path)!r}, found: {exc.strerror or exc}; free disk "
                f"space or permit writing there, or choose another output directory, and run again"
            ) from exc
