"""Runs from outside: submit, look, list, cancel, resume. For the service; workers do the rest."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Engine, Row, and_, or_, select

from assay.audit import tables
from assay.audit.engine import reading
from assay.audit.recording import set_run_state
from assay.audit.tasks import SERVER
from assay.audit.tombstones import is_run_redacted
from assay.domain.errors import InputError, RunStateError
from assay_filter.runs.starting import revive

run = tables.run
STOPPED = ("interrupted", "failed", "cancelled")
MAX_PAGE = 200


@dataclass(frozen=True, slots=True)
class RunSummary:
    """A run as people and the API see it; times are RFC 3339, UTC."""

    id: str
    state: str  # queued | running | interrupted | failed | cancelled | done
    stage: str
    judge: str
    judge_version: str
    inputs: tuple[str, ...]
    created_at: str
    created_by: str | None
    finished_at: str | None
    counts: Mapping[str, int] | None  # outcome -> samples, when done
    error: str | None
    error_kind: str | None
    config_sha256: str
    rubric_sha256: str
    chain_head: str | None
    out_dir: str
    home: str | None = None  # server; null: of a command line


def run_summary(engine: Engine, run_id: str) -> RunSummary:
    """Return one run.

    Raises:
        InputError: there is no such run.
    """
    with reading(engine) as connection:
        row = connection.execute(select(run).where(run.c.id == run_id)).first()
    if row is None:
        raise InputError(f"expected the id of a run, found {run_id[:80]!r}, which no run has")
    return _summary(row)


def list_runs(
    engine: Engine, *, after: str | None = None, limit: int = 50, state: str | None = None
) -> tuple[list[RunSummary], str | None]:
    """Return runs, newest first, and the cursor of the next page (None: there is none).

    Raises:
        InputError: the cursor is no run's id, or the limit is not in 1..200.
    """
    if not 1 <= limit <= MAX_PAGE:
        raise InputError(f"expected a limit of 1 to {MAX_PAGE}, found {limit}")
    query = select(run).order_by(run.c.created_at.desc(), run.c.id.desc()).limit(limit + 1)
    if state is not None:
        query = query.where(run.c.state == state)
    with reading(engine) as connection:
        if after is not None:
            last = connection.execute(select(run).where(run.c.id == after)).first()
            if last is None:
                raise InputError(f"expected a cursor of this list, found {after[:80]!r}")
            same = and_(run.c.created_at == last.created_at, run.c.id < last.id)
            query = query.where(or_(run.c.created_at < last.created_at, same))
        rows = connection.execute(query).all()
    page = [_summary(row) for row in rows[:limit]]
    return page, page[-1].id if len(rows) > limit else None


def cancel_run(engine: Engine, run_id: str) -> None:
    """Stop a run; its workers let go within seconds. What is committed stays; a resume goes on.

    Raises:
        InputError: there is no such run.
        RunStateError: it is done, or was stopped before.
    """
    if not set_run_state(engine, run_id, state="cancelled", only_from=("queued", "running")):
        state = run_summary(engine, run_id).state
        raise RunStateError(f"expected a run that is queued or running, found it {state}")


def resume_run(engine: Engine, run_id: str) -> None:
    """Let a stopped run go on where it stopped.

    Raises:
        InputError: there is no such run.
        RunStateError: it is not stopped, or it belongs to a folder of this machine's user.
    """
    summary = run_summary(engine, run_id)
    if summary.state not in STOPPED:
        raise RunStateError(f"expected a run that was stopped, found it {summary.state}")
    if summary.home != SERVER:
        raise RunStateError(
            f"expected a run of this server, found one of a command line in {summary.out_dir!r}; "
            "go on with it there, by `assay curate --resume`"
        )
    with reading(engine) as connection:
        is_gone = is_run_redacted(connection, run_id)
    if is_gone:
        raise RunStateError(f"expected a run that can go on, found {run_id} removed")
    revive(engine, run_id)


def _summary(row: Row[Any]) -> RunSummary:
    return RunSummary(
        id=row.id,
        state=row.state,
        stage=row.stage,
        judge=row.judge,
        judge_version=row.judge_version,
        inputs=tuple(entry["name"] for entry in orjson.loads(row.inputs)),
        created_at=row.created_at,
        created_by=row.created_by,
        finished_at=row.finished_at,
        counts=None if row.counts is None else orjson.loads(row.counts),
        error=row.error,
        error_kind=row.error_kind,
        config_sha256=row.config_sha256,
        rubric_sha256=row.rubric_sha256,
        chain_head=row.chain_head,
        out_dir=row.out_dir,
        home=row.home,
    )
