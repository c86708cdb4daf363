"""Writes the audit: runs, chunks with their rows, the ledger, and the chain over runs.

A chunk's rows and its Merkle leaves are stored in one transaction, so a crash leaves either all of
it or nothing; a complete stage is sealed into the ledger in chunk order. Nothing here commits by
itself but `set_run_state`: the rest are parts of a caller's transaction.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, Row, and_, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DatabaseError

from assay.audit import tables
from assay.audit.bulk import insert_rows
from assay.audit.chain import LEAF_BYTES, entry_hash, genesis, merkle_root
from assay.audit.rows import STAGE_TABLES, ChunkRecord, RowCells, leaves_of
from assay.domain.errors import AssayError, AuditError

MAX_ERROR_CHARS = 500
RUN_CHAIN_LOCK = 0x61737361_79726368  # of PostgreSQL: who appends to the chain over runs
OPEN_STATES = ("queued", "running", "cancelling", "interrupted", "failed")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An immutable configuration, stored once under its digest."""

    kind: str
    body: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.body.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class RunRecord:
    """What a run is started with."""

    id: str
    config: Snapshot
    rubric: Snapshot
    rules: Snapshot
    code_version: str
    inputs: Sequence[str]
    out_dir: str
    judge: str
    judge_version: str
    seed: int
    conditions: str | None = None  # canonical JSON of what else decides the result

    @property
    def genesis(self) -> str:
        """The start of this run's chain: what determines its result, and nothing else."""
        return run_genesis(
            self.config.sha256,
            self.rubric.sha256,
            self.rules.sha256,
            self.judge,
            self.judge_version,
            self.seed,
            self.conditions,
        )


def run_genesis(
    config_sha256: str,
    rubric_sha256: str,
    rules_sha256: str,
    judge: str,
    judge_version: str,
    seed: int,
    conditions: str | None,
) -> str:
    """Return the start of a run's chain from what stands in its row."""
    parts = [config_sha256, rubric_sha256, rules_sha256, judge, judge_version, str(seed)]
    return genesis(*parts, *(() if conditions is None else (conditions,)))


@dataclass(frozen=True, slots=True)
class RunClosing:
    """What a run ends with."""

    inputs: Sequence[Mapping[str, str | int]]
    counts: Mapping[str, int]
    exports: Sequence[RowCells]


def start_run(
    connection: Connection,
    record: RunRecord,
    *,
    state: str,
    request: Mapping[str, Any],
    home: str | None = None,
    created_by: str | None = None,
) -> None:
    """Store the run and its configuration snapshots."""
    for snapshot in (record.config, record.rubric, record.rules):
        _store_snapshot(connection, snapshot)
    connection.execute(
        insert(tables.run).values(
            id=record.id,
            state=state,
            stage="ingest",
            config_sha256=record.config.sha256,
            rubric_sha256=record.rubric.sha256,
            rules_sha256=record.rules.sha256,
            code_version=record.code_version,
            inputs=orjson.dumps([{"name": name} for name in record.inputs]).decode(),
            out_dir=record.out_dir,
            judge=record.judge,
            judge_version=record.judge_version,
            seed=record.seed,
            conditions=record.conditions,
            created_at=now(),
            request=orjson.dumps(request).decode(),
            home=home,
            created_by=created_by,
        )
    )


def set_run_state(
    engine: Engine,
    run_id: str,
    *,
    state: str,
    error: AssayError | None = None,
    only_from: Sequence[str] = OPEN_STATES,
) -> bool:
    """Move a run to another state from one of `only_from`; say whether it was in one.

    Raises:
        AuditError: the database refused.
    """
    with refusals(f"state {state!r} of run {run_id}"), engine.begin() as connection:
        return move_run(connection, run_id, state=state, error=error, only_from=only_from)


