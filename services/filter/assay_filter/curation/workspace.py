"""Where a run keeps its files: a work folder inside the output folder, gone when the run is done.

`run.json` ties the folder to a run in the audit database and to the inputs it was started with.
Every file appears under its name only when it is whole (written aside, synced, renamed), so what a
crash leaves is either complete or ignored.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import orjson

from assay.datasets.sources import Source
from assay.domain.errors import OutputError, RunStateError
from assay.domain.verdict import Outcome

WORK_FOLDER = ".assay-work"
MANIFEST = "manifest.json"
REPORT = "report.html"
MARK = "run.json"
LAYOUT = 2  # of the work folder; other layouts cannot be gone on with


@dataclass(frozen=True, slots=True)
class InputMark:
    """How a resumed run recognises an input: its name, size in bytes and time of change."""

    name: str
    num_bytes: int
    changed_nanoseconds: int


@dataclass(frozen=True, slots=True)
class RunMark:
    """What `run.json` holds."""

    run_id: str
    config_sha256: str
    database: str
    inputs: tuple[InputMark, ...]
    layout: int = LAYOUT


class Workspace:
    """The output folder of one run, locked while the run works in it."""

    def __init__(self, out_dir: Path) -> None:
        self.out_dir = out_dir
        self.work_dir = out_dir / WORK_FOLDER
        self.export_dir = self.work_dir / "export"
        self._lock: int | None = None

    @classmethod
    def of_run(cls, out_dir: str) -> "Workspace":
        """Return the folder of a run whose tasks guard it by their leases: without the lock."""
        return cls(Path(out_dir))

    def __enter__(self) -> "Workspace":
        """Create the folders and take the lock.

        Raises:
            OutputError: the folder cannot be written.
            RunStateError: another run works in it.
        """
        try:
            while self._lock is None:
                self.export_dir.mkdir(parents=True, exist_ok=True)
                self._lock = self._take_lock()
        except BlockingIOError as exc:
            raise RunStateError(
                f"expected {str(self.out_dir)!r} to be free, found another run at work in it; "
                "wait for it, or choose another --out"
            ) from exc
        except OSError as exc:
            raise OutputError(
                f"expected to write in {str(self.out_dir)!r}, found: {exc.strerror}; "
                "choose another --out or mend its permissions"
            ) from exc
        return self

    def _take_lock(self) -> int | None:
        """Return the locked file, or None when a run that just ended removed it meanwhile."""
        path = self.work_dir / "lock"
        try:
            descriptor = os.open(path, os.O_CREAT | os.O_RDWR, 0o644)
        except FileNotFoundError:
            return None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if path.exists() and path.stat().st_ino == os.fstat(descriptor).st_ino:
                return descriptor
        except OSError:
            os.close(descriptor)
            raise
        os.close(descriptor)
        return None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._lock is None:
            return
        if not (self.work_dir / MARK).exists():  # no run was begun, or it is complete
            shutil.rmtree(self.work_dir, ignore_errors=True)
        os.close(self._lock)
        self._lock = None

    def make(self) -> None:
        """Create the folders of a run that takes no lock.

        Raises:
            OutputError: the folder cannot be written.
        """
        try:
            self.export_dir.mkdir(parents=True, exist_ok=True)
        except OSError as exc:
            raise OutputError(
                f"expected to write in {str(self.out_dir)!r}, found: {exc.strerror}; "
                "mend its permissions, then resume"
            ) from exc

    @property
    def is_done(self) -> bool:
        """Whether a finished run's manifest stands in the output folder."""
        return (self.out_dir / MANIFEST).is_file()

    def part(self, stage: str, ordinal: int, fence: int, suffix: str) -> Path:
        """Return the path of a stage's file for one chunk.

        `fence` is that of the claim which wrote it: a worker that lost its lease can never write
        over the file of the one that took its place.
        """
        return self.work_dir / f"{stage}-{ordinal:06d}-{fence}.{suffix}"

    def read_mark(self) -> RunMark | None:
        """Return what `run.json` says, or None when no run was begun."""
        path = self.work_dir / MARK
        if not path.is_file():
            return None
        try:
            body: dict[str, Any] = orjson.loads(path.read_bytes())
            inputs = tuple(InputMark(**mark) for mark in body.pop("inputs"))
            mark = RunMark(**{"layout": 1, **body}, inputs=inputs)
        except (ValueError, TypeError, KeyError, AttributeError) as exc:
            raise RunStateError(
                f"expected {str(path)!r} to describe a run, found: {exc}; the work folder was "
                "damaged: start again with --overwrite"
            ) from exc
        if mark.layout != LAYOUT:
            raise RunStateError(
                f"expected a work folder of layout {LAYOUT} in {str(self.out_dir)!r}, found layout "
                f"{mark.layout}, of another version of Assay: go on with that version, or start "
                "again with --overwrite"
            )
        return mark

    def write_mark(self, mark: RunMark) -> None:
        """Write `run.json`."""
        write_whole(self.work_dir / MARK, orjson.dumps(asdict(mark)))

    def empty_work(self) -> None:
        """Empty the work folder, but for the lock."""
        for path in self.work_dir.iterdir():
            if path.name == "lock":
                continue
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        self.export_dir.mkdir()

    def clear(self) -> None:
        """Forget an unfinished run and a former run's results, but for the lock."""
        self.empty_work()
        for path in self.out_dir.glob("*.tmp"):
            path.unlink()
        results = [f"{outcome}{suffix}" for outcome in Outcome for suffix in (".jsonl", ".parquet")]
        for name in (MANIFEST, REPORT, *results):
            (self.out_dir / name).unlink(missing_ok=True)

    def remove_work(self) -> None:
        """Remove the work folder of a finished run, the mark first: it means unfinished work.

        What a crash leaves of the folder after that goes with the next command's lock.
        """
        (self.work_dir / MARK).unlink(missing_ok=True)
        shutil.rmtree(self.work_dir, ignore_errors=True)


def mark_inputs(sources: Sequence[Source]) -> tuple[InputMark, ...]:
    """Return the marks of the inputs as they are now."""
    marks = []
    for source in sources:
        assert source.path is not None
        stat = source.path.stat()
        marks.append(InputMark(source.name, stat.st_size, stat.st_mtime_ns))
    return tuple(marks)


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a path to write to; the file appears under its own name when it is whole and synced.

    Raises:
        OutputError: the disk is full or the folder cannot be written.
    """
    aside = path.with_name(path.name + ".tmp")
    try:
        yield aside
        descriptor = os.open(aside, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        aside.replace(path)
    except OSError as exc:
        raise OutputError(
            f"expected to write {str(path)!r}, found: {exc.strerror or exc}; "
            "free space or mend permissions, then use --resume"
        ) from exc


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that it appears whole or not at all.

    Raises:
        OutputError: the disk is full or the folder cannot be written.
    """
    with whole_file(path) as aside:
        aside.write_bytes(data)
