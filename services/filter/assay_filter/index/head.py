"""The head of the index: a number that every addition and every removal moves by one.

A run looks its samples up as of a head, and publishes what it adds only if the head is still the
same (a compare-and-swap, in the transaction in which the run commits): of two runs that look at the
same time one publishes, and the other finds out and looks again.
"""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select, update

from assay.audit.index_tables import HEAD_ID, index_batch, index_entry, index_head
from assay.domain.errors import InputError, RunStateError

ALL = "all"


class HeadMovedError(RunStateError):
    """Another run published, or something was removed, since the head was pinned: look again."""


class Scope(NamedTuple):
    """What a look-up sees: the index as of `head`, in the ids first..last, of `runs` or of all."""

    head: int
    first: int
    last: int
    runs: frozenset[str] | None


class Staged(NamedTuple):
    """A batch that is written and not yet published."""

    batch_id: int
    last_entry: int
    num_entries: int


def pin(connection: Connection) -> int:
    """Return the head as it is now."""
    query = select(index_head.c.seq).where(index_head.c.id == HEAD_ID)
    return int(connection.execute(query).scalar_one())


def lock(connection: Connection) -> int:
    """Return the head, and let nobody move it before this transaction ends."""
    query = select(index_head.c.seq).where(index_head.c.id == HEAD_ID)
    return int(connection.execute(query.with_for_update()).scalar_one())


def scope_of(connection: Connection, head: int, against: str | Sequence[str]) -> Scope:
    """Return what is seen at `head` by a run that is to differ from `against`: `all`, or run ids.

    Raises:
        InputError: the head is none that the index has had, or a run is not in the index.
    """
    current = pin(connection)
    if not 0 <= head <= current:
        raise InputError(f"expected a head of the index in 0..{current}, found {head}")
    batch = index_batch
    wanted = (
        None if against == ALL else frozenset([against] if isinstance(against, str) else against)
    )
    seen = is_seen(head)
    if wanted is not None:
        _check_runs(connection, wanted, seen)
        seen = and_(seen, batch.c.run_id.in_(sorted(wanted)))
    query = select(func.min(batch.c.id), func.max(batch.c.last_entry)).where(seen)
    first, last = connection.execute(query).one()
    return Scope(head, first or 0, last or 0, wanted)


def is_seen(head: int) -> ColumnElement[bool]:
    """Whether a batch is part of the index as of `head`."""
    batch = index_batch
    return and_(batch.c.added <= head, or_(batch.c.removed.is_(None), batch.c.removed > head))


def publish(connection: Connection, staged: Staged, expected_head: int) -> int:
    """Make a staged batch part of the index; return the new head.

    The caller's transaction decides: nothing is seen before it commits.

    Raises:
        HeadMovedError: the head is not `expected_head` any more, a later batch was published
            before this one, or another worker of the run has staged anew.
    """
    head = index_head
    moved = connection.execute(
        update(head)
        .where(
            head.c.id == HEAD_ID,
            head.c.seq == expected_head,
            head.c.published_to < staged.batch_id,
        )
        .values(seq=expected_head + 1, published_to=staged.last_entry)
    )
    if moved.rowcount != 1:
        raise HeadMovedError(
            f"expected the index at head {expected_head}, found {pin(connection)}: look again"
        )
    batch = index_batch
    added = connection.execute(
        update(batch)
        .where(
            batch.c.id == staged.batch_id,
            batch.c.added.is_(None),
            batch.c.removed.is_(None),
            batch.c.num_entries == staged.num_entries,
        )
        .values(added=expected_head + 1)
    )
    if added.rowcount != 1:
        raise HeadMovedError(
            f"expected batch {staged.batch_id} of {staged.num_entries} staged entries, found it "
            "changed by another worker: look again"
        )
    return expected_head + 1


def remove_run(connection: Connection, run_id: str) -> int:
    """Take all that a run added out of the index; return how many entries.

    Its content may be kept again from the next head on. Look-ups as of an earlier head still see
    it, until `purge`.
    """
    batch = index_batch
    is_here = and_(batch.c.run_id == run_id, batch.c.added.is_not(None), batch.c.removed.is_(None))
    here = select(func.count(), func.coalesce(func.sum(batch.c.num_entries), 0)).where(is_here)
    head = _advance(connection)
    num_batches, num_entries = connection.execute(here).one()
    if num_batches:
        connection.execute(update(batch).where(is_here).values(removed=head))
    return int(num_entries)


def remove_sample(connection: Connection, sample_id: str, run_id: str | None = None) -> int:
    """Take a sample out of the index, of one run or of all; return how many entries.

    A person's right: follow it by `purge`, which deletes what the index knows of the content.
    """
    entry, batch = index_entry, index_batch
    head = _advance(connection)
    is_here = and_(entry.c.sample_id == sample_id, entry.c.removed.is_(None))
    if run_id is not None:
        mine = select(batch.c.id).where(batch.c.run_id == run_id)
        is_here = and_(is_here, entry.c.batch_id.in_(mine))
    return connection.execute(update(entry).where(is_here).values(removed=head)).rowcount


def _advance(connection: Connection) -> int:
    """Move the head by one; who else moves it waits for this transaction."""
    head = index_head
    return int(
        connection.execute(
            update(head)
            .where(head.c.id == HEAD_ID)
            .values(seq=head.c.seq + 1)
            .returning(head.c.seq)
        ).scalar_one()
    )


def _check_runs(connection: Connection, wanted: frozenset[str], seen: ColumnElement[bool]) -> None:
    known = select(index_batch.c.run_id).where(seen, index_batch.c.run_id.in_(sorted(wanted)))
    missing = sorted(wanted - set(connection.execute(known).scalars()))
    if missing:
        raise InputError(
            f"expected runs that are in the index, found {', '.join(missing)[:80]!r} not there; "
            "add a finished run with `assay index add RUN`"
        )
