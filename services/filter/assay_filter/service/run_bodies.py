"""Runs as the API tells them: the audit's rows in the API's words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy import Engine, select

from assay.audit.engine import reading
from assay.audit.service_tables import submission
from assay.domain.verdict import Outcome
from assay_filter.runs.control import RunSummary
from assay_filter.runs.stages import Stage
from assay_filter.runs.watching import RunState

STATE_OF_STATUS: Mapping[str, str] = {
    "queued": "queued",
    "running": "running",
    "completed": "done",
    "failed": "failed",
    "cancelled": "cancelled",
    "interrupted": "interrupted",
}
_STATUS_OF_STATE = {state: status for status, state in STATE_OF_STATUS.items()}


@dataclass(frozen=True, slots=True)
class Note:
    """What a request said of its run; of a run that no request made: nothing."""

    pipeline: str | None = None
    rubric: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)


def status_of(state: str) -> str:
    """Return the API's word for a run's state."""
    return _STATUS_OF_STATE.get(state, state)


def load_note(engine: Engine, run_id: str) -> Note:
    """Return what the request for a run said."""
    with reading(engine) as connection:
        row = connection.execute(select(submission).where(submission.c.run_id == run_id)).first()
    return Note() if row is None else Note(row.pipeline, row.rubric, orjson.loads(row.metadata))


def run_body(summary: RunSummary, state: RunState, note: Note) -> dict[str, Any]:
    """Return a run with its progress."""
    outcomes = summary.counts if summary.counts is not None else state.outcomes
    return {
        "id": summary.id,
        "object": "run",
        "status": status_of(summary.state),
        "stage": summary.stage,
        "created_at": summary.created_at,
        "finished_at": summary.finished_at,
        "created_by": summary.created_by,
        "inputs": list(summary.inputs),
        "pipeline": note.pipeline,
        "rubric": note.rubric,
        "judge": summary.judge,
        "judge_version": summary.judge_version,
        "config_sha256": summary.config_sha256,
        "rubric_sha256": summary.rubric_sha256,
        "chain_head": summary.chain_head,
        "outcomes": dict(outcomes),
        "request_counts": request_counts(summary, state),
        "progress": progress_of(state),
        "error": _error_of(summary),
        "metadata": dict(note.metadata),
        "links": links_of(summary.id),
    }


def run_entry(summary: RunSummary) -> dict[str, Any]:
    """Return a run as lists show it."""
    return {
        "id": summary.id,
        "object": "run",
        "status": status_of(summary.state),
        "stage": summary.stage,
        "created_at": summary.created_at,
        "finished_at": summary.finished_at,
        "created_by": summary.created_by,
        "inputs": list(summary.inputs),
        "judge": summary.judge,
        "outcomes": None if summary.counts is None else dict(summary.counts),
        "error": _error_of(summary),
        "links": links_of(summary.id),
    }


def request_counts(summary: RunSummary, state: RunState) -> dict[str, int]:
    """Return how many samples are known, have an outcome, and could not be judged."""
    outcomes = summary.counts if summary.counts is not None else state.outcomes
    failed = outcomes.get(Outcome.ERROR.value, 0)
    known = sum(outcomes.values())
    if summary.counts is None:
        known = max(known, state.num_samples.get(Stage.RULES.value, 0))
    return {"total": known, "completed": sum(outcomes.values()) - failed, "failed": failed}


def progress_of(state: RunState) -> dict[str, dict[str, int]]:
    """Return the chunks of each stage that has begun."""
    return {
        stage.value: {
            "done": state.done.get(stage.value, 0),
            "total": state.total[stage.value],
            "samples": state.num_samples.get(stage.value, 0),
        }
        for stage in Stage
        if stage.value in state.total
    }


def links_of(run_id: str) -> dict[str, str]:
    """Return where more of a run is found."""
    here = f"/v1/runs/{run_id}"
    return {
        "self": here,
        "events": f"{here}/events",
        "manifest": f"{here}/manifest",
        "report": f"{here}/report",
        **{outcome.value: f"{here}/results/{outcome.value}" for outcome in Outcome},
    }


def _error_of(summary: RunSummary) -> dict[str, str] | None:
    if summary.error is None:
        return None
    return {"kind": summary.error_kind or "AssayError", "message": summary.error}