def move_run(
    connection: Connection,
    run_id: str,
    *,
    state: str,
    error: AssayError | None = None,
    only_from: Sequence[str] = OPEN_STATES,
) -> bool:
    """Do what `set_run_state` does, as part of a caller's transaction."""
    moved = connection.execute(
        update(tables.run)
        .where(tables.run.c.id == run_id, tables.run.c.state.in_(only_from))
        .values(
            state=state,
            error=None if error is None else str(error)[:MAX_ERROR_CHARS],
            error_kind=None if error is None else type(error).__name__,
        )
    )
    return moved.rowcount == 1


def set_stage(connection: Connection, run_id: str, stage: str) -> None:
    """Note which stage a run is in."""
    connection.execute(update(tables.run).where(tables.run.c.id == run_id).values(stage=stage))


def commit_chunk(
    connection: Connection, run_id: str, record: ChunkRecord, *, fence: int = 0
) -> None:
    """Store a chunk's rows and its state; `seal` puts it into the ledger when its turn comes."""
    record = without_nul(record)
    for table in STAGE_TABLES[record.stage]:
        insert_rows(connection, table, run_id, record.rows.get(table.name, ()))
    if record.expense is not None:
        num_judgements, usage = record.expense
        connection.execute(
            insert(tables.expense).values(
                run_id=run_id,
                stage=record.stage,
                chunk=record.ordinal,
                num_judgements=num_judgements,
                usage=usage,
            )
        )
    connection.execute(
        insert(tables.chunk).values(
            run_id=run_id,
            stage=record.stage,
            ordinal=record.ordinal,
            first_sample=record.first_sample,
            num_samples=record.num_samples,
            part_sha256=record.part_sha256,
            summary=record.summary,
            measures=record.measures,
            fence=fence,
            leaves=record.leaves,
        )
    )


def seal(connection: Connection, run_id: str, run_genesis: str, stage: str) -> str:
    """Append the finished chunks of a stage to the ledger, in their order; return its head.

    Chunks are committed in whatever order workers finish them; the chain has one order, so it is
    made when the stage is complete. A second call changes nothing.
    """
    connection.execute(  # who else seals this run waits here
        select(tables.run.c.id).where(tables.run.c.id == run_id).with_for_update()
    )
    ledger, chunk = tables.ledger, tables.chunk
    last = connection.execute(
        select(ledger.c.seq, ledger.c.hash)
        .where(ledger.c.run_id == run_id)
        .order_by(ledger.c.seq.desc())
        .limit(1)
    ).first()
    seq, head = (0, run_genesis) if last is None else (last.seq + 1, last.hash)
    unsealed = (
        select(chunk.c.ordinal)
        .where(chunk.c.run_id == run_id, chunk.c.stage == stage, chunk.c.leaves.is_not(None))
        .order_by(chunk.c.ordinal)
    )
    for ordinal in connection.execute(unsealed).scalars().all():
        is_chunk = and_(
            chunk.c.run_id == run_id, chunk.c.stage == stage, chunk.c.ordinal == ordinal
        )
        row = connection.execute(select(chunk).where(is_chunk)).one()
        entry = _ledger_entry(row, run_id, seq, head)
        connection.execute(insert(ledger).values(entry))
        connection.execute(update(chunk).where(is_chunk).values(leaves=None))
        seq, head = seq + 1, entry["hash"]
    return head


def close_run(connection: Connection, run_id: str, run_genesis: str, closing: RunClosing) -> str:
    """End a run's chain: export rows, counts, the last ledger entry, the chain over runs.

    Returns the head of the run's chain. A second call is refused by the keys of its rows. The run
    is done when its results are published too: `finish_run`.
    """
    rows = {"export": closing.exports}
    counts = orjson.dumps(closing.counts, option=orjson.OPT_SORT_KEYS).decode()
    record = ChunkRecord(
        "export",
        0,
        0,
        sum(closing.counts.values()),
        "",
        counts,
        b"",
        rows,
        leaves_of("export", rows),
    )
    commit_chunk(connection, run_id, record)
    head = seal(connection, run_id, run_genesis, "export")
    connection.execute(
        update(tables.run)
        .where(tables.run.c.id == run_id)
        .values(
            stage="publish",
            finished_at=now(),
            inputs=orjson.dumps(closing.inputs).decode(),
            counts=counts,
            chain_head=head,
        )
    )
    _append_run_chain(connection, run_id, head)
    return head


