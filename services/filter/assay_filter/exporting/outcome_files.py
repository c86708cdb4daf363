"""The outcome files of finished runs, read only as the audit knows them.

Each file is named with its digest in table `export`, and in its changes where rows were taken out
since. Reading one to its end proves that it is still that file, row by row in the order of the
audit; a reader that has not come to the end knows nothing yet.
"""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Select, exists, select

from assay.audit import tables
from assay.audit.file_changes import FileState, file_states
from assay.audit.redaction_tables import redaction
from assay.datasets.reading import read_lines
from assay.datasets.sources import Format, Source
from assay.domain.errors import AuditError, InputError
from assay.domain.verdict import Outcome

EXPORTABLE = (Outcome.ACCEPTED.value, Outcome.BORDERLINE.value)
MAX_LINE_BYTES = 256 << 20  # an input line is 16 MiB at most; escapes and the verdict add to it
BATCH = 2000
_FORMATS: dict[str, Format] = {".jsonl": "jsonl", ".parquet": "parquet"}


@dataclass(frozen=True, slots=True)
class OutcomeFile:
    """One outcome file of one run, as the audit knows it."""

    run_id: str
    outcome: str
    path: Path
    num_rows: int
    num_bytes: int
    sha256: str


class AuditedSample(NamedTuple):
    """What the audit adds to a row; `review` is the last reviewer's decision, if any."""

    ordinal: int
    sample_id: str
    num_tokens: int | None
    exact_key: str | None
    review: str | None


def load_runs(connection: Connection, run_ids: Sequence[str]) -> list[Row[Any]]:
    """Return the rows of table `run`, in the order given.

    Raises:
        InputError: none is named, one is named twice, does not exist or is not finished.
    """
    if not run_ids or len(set(run_ids)) != len(run_ids):
        raise InputError(f"expected different runs, found {list(run_ids)!r:.80}; name each once")
    runs = []
    for run_id in run_ids:
        run = connection.execute(select(tables.run).where(tables.run.c.id == run_id)).first()
        if run is None:
            raise InputError(f"expected a run, found none called {run_id!r:.80}; see the manifest")
        if run.state != "done":
            raise InputError(
                f"expected a finished run, found {run_id} {run.state}; an unfinished one has only "
                "drafts: finish it with --resume first"
            )
        runs.append(run)
    return runs


def find_files(connection: Connection, run: Row[Any], outcomes: Sequence[str]) -> list[OutcomeFile]:
    """Return a run's files of some outcomes, in the order of the outcomes.

    Raises:
        InputError: an outcome that is no training data, or a file that is not there.
    """
    for outcome in outcomes:
        if outcome not in EXPORTABLE:
            raise InputError(
                f"expected outcomes among {list(EXPORTABLE)}, found {outcome!r:.80}: what was "
                "rejected, dropped as a duplicate or never decided is no training data"
            )
    states = {Path(name).stem: file for name, file in file_states(connection, run.id).items()}
    return [_find(run, outcome, states.get(outcome)) for outcome in outcomes]


def read_file(file: OutcomeFile) -> Iterator[bytes]:
    """Yield a file's rows as JSON lines; at the end, prove that it is the file of the audit.

    Raises:
        AuditError: its digest, size or number of rows differs.
        InputError: it cannot be read.
    """
    source = Source(str(file.path), file.path, _FORMATS[file.path.suffix])
    lines = read_lines(source, max_line_bytes=MAX_LINE_BYTES)
    num_rows = 0
    for line in lines:
        if line.data is None:
            raise _changed(file, f"damage in row {line.number}")
        num_rows += 1
        yield line.data
    found = lines.digest
    if (found.sha256, found.num_bytes, num_rows) != (file.sha256, file.num_bytes, file.num_rows):
        raise _changed(file, f"{num_rows} rows with SHA-256 {found.sha256}")


def audited_samples(
    connection: Connection, file: OutcomeFile
) -> Generator[AuditedSample, None, None]:
    """Yield what the audit holds of a file's rows, in their order; to be closed when left early."""
    with connection.execute(_query(file), execution_options={"yield_per": BATCH}) as rows:
        for row in rows:
            yield AuditedSample(*row)


def differs(file: OutcomeFile, found: str) -> AuditError:
    """Return the error for a file that is not what the audit says."""
    return _changed(file, found)


def _find(run: Row[Any], outcome: str, state: FileState | None) -> OutcomeFile:
    if state is None or state.sha256 is None:
        found = "it never wrote one" if state is None else "it was removed on purpose"
        raise InputError(f"expected a file {outcome!r} of run {run.id}, found none: {found}")
    path = Path(run.out_dir) / Path(state.name).name
    if path.suffix not in _FORMATS or not path.is_file():
        raise InputError(
            f"expected the results of run {run.id} at {str(path)!r}, found no file; bring them back"
        )
    return OutcomeFile(run.id, outcome, path, state.num_rows, state.num_bytes, state.sha256)


def _changed(file: OutcomeFile, found: str) -> AuditError:
    return AuditError(
        f"expected {str(file.path)!r} as run {file.run_id} wrote it ({file.num_rows} rows, SHA-256 "
        f"{file.sha256}), found {found}; restore the file, or curate again"
    )


def _query(file: OutcomeFile) -> Select[Any]:
    sample, decision, review = tables.sample, tables.decision, tables.review
    last_review = (
        select(review.c.decision)
        .where(review.c.run_id == sample.c.run_id, review.c.ordinal == sample.c.ordinal)
        .order_by(review.c.seq.desc())
        .limit(1)
        .scalar_subquery()
    )
    is_redacted = exists().where(
        redaction.c.run_id == sample.c.run_id,
        redaction.c.table_name == sample.name,
        redaction.c.ordinal == sample.c.ordinal,
    )
    return (
        select(
            sample.c.ordinal,
            sample.c.sample_id,
            sample.c.num_tokens,
            sample.c.exact_key,
            last_review,
        )
        .join(
            decision,
            (decision.c.run_id == sample.c.run_id) & (decision.c.ordinal == sample.c.ordinal),
        )
        .where(sample.c.run_id == file.run_id, decision.c.outcome == file.outcome, ~is_redacted)
        .order_by(sample.c.ordinal)
    )
