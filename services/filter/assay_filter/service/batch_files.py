"""The output and the error file of a batch: made from the run's results when somebody asks.

They are copies, kept by the digests of the results that they were made from: a result that was
rewritten makes a new one.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assay.datasets.writing import JsonlWriter
from assay.domain.verdict import Outcome
from assay.web.problems import ProblemError
from assay_filter.runs.control import run_summary
from assay_filter.service.batch_lines import answer_line, error_line
from assay_filter.service.batches import ERRORS, OUTPUT, PREFIX, Batch, find_batch
from assay_filter.service.delivery import Delivery
from assay_filter.service.parts import Parts, is_id
from assay_filter.service.problems import BATCH_NOT_FOUND, FILE_NOT_FOUND, not_found
from assay_filter.service.results import (
    JSONL,
    ResultFile,
    aside,
    copy_path,
    drop_old_copies,
    find_results,
    read_records,
)

FILE_PREFIX = "file-"
JUDGED = (Outcome.ACCEPTED, Outcome.BORDERLINE, Outcome.REJECTED, Outcome.DUPLICATE)


@dataclass(frozen=True, slots=True)
class OutputFile:
    """One output of a batch, as a file."""

    id: str
    batch: Batch
    kind: str
    path: Path
    digest: str
    created_at: int  # seconds since 1970

    @property
    def filename(self) -> str:
        return f"{self.batch.id}_{self.kind}.jsonl"

    def delivery(self) -> Delivery:
        """Return the file to send."""
        return Delivery(self.path, self.digest, JSONL, self.filename)

    def body(self) -> dict[str, Any]:
        """Return it in the shape of OpenAI's."""
        return {
            "id": self.id,
            "object": "file",
            "bytes": self.path.stat().st_size,
            "created_at": self.created_at,
            "expires_at": None,
            "filename": self.filename,
            "purpose": "batch_output",
            "status": "processed",
            "sha256": None,
            "format": "jsonl",
        }


def is_output_id(file_id: str) -> bool:
    """Tell whether an id is that of an output of a batch."""
    return is_id(file_id) and file_id.endswith((f"-{OUTPUT}", f"-{ERRORS}"))


def find_output(parts: Parts, file_id: str) -> OutputFile:
    """Return an output of a batch, made now if it is not there yet.

    Raises:
        ProblemError: 404 there is no such batch, 409 it is not completed, 410 its results are gone.
        OutputError: the disk is full.
    """
    name, _, kind = file_id.removeprefix(FILE_PREFIX).rpartition("-")
    try:
        found = find_batch(parts.engine, PREFIX + name)
    except ProblemError as exc:
        if exc.problem.kind == BATCH_NOT_FOUND:
            raise not_found(FILE_NOT_FOUND, "file", file_id) from None
        raise
    run = run_summary(parts.engine, found.run_id)
    results = find_results(parts, run)
    digest = _digest(found, kind, results)
    path = copy_path(parts.store, run.id, kind, digest, "jsonl")
    if not path.is_file():
        drop_old_copies(path, kind)
        _write(found, kind, results, path)
    return OutputFile(file_id, found, kind, path, digest, found.created_at // 1000)


def _write(found: Batch, kind: str, results: dict[str, ResultFile], path: Path) -> None:
    unfinished = aside(path)
    with JsonlWriter(unfinished) as writer:
        for line in _lines(found, kind, results):
            writer.write(line)
    unfinished.replace(path)


def _lines(found: Batch, kind: str, results: dict[str, ResultFile]) -> Iterator[bytes]:
    for outcome in JUDGED if kind == OUTPUT else (Outcome.ERROR,):
        result = results.get(outcome.value)
        if result is None:
            continue
        for record in read_records(result):
            if kind == OUTPUT:
                yield answer_line(record, batch_id=found.id, endpoint=found.endpoint)
            else:
                yield error_line(record, batch_id=found.id)


def _digest(found: Batch, kind: str, results: dict[str, ResultFile]) -> str:
    made_of = [f"{name}={result.sha256}" for name, result in sorted(results.items())]
    return hashlib.sha256("\n".join([found.id, kind, *made_of]).encode()).hexdigest()
