"""The files that a finished run left, as they are or in the other format.

JSON lines become Parquet in a copy that is kept beside the store and found by the digest of what it
was made from; Parquet becomes JSON lines on the way out. What the audit says of a file decides: a
file that was rewritten (a person's rows taken out) has a new digest, and old copies of it go.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Literal, TypeAlias

from assay.audit.engine import reading
from assay.audit.file_changes import FileState, file_states
from assay.datasets.decompression import Damage
from assay.domain.errors import OutputError
from assay.domain.verdict import Outcome
from assay_filter.curation.workspace import MANIFEST, REPORT
from assay_filter.runs.control import RunSummary
from assay_filter.service.delivery import Delivery
from assay_filter.service.parts import Parts, Store
from assay_filter.service.problems import (
    NOT_ACCEPTABLE,
    RESULT_GONE,
    RETRY_SECONDS,
    RUN_NOT_FINISHED,
    refused,
)
from assay_filter.service.run_bodies import status_of

ResultFormat: TypeAlias = Literal["jsonl", "parquet"]
JSONL, PARQUET = "application/jsonl", "application/vnd.apache.parquet"
DONE = "done"
PIECE_BYTES = 256 << 10
DIGEST_CHARS = 32


@dataclass(frozen=True, slots=True)
class ResultFile:
    """One outcome file as the audit knows it today."""

    run_id: str
    outcome: str
    path: Path
    format: ResultFormat
    sha256: str
    num_bytes: int

    def delivery(self) -> Delivery:
        """Return the file as it is."""
        media_type = JSONL if self.format == "jsonl" else PARQUET
        return Delivery(self.path, self.sha256, media_type, self.filename(self.format))

    def filename(self, result_format: ResultFormat) -> str:
        """Return what a client may call it."""
        return f"{self.run_id}-{self.outcome}.{result_format}"


def find_results(parts: Parts, run: RunSummary) -> dict[str, ResultFile]:
    """Return the outcome files of a finished run, by outcome.

    Raises:
        ProblemError: 409 the run is not finished, 410 its results are not in this store.
    """
    folder = _folder(parts, run)
    with reading(parts.engine) as connection:
        states = file_states(connection, run.id)
    found = {}
    for outcome in Outcome:
        for result_format in ("jsonl", "parquet"):
            state = states.get(f"{outcome.value}.{result_format}")
            if state is not None and state.sha256 is not None:
                found[outcome.value] = _result(run.id, outcome, folder, state, result_format)
    return found


def find_result(parts: Parts, run: RunSummary, outcome: Outcome) -> ResultFile:
    """Return one outcome file of a finished run.

    Raises:
        ProblemError: 409 the run is not finished, 410 the file was removed or is elsewhere.
    """
    found = find_results(parts, run).get(outcome.value)
    if found is None or not found.path.is_file():
        raise refused(RESULT_GONE, f"expected {outcome.value!r} of run {run.id}, found it removed")
    return found


def run_document(parts: Parts, run: RunSummary, name: Literal["manifest", "report"]) -> Delivery:
    """Return a finished run's manifest or report.

    Raises:
        ProblemError: 409 the run is not finished, 410 its results are not in this store.
    """
    path = _folder(parts, run) / (MANIFEST if name == "manifest" else REPORT)
    try:
        stat = path.stat()
    except FileNotFoundError:
        raise refused(RESULT_GONE, f"expected {path.name!r} of run {run.id}, found none") from None
    media_type = "application/json" if name == "manifest" else "text/html; charset=utf-8"
    etag = f"{stat.st_mtime_ns:x}-{stat.st_size:x}"
    return Delivery(path, etag, media_type, f"{run.id}-{path.name}")


def parquet_copy(parts: Parts, result: ResultFile) -> Delivery:
    """Return a Parquet copy of a JSONL result, made at the first request; blocks meanwhile.

    Raises:
        ProblemError: 406 the result is too large to be written again.
        OutputError: the disk is full.
    """
    limit = parts.settings.max_convert_bytes
    if result.num_bytes > limit:
        raise refused(
            NOT_ACCEPTABLE,
            f"expected a result of at most {limit} bytes to write as Parquet, found "
            f"{result.num_bytes}; ask for format=jsonl, or make the run with format parquet",
        )
    path = copy_path(parts.store, result.run_id, result.outcome, result.sha256, "parquet")
    if not path.is_file():
        drop_old_copies(path, result.outcome)
        _write_parquet(result, path)
    etag = f"{result.sha256}-parquet"
    return Delivery(path, etag, PARQUET, result.filename("parquet"))


def jsonl_pieces(result: ResultFile) -> Iterator[bytes]:
    """Yield a result as JSON lines, in pieces of a quarter of a mebibyte.

    Raises:
        OutputError: the file is damaged.
    """
    held: list[bytes] = []
    size = 0
    for row in read_records(result):
        held.append(row)
        size += len(row) + 1
        if size >= PIECE_BYTES:
            yield b"\n".join(held) + b"\n"
            held, size = [], 0
    if held:
        yield b"\n".join(held) + b"\n"


def read_records(result: ResultFile) -> Iterator[bytes]:
    """Yield a result's rows as JSON, without line ends.

    Raises:
        OutputError: the file is damaged.
    """
    if result.format == "jsonl":
        with result.path.open("rb") as stream:
            for line in stream:
                yield line.rstrip(b"\n")
        return
    from assay.datasets.parquet_reading import read_rows  # Arrow loads for Parquet alone

    for row in read_rows(result.path):
        if isinstance(row, Damage):
            raise OutputError(
                f"expected {result.outcome!r} of run {result.run_id} whole, found {row.reason}"
            )
        yield row


def copy_path(store: Store, run_id: str, name: str, digest: str, suffix: str) -> Path:
    """Return where a copy stands that was made from what has this digest."""
    return store.copies_of(run_id) / f"{name}-{digest[:DIGEST_CHARS]}.{suffix}"


def drop_copies(store: Store, run_id: str) -> None:
    """Remove all copies of a run's results: they were rewritten, or are to go."""
    shutil.rmtree(store.copies_of(run_id), ignore_errors=True)


