"""Keeps rollouts with their rewards in a folder: Parquet files, each whole or not there.

Records wait in memory until there are enough for a file, or until it is time. A process that is
killed loses what waits, a few seconds' worth, and nothing that lies in a file; one that is told to
leave writes it. A disk that is full is told, loses nothing as long as memory lasts, and then stops
the service from taking more (`has_room`), rather than lose records in silence.
"""

import os
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from assay.datasets.atomic_file import AtomicFile
from assay.domain.errors import InputError, OutputError
from assay_rl_rewards.keeping.record import SCHEMA, KeptReward, from_batch, to_batch

ROWS_PER_FILE = 20_000
SECONDS_PER_FILE = 10.0
MAX_WAITING = 200_000  # records; a rollout takes some kilobytes
ROWS_PER_BATCH = 1000
SUFFIX = ".parquet"


class RewardStore:
    """Writes records of one process into a folder; safe to use from several threads.

    Args:
        folder: made if need be; processes may share it.
        rows_per_file: a file is written when as many wait.
        seconds_per_file: or when the first has waited for this long, at the next call.
        max_waiting: records held while the disk refuses them.

    Raises:
        OutputError: the folder cannot be made.
    """

    def __init__(
        self,
        folder: Path,
        *,
        rows_per_file: int = ROWS_PER_FILE,
        seconds_per_file: float = SECONDS_PER_FILE,
        max_waiting: int = MAX_WAITING,
    ) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as exc:
            raise OutputError(f"expected to make the folder {str(folder)!r}, found: {exc}") from exc
        self._folder = folder
        self._rows_per_file = rows_per_file
        self._seconds_per_file = seconds_per_file
        self._max_waiting = max_waiting
        self._waiting: list[KeptReward] = []
        self._since = time.monotonic()
        self._num_files = 0
        self._lock = threading.Lock()  # of what waits
        self._writing = threading.Lock()  # one file at a time

    @property
    def num_waiting(self) -> int:
        """How many records are in no file yet."""
        return len(self._waiting)

    def has_room(self) -> bool:
        """Whether more may be taken; not while the disk has refused too many."""
        return len(self._waiting) < self._max_waiting

    def is_due(self) -> bool:
        """Whether a file should be written."""
        with self._lock:
            if not self._waiting:
                return False
            has_waited = time.monotonic() - self._since >= self._seconds_per_file
            return has_waited or len(self._waiting) >= self._rows_per_file

    def add(self, kept: Sequence[KeptReward]) -> None:
        """Take records; they are in a file after the next `write`."""
        with self._lock:
            if not self._waiting:
                self._since = time.monotonic()
            self._waiting += kept

    def write(self) -> int:
        """Write all that waits into a new file and return the number of its rows; blocks.

        Raises:
            OutputError: the disk refused; the records wait on, and come first at the next call.
        """
        with self._writing:
            with self._lock:
                kept, self._waiting = self._waiting, []
            if not kept:
                return 0
            try:
                self._write(kept)
            except (OSError, OutputError, pa.ArrowException) as exc:
                with self._lock:
                    self._waiting = kept + self._waiting
                    self._since = time.monotonic()
                raise OutputError(
                    f"expected to write rewards into {str(self._folder)!r}, found: {exc}; "
                    f"{len(kept)} records wait in memory"
                ) from exc
            return len(kept)

    def _write(self, kept: Sequence[KeptReward]) -> None:
        """Names sort by time; the process and a number part those of one millisecond."""
        name = f"rewards-{time.time_ns() // 1_000_000}-{os.getpid()}-{self._num_files}{SUFFIX}"
        file = AtomicFile(self._folder / name)
        try:
            with pq.ParquetWriter(file, SCHEMA, compression="zstd") as writer:
                for first in range(0, len(kept), ROWS_PER_BATCH):
                    writer.write_batch(to_batch(kept[first : first + ROWS_PER_BATCH]))
            file.commit()
        except BaseException:
            file.discard()
            raise
        self._num_files += 1


def read_kept(path: Path) -> Iterator[KeptReward]:
    """Yield the records of a file, or of all files of a folder in the order of their names.

    Raises:
        InputError: there is no file, or one is not what the store writes.
    """
    files = sorted(path.glob(f"*{SUFFIX}")) if path.is_dir() else [path]
    if not files or not files[0].is_file():
        raise InputError(f"expected Parquet files of kept rewards at {str(path)!r}, found none")
    for file in files:
        try:
            with pq.ParquetFile(file) as opened:
                for batch in opened.iter_batches(ROWS_PER_BATCH):
                    yield from from_batch(batch)
        except (OSError, pa.ArrowException) as exc:
            raise InputError(f"expected Parquet in {str(file)!r}, found: {exc}") from exc
