"""The queue of record: what there is to do, who does it, and what is done.

A task is claimed with a lease and a fence that grows with each claim. Its effects are committed in
one transaction that re-checks the fence (`holding`), so each task takes effect exactly once,
however often it is handed out: a worker that lost its lease finds that out before it changes
anything. After Gray and Cheriton (leases, 1989) and the fencing tokens of Burrows (Chubby, 2006).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson
from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Select,
    and_,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from assay.audit import tables
from assay.audit.clock import database_milliseconds
from assay.audit.engine import reading
from assay.domain.errors import AssayError

task, run = tables.task, tables.run
MAX_ERROR_CHARS = 500
SERVER = "server"  # home of the runs that any worker may work on
ACTIVE = ("queued", "running")  # states of a run whose tasks are handed out


class LostClaimError(AssayError):
    """The lease ended and the task went to another worker, or its run was stopped."""


@dataclass(frozen=True, slots=True)
class NewTask:
    """A task to add; `body` is what the work needs beyond its position."""

    stage: str
    ordinal: int
    rank: int
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Claim:
    """A task in this worker's hands; `attempt` counts from 1."""

    run_id: str
    stage: str
    ordinal: int
    fence: int
    attempt: int
    body: Mapping[str, Any]

    def __str__(self) -> str:
        return f"task {self.ordinal} of stage {self.stage!r}"


class TaskResult(NamedTuple):
    """What a task left: the fence that names its files, what it was given, what it told."""

    fence: int
    body: Mapping[str, Any]
    result: Mapping[str, Any]


def add_tasks(connection: Connection, run_id: str, tasks: Iterable[NewTask]) -> None:
    """Add tasks; those that are there already stay as they are."""
    rows = [_row(run_id, new) for new in tasks]
    if rows:
        connection.execute(_insert(connection), rows)


def add_task(connection: Connection, run_id: str, new: NewTask) -> bool:
    """Add a task; False where it is there already, and stays as it is."""
    insert = _insert(connection).values(_row(run_id, new)).returning(task.c.ordinal)
    return connection.execute(insert).first() is not None


def _insert(connection: Connection) -> sqlite.Insert | postgresql.Insert:
    if connection.dialect.name == "sqlite":
        return sqlite.insert(task).on_conflict_do_nothing()
    return postgresql.insert(task).on_conflict_do_nothing()


def _row(run_id: str, new: NewTask) -> dict[str, Any]:
    return {
        "run_id": run_id,
        "stage": new.stage,
        "ordinal": new.ordinal,
        "rank": new.rank,
        "state": "pending",
        "body": orjson.dumps(new.body).decode(),
        "attempt": 0,
        "fence": 0,
    }


def claim_next(
    engine: Engine, worker: str, *, run_id: str | None = None, lease_seconds: float
) -> Claim | None:
    """Take the next free task, of one run or of any of the server; None where there is none.

    A look without a lock comes first: workers that wait do not stand in the way of those that work.
    """
    free = _free_tasks()
    free = free.where(run.c.home == SERVER if run_id is None else task.c.run_id == run_id)
    with reading(engine) as connection:
        if connection.execute(free.limit(1)).first() is None:
            return None
    ordered = free.order_by(run.c.created_at, task.c.rank, task.c.ordinal).limit(1)
    return _claim(engine, worker, ordered, lease_seconds)


def claim_task(
    engine: Engine, worker: str, run_id: str, stage: str, ordinal: int, *, lease_seconds: float
) -> Claim | None:
    """Take the task that a message names; None where it is done, taken, or not to be done now."""
    free = _free_tasks().where(
        task.c.run_id == run_id, task.c.stage == stage, task.c.ordinal == ordinal
    )
    return _claim(engine, worker, free, lease_seconds)


def _free_tasks() -> Select[tuple[str, str, int]]:
    now = database_milliseconds()
    is_free = or_(
        and_(
            task.c.state == "pending",
            or_(task.c.not_before.is_(None), task.c.not_before <= now),
        ),
        and_(task.c.state == "running", task.c.lease_until < now),
    )
    return (
        select(task.c.run_id, task.c.stage, task.c.ordinal)
        .join(run, run.c.id == task.c.run_id)
        .where(run.c.state.in_(ACTIVE), task.c.state.in_(("pending", "running")), is_free)
    )


