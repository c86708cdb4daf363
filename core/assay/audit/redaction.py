"""Takes a sample's words out of the audit and leaves the audit verifiable.

A person may ask that what they said be removed. The row stays with its address, numbers and
outcome; the cells that hold text are overwritten; a tombstone says which row, when, by whom and
why. The row's leaf stays in the ledger, so the chain holds. Only a row that still fits its leaf is
redacted: a tombstone never covers up an earlier change. Nothing here commits.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Table, bindparam, insert, or_, select, text, update

from assay.audit import tables
from assay.audit.chain import LEAF_BYTES, entry_hash, leaf_of
from assay.audit.recording import now
from assay.audit.redaction_tables import redaction
from assay.audit.rows import STAGE_TABLES, columns_of
from assay.audit.tombstones import (
    FORMS,
    RUN,
    chain_cells,
    is_run_redacted,
    key_of,
    redacted_cells,
    run_leaf,
)
from assay.audit.verification import chunks_of, rows_under
from assay.domain.errors import AuditError, InputError, RunStateError

MAX_REASON_CHARS = 500
MAX_ACTOR_CHARS = 200
STOPPED = ("done", "cancelled", "interrupted", "failed")


@dataclass(frozen=True, slots=True)
class Warrant:
    """Who takes something out, and why; both stay readable for ever, so name no person in them."""

    actor: str
    reason: str

    def __post_init__(self) -> None:
        for name, value, limit in (
            ("a reason", self.reason, MAX_REASON_CHARS),
            ("an actor", self.actor, MAX_ACTOR_CHARS),
        ):
            if not value.strip() or len(value) > limit or "\0" in value:
                raise InputError(
                    f"expected {name} of 1 to {limit} characters without NUL, found {value!r:.80}"
                )


def redact_sample(
    connection: Connection, run_id: str, ordinal: int, reason: str, actor: str
) -> int:
    """Take one sample of a finished run out of the audit; return how many rows were overwritten.

    A second call finds nothing to do and returns 0.

    Raises:
        InputError: there is no such sample, or reason or actor are empty or too long.
        RunStateError: the run is not done: what goes on would write the text again.
        AuditError: a row does not fit its leaf; `assay audit verify` tells more.
    """
    warrant = Warrant(actor, reason)
    _check_state(connection, run_id, ("done",))
    query = select(tables.sample.c.ordinal).where(
        tables.sample.c.run_id == run_id, tables.sample.c.ordinal == ordinal
    )
    if connection.execute(query).first() is None:
        raise InputError(f"expected a sample of run {run_id}, found none at {ordinal}")
    writer = _Writer(connection, run_id, warrant)
    for chunk in chunks_of(connection, run_id, (ordinal, ordinal)):
        writer.redact_chunk(chunk, {ordinal})
    writer.redact_reviews(ordinal, ordinal)
    return writer.num_rows


def redact_chunks(
    connection: Connection, run_id: str, first: int, last: int, reason: str, actor: str
) -> int:
    """Take the samples first..last of a stopped run out; return how many rows were overwritten.

    For whole runs, in transactions of bounded size: `close_redaction` ends it.

    Raises:
        InputError: there is no such run, or reason or actor are empty or too long.
        RunStateError: the run is at work.
        AuditError: a row does not fit its leaf.
    """
    warrant = Warrant(actor, reason)
    _check_state(connection, run_id, STOPPED)
    writer = _Writer(connection, run_id, warrant)
    for chunk in chunks_of(connection, run_id, (first, last)):
        writer.redact_chunk(chunk, range(first, last + 1))
    writer.redact_reviews(first, last)
    return writer.num_rows


def close_redaction(connection: Connection, run_id: str, reason: str, actor: str) -> bool:
    """Note that a whole run was taken out; say whether that was not noted before.

    The errors that its tasks and itself stopped with may quote: they go.

    Raises:
        InputError: there is no such run, or reason or actor are empty or too long.
        RunStateError: the run is at work.
    """
    warrant = Warrant(actor, reason)
    _check_state(connection, run_id, STOPPED)
    if is_run_redacted(connection, run_id):
        return False
    run, task = tables.run, tables.task
    connection.execute(update(task).where(task.c.run_id == run_id).values(error=None))
    connection.execute(update(run).where(run.c.id == run_id).values(error=None))
    _Writer(connection, run_id, warrant).entomb([(RUN, 0, "", run_leaf(run_id))])
    return True


def _check_state(connection: Connection, run_id: str, allowed: Collection[str]) -> None:
    query = select(tables.run.c.state).where(tables.run.c.id == run_id).with_for_update()
    state = connection.execute(query).scalar()
    if state is None:
        raise InputError(f"expected a run, found none called {run_id!r:.80}")
    if state not in allowed:
        advice = "wait for its end" if state in ("queued", "running") else "resume it, or remove it"
        raise RunStateError(
            f"expected run {run_id} to be {' or '.join(allowed)}, found it {state}; {advice}"
        )


class _Writer:
    """Overwrites rows of one run and appends tombstones, in the caller's transaction."""

    def __init__(self, connection: Connection, run_id: str, warrant: Warrant) -> None:
        self._connection = connection
        self._run_id = run_id
        self._warrant = warrant
        self.num_rows = 0
        if connection.dialect.name == "postgresql":  # one at a time: the chain has one order
            connection.execute(text("LOCK TABLE redaction IN SHARE ROW EXCLUSIVE MODE"))

    def redact_chunk(self, chunk: Row[Any], wanted: Collection[int]) -> None:
        """Redact what a chunk's leaves cover of these samples.

        Raises:
            AuditError: a row does not fit its leaf.
        """
        position = 0
        for table in STAGE_TABLES[chunk.stage]:
            found = []
            for row in rows_under(self._connection, table, self._run_id, chunk):
                if table.name in FORMS and row._mapping["ordinal"] in wanted:
                    stored = chunk.leaves[position * LEAF_BYTES : (position + 1) * LEAF_BYTES]
                    if self._is_open(table, row, stored):
                        found.append(row)
                position += 1
            self._redact(table, found)

    def redact_reviews(self, first: int, last: int) -> None:
        """Redact what reviewers wrote of these samples; no leaf covers it."""
        review = tables.review
        query = select(*(review.c[name] for name in columns_of(review))).where(
            review.c.run_id == self._run_id,
            review.c.ordinal.between(first, last),
            review.c.comment.is_not(None),
        )
        rows = self._connection.execute(query.order_by(review.c.ordinal, review.c.seq)).all()
        self._redact(review, rows)

    def entomb(self, keys: Collection[tuple[str, int, str, str]]) -> None:
        """Append tombstones: table, ordinal, rest of the key, leaf of the row as it is left."""
        last = self._connection.execute(
            select(redaction.c.seq, redaction.c.hash).order_by(redaction.c.seq.desc()).limit(1)
        ).first()
        seq, prev = (0, "") if last is None else (last.seq + 1, last.hash)
        rows = []
        for table, ordinal, key, leaf in keys:
            row: dict[str, Any] = {
                "seq": seq,
                "run_id": self._run_id,
                "table_name": table,
                "ordinal": ordinal,
                "row_key": key,
                "leaf": leaf,
                "created_at": now(),
                "actor": self._warrant.actor,
                "reason": self._warrant.reason,
            }
            row |= {"prev": prev, "hash": entry_hash(prev, *chain_cells(row))}
            rows.append(row)
            seq, prev = seq + 1, row["hash"]
        self._connection.execute(insert(redaction), rows)

    def _is_open(self, table: Table, row: Row[Any], stored: bytes) -> bool:
        """Whether there is something to take out of a row; refuse one that was changed."""
        cells = tuple(row)
        if cells == redacted_cells(table, row):
            return False
        if leaf_of(table.name, cells) != stored:
            raise AuditError(
                f"expected {table.name} of sample {row._mapping['ordinal']} of run {self._run_id} "
                "as the ledger has it, found it changed; see `assay audit verify` first"
            )
        return True

    def _redact(self, table: Table, rows: Collection[Row[Any]]) -> None:
        if not rows:
            return
        self.entomb(
            [
                (
                    table.name,
                    row._mapping["ordinal"],
                    key_of(table, row),
                    leaf_of(table.name, redacted_cells(table, row)).hex(),
                )
                for row in rows
            ]
        )
        keys = [column.name for column in table.primary_key.columns]
        statement = update(table).values(dict(FORMS[table.name]))
        for name in keys:
            statement = statement.where(table.c[name] == bindparam(f"key_{name}"))
        values = [
            {f"key_{k}": self._run_id if k == "run_id" else row._mapping[k] for k in keys}
            for row in rows
        ]
        self._connection.execute(statement, values)
        self.num_rows += len(rows)


def ordinals_of(
    connection: Connection, sample_ids: Collection[str], run_id: str | None = None
) -> Iterator[tuple[str, int]]:
    """Yield (run, ordinal) of every row with one of these contents, in any run or in one."""
    sample = tables.sample
    query = select(sample.c.run_id, sample.c.ordinal).where(
        or_(*(sample.c.sample_id == sample_id for sample_id in sorted(sample_ids)))
    )
    if run_id is not None:
        query = query.where(sample.c.run_id == run_id)
    for row in connection.execute(query.order_by(sample.c.run_id, sample.c.ordinal)):
        yield row.run_id, row.ordinal
