"""Rings the doorbell of a broker for tasks that are free; the database stays the truth.

A message only says where to look. A lost one is sent again after a minute, a double one finds
nothing to do, and a broker that is away costs time alone.
"""

from sqlalchemy import Engine, or_, select

from assay.audit import tables
from assay.audit.clock import database_milliseconds
from assay.audit.engine import reading
from assay.audit.tasks import ACTIVE, SERVER, take_for_dispatch, untell
from assay.queue.doorbell import Doorbell, DoorbellError
from assay_filter.runs.stages import advance_all
from assay_filter.runs.tidying import tidy

WINDOW = 64  # told tasks a run: enough for many workers, few enough that runs take turns
STALE_SECONDS = 60.0


def dispatch(
    engine: Engine,
    doorbell: Doorbell,
    *,
    window: int = WINDOW,
    stale_seconds: float = STALE_SECONDS,
) -> int:
    """Tell the broker of free tasks it does not know, or may have lost; return how many.

    Raises:
        DoorbellError: the broker cannot be reached; the tasks will be told another time.
    """
    keys = take_for_dispatch(engine, window=window, stale_seconds=stale_seconds)
    if not keys:
        return 0
    try:
        doorbell.ring(keys)
    except DoorbellError:
        untell(engine, keys)
        raise
    return len(keys)


def sweep(engine: Engine, doorbell: Doorbell) -> int:
    """Move runs on whose last worker died, and tell of every task that waits; return how many.

    Raises:
        DoorbellError: the broker cannot be reached.
    """
    advance_all(engine)
    tidy(engine)
    return dispatch(engine, doorbell)


def has_free_tasks(engine: Engine) -> bool:
    """Tell whether a worker of the server would find something to do now."""
    task, run = tables.task, tables.run
    query = (
        select(task.c.ordinal)
        .join(run, run.c.id == task.c.run_id)
        .where(
            run.c.state.in_(ACTIVE),
            run.c.home == SERVER,
            task.c.state == "pending",
            or_(task.c.not_before.is_(None), task.c.not_before <= database_milliseconds()),
        )
        .limit(1)
    )
    with reading(engine) as connection:
        return connection.execute(query).first() is not None
