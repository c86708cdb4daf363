"""Runs in the shape of OpenAI's Batch API, so that its SDK works with this service as it is.

A batch is a run over samples that were taken out of its input file; its words are OpenAI's. A run
that was interrupted reads as `failed` here, with the reason; resumed, it goes on under its own id.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from secrets import token_hex
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, Row, and_, insert, or_, select

from assay.audit.clock import milliseconds_of
from assay.audit.engine import reading
from assay.audit.service_tables import batch
from assay_filter.runs.control import RunSummary
from assay_filter.runs.stages import Stage
from assay_filter.runs.watching import RunState
from assay_filter.service.parts import is_id
from assay_filter.service.problems import BATCH_NOT_FOUND, not_found
from assay_filter.service.run_bodies import request_counts

PREFIX = "batch_"
OUTPUT, ERRORS = "output", "error"
_STATUS: Mapping[str, str] = {
    "queued": "validating",
    "running": "in_progress",
    "done": "completed",
    "failed": "failed",
    "interrupted": "failed",
    "cancelled": "cancelled",
}
_LAST_STAGES = (Stage.EXPORT.value, Stage.PUBLISH.value)
DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Batch:
    """One batch; `created_at` in milliseconds since 1970."""

    id: str
    run_id: str
    input_file_id: str
    endpoint: str
    completion_window: str
    num_lines: int
    metadata: str | None  # JSON
    created_at: int

    def file_id(self, kind: str) -> str:
        """Return the id of one of its outputs."""
        return f"file-{self.id.removeprefix(PREFIX)}-{kind}"


@dataclass(frozen=True, slots=True)
class NewBatch:
    """What is known of a batch before its run is made."""

    input_file_id: str
    endpoint: str
    completion_window: str
    num_lines: int
    metadata: Mapping[str, str] | None


def add_batch(connection: Connection, run_id: str, new: NewBatch) -> Batch:
    """Store a batch, in the transaction that makes its run."""
    made = Batch(
        id=f"{PREFIX}{token_hex(12)}",
        run_id=run_id,
        input_file_id=new.input_file_id,
        endpoint=new.endpoint,
        completion_window=new.completion_window,
        num_lines=new.num_lines,
        metadata=None if new.metadata is None else orjson.dumps(dict(new.metadata)).decode(),
        created_at=milliseconds_of(connection),
    )
    values = {name: getattr(made, name) for name in Batch.__slots__}
    connection.execute(insert(batch).values(**values))
    return made


def find_batch(engine: Engine, batch_id: str) -> Batch:
    """Return a batch.

    Raises:
        ProblemError: 404, there is none of this id.
    """
    if is_id(batch_id):
        with reading(engine) as connection:
            row = connection.execute(select(batch).where(batch.c.id == batch_id)).first()
        if row is not None:
            return _batch(row)
    raise not_found(BATCH_NOT_FOUND, "batch", batch_id)


def list_batches(engine: Engine, *, after: str | None, limit: int) -> tuple[list[Batch], bool]:
    """Return a page of batches, newest first, and whether there are more.

    Raises:
        ProblemError: 404, the cursor is no batch's id.
    """
    query = select(batch).order_by(batch.c.created_at.desc(), batch.c.id.desc())
    if after is not None:
        last = find_batch(engine, after)
        same = and_(batch.c.created_at == last.created_at, batch.c.id < last.id)
        query = query.where(or_(batch.c.created_at < last.created_at, same))
    with reading(engine) as connection:
        rows = connection.execute(query.limit(limit + 1)).all()
    return [_batch(row) for row in rows[:limit]], len(rows) > limit


def batch_body(found: Batch, run: RunSummary, state: RunState) -> dict[str, Any]:
    """Return a batch in the shape of OpenAI's."""
    status = _status(run)
    created = found.created_at // 1000
    ended = None if run.finished_at is None else _seconds(run.finished_at)
    counts = {**request_counts(run, state), "total": found.num_lines}
    is_done = status == "completed"
    return {
        "id": found.id,
        "object": "batch",
        "endpoint": found.endpoint,
        "errors": _errors(run),
        "input_file_id": found.input_file_id,
        "completion_window": found.completion_window,
        "status": status,
        "output_file_id": found.file_id(OUTPUT) if is_done else None,
        "error_file_id": found.file_id(ERRORS) if is_done and counts["failed"] else None,
        "created_at": created,
        "in_progress_at": None if status == "validating" else created,
        "expires_at": created + DAY_SECONDS,
        "finalizing_at": None,
        "completed_at": ended if is_done else None,
        "failed_at": ended if status == "failed" else None,
        "expired_at": None,
        "cancelling_at": None,
        "cancelled_at": ended if status == "cancelled" else None,
        "request_counts": counts,
        "metadata": None if found.metadata is None else orjson.loads(found.metadata),
    }


def _status(run: RunSummary) -> str:
    if run.state == "running" and run.stage in _LAST_STAGES:
        return "finalizing"
    return _STATUS[run.state]


def _errors(run: RunSummary) -> dict[str, Any] | None:
    if run.error is None:
        return None
    error = {
        "code": run.error_kind or "AssayError",
        "message": run.error,
        "line": None,
        "param": None,
    }
    return {"object": "list", "data": [error]}


def _seconds(rfc3339: str) -> int:
    return round(datetime.fromisoformat(rfc3339).timestamp())


def _batch(row: Row[Any]) -> Batch:
    return Batch(**dict(row._mapping))
