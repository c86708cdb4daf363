"""Removes samples, or whole runs, from everything that a run left: audit, files, report, index.

Order: files are written again aside; one transaction redacts the rows and records the new digests;
the files take their places; manifest, report and index follow. Each step may be done again, so
whoever is told of a failure, or of nothing, asks once more. What a removal does not reach (inputs,
data sets exported elsewhere, judgement caches, backups) the guide on deletion names.
"""

import fcntl
import os
import shutil
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine, select

from assay.audit import tables
from assay.audit.engine import reading
from assay.audit.file_changes import file_changes, file_states, record_file_change
from assay.audit.recording import refusals
from assay.audit.redaction import (
    Warrant,
    close_redaction,
    ordinals_of,
    redact_chunks,
    redact_sample,
)
from assay.audit.story import find_samples
from assay.domain.errors import InputError, OutputError, RunStateError
from assay.domain.verdict import Outcome
from assay_filter.curation.workspace import MANIFEST, REPORT, WORK_FOLDER
from assay_filter.index import managing as index
from assay_filter.index.staging import purge
from assay_filter.removal.rewriting import FORMATS, Rewritten, remove_from_files
from assay_filter.removal.telling import forget_in_report, note_in_manifest

CHUNK_SAMPLES = 2000
MAX_CALLED = 1000
SAMPLE_ID_CHARS = 64
SHORTENED = frozenset("0123456789abcdef")
LOCK = ".assay-removal.lock"
STOPPED = ("done", "failed", "cancelled", "interrupted")


@dataclass(frozen=True, slots=True)
class Removal:
    """What was taken out of one run; `num_rows` counts rows of the audit, now or by this call."""

    run_id: str
    ordinals: Sequence[int]
    num_rows: int
    files: tuple[str, ...]
    missing_files: tuple[str, ...]


def contents_called(engine: Engine, name: str, *, run_id: str | None = None) -> set[str]:
    """Return the sample_ids of the rows called `name`: a sample_id, a user's id, a row address.

    A shortened sample_id names nothing here: what is removed must be named in full.

    Raises:
        AuditError: no sample is called so.
        InputError: more than `MAX_CALLED` rows are called so, or the name is shortened.
    """
    found = find_samples(engine, name, run_id=run_id, limit=MAX_CALLED + 1)
    if len(found) > MAX_CALLED:
        raise InputError(
            f"expected at most {MAX_CALLED} rows called {name!r:.80}, found more; name a sample_id"
        )
    sample = tables.sample
    called = set()
    with reading(engine) as connection:
        for run, ordinal in found:
            is_here = (sample.c.run_id == run) & (sample.c.ordinal == ordinal)
            called.add(connection.execute(select(sample.c.sample_id).where(is_here)).scalar_one())
    is_short = SHORTENED.issuperset(name) and len(name) < SAMPLE_ID_CHARS
    by_prefix = {sample_id for sample_id in called if is_short and sample_id.startswith(name)}
    if called and called == by_prefix:
        raise InputError(
            f"expected the whole sample_id of what is to be removed, found {name!r}; it is one of "
            f"{sorted(called)[:3]}"
        )
    return called - by_prefix


def remove_contents(
    engine: Engine, sample_ids: Collection[str], warrant: Warrant, *, run_id: str | None = None
) -> list[Removal]:
    """Remove every row with one of these contents, from all runs or from one.

    Raises:
        InputError: no run has such a row.
        RunStateError: a run that has one is not done; nothing was removed.
        AuditError: a row does not fit its leaf; runs before it are done.
        OutputError: a file cannot be written.
    """
    with reading(engine) as connection:
        found: dict[str, list[int]] = {}
        for run, ordinal in ordinals_of(connection, sample_ids, run_id):
            found.setdefault(run, []).append(ordinal)
        _check_done(connection, list(found))
    if not found:
        raise InputError("expected contents that a run holds, found none; see `assay explain`")
    removals = [
        _remove_from_run(engine, run, ordinals, sample_ids, warrant)
        for run, ordinals in sorted(found.items())
    ]
    for sample_id in sorted(sample_ids):
        with suppress(InputError):  # it was never kept, or an earlier call took it out
            index.remove_sample(engine, sample_id, run_id)
    purge(engine)
    return removals


def remove_run(engine: Engine, run_id: str, warrant: Warrant) -> int:
    """Remove all files of a stopped run and the words of all its rows; return how many rows.

    The run stays in the list, with its state, counts and chain.

    Raises:
        InputError: there is no such run.
        RunStateError: it is at work.
        AuditError: a row does not fit its leaf.
        OutputError: a file cannot be removed.
    """
    with reading(engine) as connection:
        run = connection.execute(select(tables.run).where(tables.run.c.id == run_id)).first()
    if run is None:
        raise InputError(f"expected a run, found none called {run_id!r:.80}")
    if run.state not in STOPPED:
        raise RunStateError(f"expected run {run_id} to be stopped, found it {run.state}; cancel it")
    with _only_one(Path(run.out_dir)):
        num_rows = _redact_run(engine, run_id, warrant)
        _remove_files(Path(run.out_dir))
    with suppress(InputError):  # it was never in the index, or an earlier call took it out
        index.remove_run(engine, run_id)
    purge(engine)
    return num_rows