def _claim(
    engine: Engine, worker: str, chosen: Select[tuple[str, str, int]], lease_seconds: float
) -> Claim | None:
    with engine.begin() as connection:
        key = connection.execute(chosen.with_for_update(skip_locked=True, of=task)).first()
        if key is None:
            return None
        row = connection.execute(
            update(task)
            .where(_is(key.run_id, key.stage, key.ordinal))
            .values(
                state="running",
                fence=task.c.fence + 1,
                attempt=task.c.attempt + 1,
                worker=worker,
                lease_until=database_milliseconds() + round(lease_seconds * 1000),
                not_before=None,
            )
            .returning(task.c.fence, task.c.attempt, task.c.body)
        ).one()
        connection.execute(
            update(run)
            .where(run.c.id == key.run_id, run.c.state == "queued")
            .values(state="running")
        )
    return Claim(key.run_id, key.stage, key.ordinal, row.fence, row.attempt, orjson.loads(row.body))


def renew(engine: Engine, claim: Claim, *, lease_seconds: float) -> bool:
    """Extend the lease; False where the task is lost, or its run is not to go on."""
    with engine.begin() as connection:
        done = connection.execute(
            update(task)
            .where(_is_held(claim), _run_goes_on(claim))
            .values(lease_until=database_milliseconds() + round(lease_seconds * 1000))
        )
    return done.rowcount == 1


def is_ours(engine: Engine, claim: Claim) -> bool:
    """Whether the claim still holds and its run goes on; changes nothing."""
    held = select(task.c.fence).where(_is_held(claim), _run_goes_on(claim))
    with reading(engine) as connection:
        return connection.execute(held).first() is not None


@contextmanager
def holding(
    engine: Engine, claim: Claim, *, result: Mapping[str, Any] | None = None
) -> Iterator[Connection]:
    """One transaction in which the task is done and all its effects are stored.

    Raises:
        LostClaimError: the task went to another worker, or its run was stopped; nothing is stored.
    """
    with engine.begin() as connection:
        done = connection.execute(
            update(task)
            .where(_is_held(claim), _run_goes_on(claim))
            .values(
                state="done",
                lease_until=None,
                error=None,
                result=None if result is None else orjson.dumps(result).decode(),
            )
        )
        if done.rowcount != 1:
            raise LostClaimError(f"{claim} of run {claim.run_id} went to another worker")
        yield connection


def still_holding(engine: Engine, claim: Claim) -> "_Holding":
    """One transaction of a task that goes on: the same check, the task stays in hand."""
    return _Holding(engine, claim)


class _Holding:
    """See `still_holding`."""

    def __init__(self, engine: Engine, claim: Claim) -> None:
        self._transaction = engine.begin()
        self._claim = claim

    def __enter__(self) -> Connection:
        connection = self._transaction.__enter__()
        locked = update(task).where(_is_held(self._claim), _run_goes_on(self._claim))
        if connection.execute(locked.values(fence=task.c.fence)).rowcount != 1:
            lost = LostClaimError(f"{self._claim} went to another worker")
            self._transaction.__exit__(type(lost), lost, None)
            raise lost
        return connection

    def __exit__(self, *error: Any) -> None:
        self._transaction.__exit__(*error)


def give_back(
    engine: Engine,
    claim: Claim,
    *,
    error: str | None = None,
    delay_seconds: float = 0.0,
    is_attempt: bool = True,
) -> None:
    """Free a task for another try; `is_attempt` False where the work itself was not to blame."""
    pause = database_milliseconds() + round(delay_seconds * 1000)
    with engine.begin() as connection:
        connection.execute(
            update(task)
            .where(_is_held(claim))
            .values(
                state="pending",
                lease_until=None,
                worker=None,
                dispatched_at=None,
                attempt=task.c.attempt - (0 if is_attempt else 1),
                not_before=pause if delay_seconds else None,
                error=None if error is None else error[:MAX_ERROR_CHARS],
            )
        )


def release_tasks(engine: Engine, *, run_id: str, is_attempt: bool = True) -> int:
    """Free the tasks of a run whose workers are all known to be dead; return how many."""
    return _release(engine, task.c.run_id == run_id, is_attempt=is_attempt)


def release_worker(engine: Engine, worker: str, *, is_attempt: bool = True) -> int:
    """Free the tasks of a worker that is known to be dead; return how many."""
    return _release(engine, task.c.worker == worker, is_attempt=is_attempt)


