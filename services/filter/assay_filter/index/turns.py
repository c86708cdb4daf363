"""Runs that use the index link in the order in which they were created.

Otherwise the faster of two runs would keep what both hold, and the result would depend on luck. A
run waits for earlier ones that are queued or at work; one that was interrupted, cancelled or has
failed holds nobody up, and finds what was kept meanwhile when it is resumed.
"""

from collections.abc import Mapping
from typing import Any

import orjson
from sqlalchemy import Connection, and_, exists, or_, select

from assay.audit import tables
from assay.audit.index_tables import index_batch

ACTIVE = ("queued", "running")


def is_indexing(request: Mapping[str, Any]) -> bool:
    """Whether a run with this request adds to the index: by `index`, or by `against`."""
    return bool(request.get("index") or request.get("against"))


def whose_turn(connection: Connection, run_id: str) -> str | None:
    """Return the id of the earliest run that must link before `run_id`; None when it is its turn.

    Runs of the same millisecond take turns by id.
    """
    run = tables.run
    mine = select(run.c.created_at).where(run.c.id == run_id).scalar_subquery()
    has_linked = exists().where(index_batch.c.run_id == run.c.id, index_batch.c.added.is_not(None))
    earlier = (
        select(run.c.id, run.c.request)
        .where(
            run.c.state.in_(ACTIVE),
            or_(
                run.c.created_at < mine,
                and_(run.c.created_at == mine, run.c.id < run_id),
            ),
            ~has_linked,
        )
        .order_by(run.c.created_at, run.c.id)
    )
    for row in connection.execute(earlier):
        if row.request is not None and is_indexing(orjson.loads(row.request)):
            return str(row.id)
    return None
