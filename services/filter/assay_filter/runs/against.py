"""Earlier runs that a new run is to be set against: each must be in the index, or on its way."""

from collections.abc import Sequence

import orjson
from sqlalchemy import Connection, select

from assay.audit import tables
from assay.audit.index_tables import index_batch
from assay.audit.tasks import ACTIVE
from assay.domain.errors import InputError
from assay_filter.index.turns import is_indexing

ALL = "all"


def check_against(connection: Connection, against: Sequence[str]) -> None:
    """Refuse runs that are not in the index and will not be when the new run looks.

    Raises:
        InputError: one is unknown, or was not indexed.
    """
    wanted = set(against) - {ALL}
    if not wanted:
        return
    batch, run = index_batch, tables.run
    there = select(batch.c.run_id).where(
        batch.c.run_id.in_(wanted), batch.c.added.is_not(None), batch.c.removed.is_(None)
    )
    active = select(run.c.id, run.c.request).where(run.c.id.in_(wanted), run.c.state.in_(ACTIVE))
    coming = {
        row.id
        for row in connection.execute(active)
        if row.request is not None and is_indexing(orjson.loads(row.request))
    }
    missing = sorted(wanted - set(connection.execute(there).scalars()) - coming)
    if missing:
        raise InputError(
            f"expected runs that are in the index, found {', '.join(missing)[:80]!r} not there; "
            "make runs with --index, or add a finished one with `assay index add RUN`"
        )
