"""How long a run waits for a server that is gone before it stops, resumable.

The judge's, or the embedding server. The first failure sets the end of the patience, by the clock
of the database and for all workers; any chunk that got its answers restores it.
"""

from sqlalchemy import Engine, select, update

from assay.audit import tables
from assay.audit.clock import database_milliseconds
from assay.audit.engine import reading

run = tables.run


def is_out_of_patience(engine: Engine, run_id: str, patience_seconds: float) -> bool:
    """Note that the judge gave no answer; say whether the run has waited long enough."""
    if not patience_seconds:
        return True
    now = database_milliseconds()
    with engine.begin() as connection:
        connection.execute(
            update(run)
            .where(run.c.id == run_id, run.c.retry_until.is_(None))
            .values(retry_until=now + round(patience_seconds * 1000))
        )
        over = select(run.c.id).where(run.c.id == run_id, run.c.retry_until <= now)
        return connection.execute(over).first() is not None


def restore_patience(engine: Engine, run_id: str) -> None:
    """Forget that the judge was gone."""
    gone = select(run.c.id).where(run.c.id == run_id, run.c.retry_until.is_not(None))
    with reading(engine) as connection:
        if connection.execute(gone).first() is None:
            return
    with engine.begin() as connection:
        connection.execute(update(run).where(run.c.id == run_id).values(retry_until=None))
