"""The stages of a run as tasks, and how one follows from another.

ingest -> rules (a task a chunk) -> gather -> judge (a task a chunk) -> link -> decide (a task a
chunk) -> export -> publish. With the semantic tier, embed (a task a chunk) and compare stand
between link and decide. A stage of one task adds the tasks of the stage after it when it commits; a
stage of many is followed by the next when none of its tasks is open. Nothing waits for anything:
whoever commits last, or looks next, moves the run on, and twice is as good as once.
"""

from enum import StrEnum

from sqlalchemy import Connection, Engine, select

from assay.audit import tables
from assay.audit.engine import reading
from assay.audit.recording import set_stage
from assay.audit.tasks import ACTIVE, NewTask, add_task, open_tasks, task_results


class Stage(StrEnum):
    """One stage; the order of definition is the order of work."""

    INGEST = "ingest"
    RULES = "rules"
    GATHER = "gather"
    JUDGE = "judge"
    LINK = "link"
    EMBED = "embed"
    COMPARE = "compare"
    DECIDE = "decide"
    EXPORT = "export"
    PUBLISH = "publish"

    @property
    def rank(self) -> int:
        """Its place in the order of work."""
        return list(Stage).index(self)


# A stage of many tasks -> what must be done before it can be complete, and what follows.
FOLLOWED: dict[Stage, tuple[Stage, Stage]] = {
    Stage.RULES: (Stage.INGEST, Stage.GATHER),
    Stage.JUDGE: (Stage.GATHER, Stage.LINK),
    Stage.EMBED: (Stage.LINK, Stage.COMPARE),
    Stage.DECIDE: (Stage.LINK, Stage.EXPORT),
}


def single(stage: Stage) -> NewTask:
    """Return the one task of a stage that has one."""
    return NewTask(stage, 0, stage.rank, {})


def advance(engine: Engine, run_id: str) -> bool:
    """Add the task that is due where a stage of many tasks is complete; say whether one was."""
    with reading(engine) as connection:
        due = _due(connection, run_id)
    if due is None:
        return False
    with engine.begin() as connection:
        is_added = add_task(connection, run_id, single(due))
        if is_added:  # who comes too late must not set back the stage
            set_stage(connection, run_id, due)
    return is_added


def advance_all(engine: Engine) -> None:
    """Move on every active run whose last worker could not do so."""
    with reading(engine) as connection:
        active = select(tables.run.c.id).where(tables.run.c.state.in_(ACTIVE))
        run_ids = connection.execute(active).scalars().all()
    for run_id in run_ids:
        advance(engine, run_id)


def _due(connection: Connection, run_id: str) -> Stage | None:
    for stage in reversed(FOLLOWED):
        before, after = FOLLOWED[stage]
        if not task_results(connection, run_id, before) or not _has_task(connection, run_id, stage):
            continue  # not reached yet, or a stage that this run does not have
        if open_tasks(connection, run_id, stage) or _has_task(connection, run_id, after):
            return None
        return after
    return None


def _has_task(connection: Connection, run_id: str, stage: Stage) -> bool:
    task = tables.task
    query = select(task.c.ordinal).where(task.c.run_id == run_id, task.c.stage == stage).limit(1)
    return connection.execute(query).first() is not None