def _release(engine: Engine, whose: ColumnElement[bool], *, is_attempt: bool) -> int:
    with engine.begin() as connection:
        freed = connection.execute(
            update(task)
            .where(whose, task.c.state == "running")
            .values(
                state="pending",
                lease_until=None,
                worker=None,
                dispatched_at=None,
                attempt=task.c.attempt - (0 if is_attempt else 1),
            )
        )
    return freed.rowcount


def reset_tasks(connection: Connection, run_id: str) -> None:
    """Make a stopped run's open tasks free again, with all their attempts before them."""
    connection.execute(
        update(task)
        .where(task.c.run_id == run_id, task.c.state != "done")
        .values(
            state="pending",
            lease_until=None,
            worker=None,
            dispatched_at=None,
            not_before=None,
            attempt=0,
        )
    )


def open_tasks(connection: Connection, run_id: str, stage: str) -> int:
    """Return how many tasks of a stage are not done."""
    return int(
        connection.execute(
            select(func.count())
            .select_from(task)
            .where(task.c.run_id == run_id, task.c.stage == stage, task.c.state != "done")
        ).scalar_one()
    )


def task_results(connection: Connection, run_id: str, stage: str) -> dict[int, "TaskResult"]:
    """Return what a stage's done tasks left, by ordinal."""
    query = select(task.c.ordinal, task.c.fence, task.c.body, task.c.result).where(
        task.c.run_id == run_id, task.c.stage == stage, task.c.state == "done"
    )
    return {
        row.ordinal: TaskResult(row.fence, orjson.loads(row.body), orjson.loads(row.result or "{}"))
        for row in connection.execute(query.order_by(task.c.ordinal))
    }


def take_for_dispatch(
    engine: Engine, *, window: int, stale_seconds: float
) -> list[tuple[str, str, int]]:
    """Mark tasks as told to the broker and return them: run, stage and ordinal.

    Those never told come first, and those told more than `stale_seconds` ago that nobody has
    taken: their message may be lost. No run has more than `window` told tasks at a time, so that
    runs take turns and a broker holds little.
    """
    now = database_milliseconds()
    is_free = or_(
        task.c.state == "pending", and_(task.c.state == "running", task.c.lease_until < now)
    )
    is_due = or_(task.c.not_before.is_(None), task.c.not_before <= now)
    is_fresh = and_(
        task.c.dispatched_at.is_not(None),
        task.c.dispatched_at >= now - round(stale_seconds * 1000),
    )
    with engine.begin() as connection:
        chosen: list[tuple[str, str, int]] = []
        active = (
            select(run.c.id)
            .where(run.c.state.in_(ACTIVE), run.c.home == SERVER)
            .order_by(run.c.created_at)
        )
        for run_id in connection.execute(active).scalars().all():
            mine = and_(task.c.run_id == run_id, is_free)
            told = select(func.count()).select_from(task).where(mine, is_fresh)
            room = window - int(connection.execute(told).scalar_one())
            if room <= 0:
                continue
            query = (
                select(task.c.run_id, task.c.stage, task.c.ordinal)
                .where(mine, is_due, ~is_fresh | task.c.dispatched_at.is_(None))
                .order_by(task.c.rank, task.c.ordinal)
                .limit(room)
                .with_for_update(skip_locked=True)
            )
            chosen += [tuple(row) for row in connection.execute(query)]
        for key in chosen:
            connection.execute(update(task).where(_is(*key)).values(dispatched_at=now))
    return chosen


def untell(engine: Engine, keys: Sequence[tuple[str, str, int]]) -> None:
    """Take back that the broker was told: it could not be reached."""
    with engine.begin() as connection:
        for key in keys:
            connection.execute(update(task).where(_is(*key)).values(dispatched_at=None))


def _is(run_id: str, stage: str, ordinal: int) -> ColumnElement[bool]:
    return and_(task.c.run_id == run_id, task.c.stage == stage, task.c.ordinal == ordinal)


def _is_held(claim: Claim) -> ColumnElement[bool]:
    return and_(
        _is(claim.run_id, claim.stage, claim.ordinal),
        task.c.fence == claim.fence,
        task.c.state == "running",
    )


def _run_goes_on(claim: Claim) -> ColumnElement[bool]:
    return select(run.c.id).where(run.c.id == claim.run_id, run.c.state.in_(ACTIVE)).exists()
