"""What a run has done so far, read from the audit: for displays, and for the service's events."""

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import orjson
from sqlalchemy import Connection, Engine, func, select

from assay.audit import tables
from assay.audit.engine import reading
from assay.audit.tasks import ACTIVE
from assay_filter.curation.progress import Progress
from assay_filter.runs.stages import Stage

DRAW_SECONDS = 0.5
SHOWN = {  # stages whose progress is told, and what their work is counted in
    Stage.RULES: "chunks",
    Stage.JUDGE: "chunks",
    Stage.EMBED: "chunks",
    Stage.DECIDE: "chunks",
    Stage.EXPORT: "set of files",
}


@dataclass(frozen=True, slots=True)
class RunState:
    """A run at one moment; `done` and `total` count chunks, by stage."""

    name: str
    stage: str
    error: str | None
    error_kind: str | None
    done: Mapping[str, int]
    total: Mapping[str, int]
    num_samples: Mapping[str, int]
    outcomes: Mapping[str, int] = field(default_factory=dict)


class Standing(NamedTuple):
    """Whether a run is at work, and what stopped it."""

    name: str
    error: str | None
    error_kind: str | None


def read_standing(engine: Engine, run_id: str) -> Standing:
    """Return where a run stands: one row."""
    run = tables.run
    query = select(run.c.state, run.c.error, run.c.error_kind).where(run.c.id == run_id)
    with reading(engine) as connection:
        return Standing(*connection.execute(query).one())


def read_state(engine: Engine, run_id: str) -> RunState:
    """Return how far a run is; outcomes are counted from when samples are decided."""
    run, task, chunk = tables.run, tables.task, tables.chunk
    with reading(engine) as connection:
        row = connection.execute(
            select(run.c.state, run.c.stage, run.c.error, run.c.error_kind).where(
                run.c.id == run_id
            )
        ).one()
        tasks = connection.execute(
            select(task.c.stage, task.c.state, func.count())
            .where(task.c.run_id == run_id)
            .group_by(task.c.stage, task.c.state)
        ).all()
        samples = connection.execute(
            select(chunk.c.stage, func.sum(chunk.c.num_samples))
            .where(chunk.c.run_id == run_id)
            .group_by(chunk.c.stage)
        ).all()
        outcomes = _outcomes(connection, run_id)
    total: Counter[str] = Counter()
    done: Counter[str] = Counter()
    for stage, state, number in tasks:
        total[stage] += number
        done[stage] += number if state == "done" else 0
    sums = {stage: int(number) for stage, number in samples}
    return RunState(*row, done, total, sums, outcomes)


def _outcomes(connection: Connection, run_id: str) -> Mapping[str, int]:
    chunk = tables.chunk
    counted: Counter[str] = Counter()
    query = select(chunk.c.summary).where(
        chunk.c.run_id == run_id, chunk.c.stage == Stage.DECIDE.value
    )
    for summary in connection.execute(query).scalars():
        counted.update(orjson.loads(summary)["outcomes"])
    return counted


class Watch:
    """Tells a display what changed; the whole state is read twice a second, the rest is one row."""

    def __init__(self, engine: Engine, run_id: str, progress: Progress) -> None:
        self._engine = engine
        self._run_id = run_id
        self._progress = progress
        self._shown: Stage | None = None
        self._drawn_at = float("-inf")

    def look(self) -> Standing:
        """Return where the run stands; draw it where it is time, or over."""
        standing = read_standing(self._engine, self._run_id)
        is_over = standing.name not in ACTIVE
        if is_over or time.monotonic() - self._drawn_at >= DRAW_SECONDS:
            self._draw(read_state(self._engine, self._run_id))
            self._drawn_at = time.monotonic()
        return standing

    def _draw(self, state: RunState) -> None:
        for stage, unit in SHOWN.items():
            total = state.total.get(stage, 0)
            if not total or (self._shown is not None and stage.rank < self._shown.rank):
                continue
            if stage is not self._shown:
                self._progress.start_stage(stage, total, unit)
                self._shown = stage
            done = state.done.get(stage, 0)
            self._progress.advance(done, state.num_samples.get(stage, 0), total)
            if stage is Stage.DECIDE:
                self._progress.count(state.outcomes)