def _check_done(connection: Connection, run_ids: Sequence[str]) -> None:
    for run_id in run_ids:
        state = connection.execute(
            select(tables.run.c.state).where(tables.run.c.id == run_id)
        ).scalar_one()
        if state != "done":
            raise RunStateError(
                f"expected run {run_id} to be done, found it {state}: what goes on would write the "
                "sample again; let it end, or remove that run as a whole"
            )


def _remove_from_run(
    engine: Engine,
    run_id: str,
    ordinals: Sequence[int],
    sample_ids: Collection[str],
    warrant: Warrant,
) -> Removal:
    with reading(engine) as connection:
        query = select(tables.run.c.out_dir).where(tables.run.c.id == run_id)
        out_dir = Path(connection.execute(query).scalar_one())
    with _only_one(out_dir):
        with reading(engine) as connection:
            states = file_states(connection, run_id)
        with remove_from_files(out_dir, sample_ids, states) as rewritten:
            with refusals(f"the removal from run {run_id}"), engine.begin() as connection:
                num_rows = sum(
                    redact_sample(connection, run_id, ordinal, warrant.reason, warrant.actor)
                    for ordinal in ordinals
                )
                for file in rewritten:
                    _record(connection, run_id, file, warrant)
            for file in rewritten:
                file.put_in_place()
        with reading(engine) as connection:
            now, changes = file_states(connection, run_id), file_changes(connection, run_id)
        if changes:
            note_in_manifest(out_dir, now, changes)
        forget_in_report(out_dir, sample_ids)
    missing = [s.name for s in now.values() if s.sha256 and not (out_dir / s.name).is_file()]
    return Removal(
        run_id, ordinals, num_rows, tuple(f.path.name for f in rewritten), tuple(missing)
    )


def _record(connection: Connection, run_id: str, file: Rewritten, warrant: Warrant) -> None:
    """Record a file's new digest; it follows from what was found, so that a stranger's hand shows.

    A file that was changed by others before breaks the chain of digests here, for verification to
    tell: a removal neither waits for that nor covers it up.
    """
    if file.is_recorded:
        return
    written = file.written
    before = file.before._replace(sha256=file.found_sha256)
    record_file_change(
        connection,
        run_id,
        before,
        after=(written.rows, written.num_bytes, written.sha256),
        reason=warrant.reason,
        actor=warrant.actor,
    )


def _redact_run(engine: Engine, run_id: str, warrant: Warrant) -> int:
    sample = tables.sample
    with reading(engine) as connection:
        ordinals = select(sample.c.ordinal).where(sample.c.run_id == run_id)
        last = connection.execute(ordinals.order_by(sample.c.ordinal.desc()).limit(1)).scalar()
        states = file_states(connection, run_id)
    num_rows = 0
    for first in range(0, (-1 if last is None else last) + 1, CHUNK_SAMPLES):
        bounds = (first, first + CHUNK_SAMPLES - 1)
        with refusals(f"the removal of run {run_id}"), engine.begin() as connection:
            num_rows += redact_chunks(
                connection, run_id, *bounds, reason=warrant.reason, actor=warrant.actor
            )
    with refusals(f"the removal of run {run_id}"), engine.begin() as connection:
        close_redaction(connection, run_id, warrant.reason, warrant.actor)
        for state in states.values():
            if state.sha256 is not None:
                record_file_change(
                    connection,
                    run_id,
                    state,
                    after=(0, 0, None),
                    reason=warrant.reason,
                    actor=warrant.actor,
                )
    return num_rows


def _remove_files(out_dir: Path) -> None:
    """Remove what a run wrote into its folder; what others put there stays."""
    names = [f"{outcome}{suffix}" for outcome in Outcome for suffix in FORMATS]
    try:
        for name in (MANIFEST, REPORT, *names):
            (out_dir / name).unlink(missing_ok=True)
        if (out_dir / WORK_FOLDER).is_dir():
            shutil.rmtree(out_dir / WORK_FOLDER)
    except OSError as exc:
        raise OutputError(
            f"expected to remove the results in {str(out_dir)!r}, found: {exc.strerror}; mend it "
            "and remove the run again"
        ) from exc


@contextmanager
def _only_one(out_dir: Path) -> Iterator[None]:
    """Let one process at a time rewrite the files of a run."""
    if not out_dir.is_dir():  # results that were moved away: there is nothing to rewrite
        yield
        return
    path = out_dir / LOCK
    try:
        descriptor = None
        while descriptor is None:
            descriptor = _lock(path)
    except OSError as exc:
        raise OutputError(
            f"expected to write in {str(out_dir)!r}, found: {exc.strerror}; mend its permissions"
        ) from exc
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        os.close(descriptor)


def _lock(path: Path) -> int | None:
    """Return the locked file, or None when who held it before has removed it meanwhile."""
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if path.exists() and path.stat().st_ino == os.fstat(descriptor).st_ino:
            return descriptor
    except OSError:
        os.close(descriptor)
        raise
    os.close(descriptor)
    return None