def finish_run(connection: Connection, run_id: str) -> None:
    """Note that a run is done: its chain is closed and its results are published."""
    connection.execute(
        update(tables.run)
        .where(tables.run.c.id == run_id)
        .values(state="done", stage="done", error=None, error_kind=None)
    )


def now() -> str:
    """Return the current time, RFC 3339 in UTC."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def chunk_digest(part_sha256: str, summary: str, measures: bytes) -> str:
    """Return the digest of what a chunk row holds beside its position."""
    return entry_hash(part_sha256, summary, hashlib.sha256(measures).hexdigest())


@contextmanager
def refusals(what: str) -> Iterator[None]:
    """Turn what the database could not do into an `AuditError` that says what was to be stored."""
    try:
        yield
    except DatabaseError as exc:
        raise AuditError(
            f"the audit database refused {what}: {exc.orig}; free the cause (disk space, "
            "permissions, locks) and use --resume"
        ) from exc


def without_nul(record: ChunkRecord) -> ChunkRecord:
    """Return a chunk whose texts hold no NUL: PostgreSQL has no text with one.

    A reader's file may hold it in an id, a source or a quote. U+2400, the picture of NUL, takes its
    place on every database, so that leaves and chain are the same on all.
    """
    rows = (row for table in record.rows.values() for row in table)
    if not any(isinstance(cell, str) and "\0" in cell for row in rows for cell in row):
        return record
    clean = {
        table: [
            tuple(cell.replace("\0", "\u2400") if isinstance(cell, str) else cell for cell in row)
            for row in rows
        ]
        for table, rows in record.rows.items()
    }
    return replace(record, rows=clean, leaves=leaves_of(record.stage, clean))


def _store_snapshot(connection: Connection, snapshot: Snapshot) -> None:
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    connection.execute(  # another run may store the same at the same time
        dialect.insert(tables.config_snapshot)
        .values(sha256=snapshot.sha256, kind=snapshot.kind, body=snapshot.body)
        .on_conflict_do_nothing()
    )


def _ledger_entry(chunk: Row[Any], run_id: str, seq: int, prev: str) -> dict[str, Any]:
    leaves: bytes = chunk.leaves
    root = merkle_root(
        [leaves[i : i + LEAF_BYTES] for i in range(0, len(leaves), LEAF_BYTES)]
    ).hex()
    entry = entry_hash(
        prev,
        chunk.stage,
        chunk.ordinal,
        chunk.first_sample,
        chunk.num_samples,
        root,
        chunk_digest(chunk.part_sha256, chunk.summary, chunk.measures),
    )
    return {
        "run_id": run_id,
        "seq": seq,
        "stage": chunk.stage,
        "chunk": chunk.ordinal,
        "first_sample": chunk.first_sample,
        "num_samples": chunk.num_samples,
        "leaves": leaves,
        "root": root,
        "prev": prev,
        "hash": entry,
    }


def _append_run_chain(connection: Connection, run_id: str, head: str) -> None:
    chain = tables.run_chain
    if connection.dialect.name == "postgresql":  # runs that close at once take turns
        connection.execute(select(func.pg_advisory_xact_lock(RUN_CHAIN_LOCK)))
    last = connection.execute(
        select(chain.c.seq, chain.c.hash).order_by(chain.c.seq.desc()).limit(1)
    ).first()
    seq, prev = (0, "") if last is None else (last.seq + 1, last.hash)
    connection.execute(
        insert(chain).values(
            seq=seq, run_id=run_id, head=head, prev=prev, hash=entry_hash(prev, seq, run_id, head)
        )
    )
