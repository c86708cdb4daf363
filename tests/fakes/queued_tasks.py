"""Runs and tasks in the queue of record, and threads that meet there."""

import threading
from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import Engine, select

from assay.audit import tables
from assay.audit.engine import reading
from assay.audit.recording import RunRecord, Snapshot, start_run
from assay.audit.tasks import SERVER, Claim, NewTask, add_tasks, claim_next, holding
from assay_filter.runs.stages import Stage

LEASE = 60.0
NUM_THREADS = 8
T = TypeVar("T")

task, run = tables.task, tables.run


def make_record(run_id: str) -> RunRecord:
    return RunRecord(
        id=run_id,
        config=Snapshot("pipeline", '{"a":1}'),
        rubric=Snapshot("rubric", '{"b":1}'),
        rules=Snapshot("rules", "[]"),
        code_version="0",
        inputs=["data.jsonl"],
        out_dir="out",
        judge="evidence",
        judge_version="1",
        seed=0,
    )


def start(
    engine: Engine, run_id: str = "r1", *, num_tasks: int = 0, home: str | None = SERVER
) -> None:
    """Store a run with tasks of stage `rules`."""
    with engine.begin() as connection:
        start_run(connection, make_record(run_id), state="queued", request={}, home=home)
        add_tasks(connection, run_id, [rules_task(n) for n in range(num_tasks)])


def rules_task(ordinal: int) -> NewTask:
    return NewTask(Stage.RULES, ordinal, Stage.RULES.rank, {"number": ordinal})


def claim(engine: Engine, worker: str = "w", *, lease: float = LEASE) -> Claim:
    """Take the next task; there must be one."""
    claimed = claim_next(engine, worker, lease_seconds=lease)
    assert claimed is not None
    return claimed


def finish(engine: Engine, claimed: Claim) -> None:
    """End a claimed task."""
    with holding(engine, claimed):
        pass


def row_of(engine: Engine, run_id: str = "r1", stage: str = Stage.RULES, ordinal: int = 0) -> Any:
    """Return a task as it is stored."""
    here = (task.c.run_id == run_id) & (task.c.stage == stage) & (task.c.ordinal == ordinal)
    with reading(engine) as connection:
        return connection.execute(select(task).where(here)).one()


def run_of(engine: Engine, run_id: str = "r1") -> Any:
    """Return a run as it is stored."""
    with reading(engine) as connection:
        return connection.execute(select(run).where(run.c.id == run_id)).one()


def at_once(function: Callable[[int], T], *, num_threads: int = NUM_THREADS) -> list[T]:
    """Call a function in threads that start together; return what they returned."""
    gate = threading.Barrier(num_threads)
    results: list[T] = []
    errors: list[BaseException] = []

    def work(number: int) -> None:
        gate.wait(30)
        try:
            results.append(function(number))
        except BaseException as exc:  # noqa: BLE001  told below
            errors.append(exc)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(num_threads)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not errors, errors
    assert len(results) == num_threads
    return results
