"""What people ask of the index: what it holds, and that something be taken out of it."""

from typing import NamedTuple

from sqlalchemy import Engine, func, select

from assay.audit.engine import reading
from assay.audit.index_tables import index_batch, index_entry
from assay.domain.errors import InputError
from assay_filter.index import head
from assay_filter.index.staging import purge


class IndexedRun(NamedTuple):
    """What a run added: entries that are there, and the heads that added and removed them."""

    run_id: str
    num_entries: int
    added: int | None
    removed: int | None


class IndexStatus(NamedTuple):
    """The index as it is: runs in the order of their publication, those being written last.

    `num_removed` counts entries that are removed and not purged yet, runs as a whole included.
    """

    head: int
    num_entries: int
    num_removed: int
    runs: tuple[IndexedRun, ...]


class Removal(NamedTuple):
    """Entries taken out, and deleted for good (others that were waiting for it included)."""

    num_removed: int
    num_purged: int


def status(engine: Engine) -> IndexStatus:
    """Tell what the index holds."""
    batch, entry = index_batch, index_entry
    with reading(engine) as connection:
        now = head.pin(connection)
        rows = connection.execute(
            select(batch.c.run_id, batch.c.num_entries, batch.c.added, batch.c.removed).order_by(
                batch.c.added.is_(None), batch.c.added, batch.c.id
            )
        ).all()
        alone = connection.execute(
            select(func.count())
            .select_from(entry)
            .join(batch, batch.c.id == entry.c.batch_id)
            .where(entry.c.removed.is_not(None), batch.c.removed.is_(None))
        ).scalar_one()
    runs = tuple(IndexedRun(*row) for row in rows)
    published = [run for run in runs if run.added is not None]
    gone = sum(run.num_entries for run in published if run.removed is not None)
    total = sum(run.num_entries for run in published)
    return IndexStatus(now, total - gone - alone, gone + alone, runs)


def remove_run(engine: Engine, run_id: str, *, for_good: bool = True) -> Removal:
    """Take a run out of the index; its content may be kept again.

    Args:
        engine: the audit database.
        run_id: the run.
        for_good: delete its entries too; otherwise look-ups as of an earlier head still see them.

    Raises:
        InputError: the run is not in the index.
    """
    batch = index_batch
    with engine.begin() as connection:
        here = select(batch.c.id).where(
            batch.c.run_id == run_id, batch.c.added.is_not(None), batch.c.removed.is_(None)
        )
        if connection.execute(here).first() is None:
            raise InputError(f"expected a run in the index, found none called {run_id!r:.80}")
        num_removed = head.remove_run(connection, run_id)
    return Removal(num_removed, purge(engine) if for_good else 0)


def remove_sample(engine: Engine, sample_id: str, run_id: str | None = None) -> Removal:
    """Take a sample out of the index for good, of one run or of all: a person's right.

    Raises:
        InputError: the index has no such sample.
    """
    with engine.begin() as connection:
        num_removed = head.remove_sample(connection, sample_id, run_id)
        if num_removed == 0:
            raise InputError(f"expected a sample in the index, found none called {sample_id!r:.80}")
    return Removal(num_removed, purge(engine))