def drop_old_copies(path: Path, name: str) -> None:
    """Remove copies of the same name that were made from other bytes."""
    for old in path.parent.glob(f"{name}-*"):
        old.unlink(missing_ok=True)


def aside(path: Path) -> Path:
    """Return a name beside a copy under way: two processes may make the same one."""
    return path.with_name(f"{token_hex(8)}-{path.name}")


def _folder(parts: Parts, run: RunSummary) -> Path:
    if run.state != DONE:
        is_open = run.state in ("queued", "running")
        raise refused(
            RUN_NOT_FINISHED,
            f"expected a completed run, found {run.id} {status_of(run.state)}; "
            + ("wait for it" if is_open else "resume it"),
            retry_after_seconds=RETRY_SECONDS if is_open else None,
        )
    folder = parts.store.run_dir(run.id).absolute()
    if run.out_dir != str(folder):
        raise refused(
            RESULT_GONE,
            f"expected the results of run {run.id} in this service's store, found them elsewhere; "
            "read them where the run was made",
        )
    return folder


def _result(
    run_id: str, outcome: Outcome, folder: Path, state: FileState, result_format: ResultFormat
) -> ResultFile:
    assert state.sha256 is not None
    path = folder / f"{outcome.value}.{result_format}"
    return ResultFile(run_id, outcome.value, path, result_format, state.sha256, state.num_bytes)


def _write_parquet(result: ResultFile, path: Path) -> None:
    from assay.datasets.parquet_writing import ParquetWriter  # Arrow loads for Parquet alone

    unfinished = aside(path)
    with ParquetWriter(unfinished) as writer:
        for record in read_records(result):
            writer.write(record)
    unfinished.replace(path)
