"""Re-derives the chain from the rows and names the first thing that does not fit.

Every leaf is computed again from the row as it stands, so a changed cell, a removed, added or
reordered row and a changed ledger entry are each found. Someone who can rewrite the whole database
consistently is found only by a head kept elsewhere: the manifest holds one.

A row that was redacted passes on its stored leaf if a tombstone names it and it stands as the
tombstone left it; such rows are counted and told. Outcome files may change the same way only.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Row, Table, func, select

from assay.audit import tables
from assay.audit.chain import LEAF_BYTES, Cell, entry_hash, leaf_of, merkle_root
from assay.audit.engine import reading
from assay.audit.file_changes import check_file_changes
from assay.audit.recording import chunk_digest, run_genesis
from assay.audit.rows import STAGE_TABLES, columns_of
from assay.audit.tombstones import Tombstones, check_redaction_chain
from assay.domain.errors import AuditError


@dataclass(frozen=True, slots=True)
class RunCheck:
    """The result for one run: `breach` is None when all of it fits.

    `num_redacted` rows passed on their tombstones, `num_files_changed` files by a recorded change.
    """

    run_id: str
    num_rows: int
    head: str
    breach: str | None
    num_redacted: int = 0
    num_files_changed: int = 0


def verify_runs(engine: Engine, run_id: str | None = None) -> Iterator[RunCheck]:
    """Check one run, or every run and the chain over runs, one result at a time.

    Raises:
        AuditError: there is no such run.
    """
    with reading(engine) as connection:
        query = select(tables.run).order_by(tables.run.c.created_at, tables.run.c.id)
        if run_id is not None:
            query = query.where(tables.run.c.id == run_id)
        runs = connection.execute(query).all()
        if run_id is not None and not runs:
            raise AuditError(f"expected a run {run_id!r}, found none; see `assay audit verify`")
        heads = _heads(connection)
        for run in runs:
            yield _check_run(connection, run, heads)
        breach = _check_run_chain(connection)
        if breach is not None:
            yield RunCheck("(chain over runs)", 0, "", breach)
        breach = check_redaction_chain(connection)
        if breach is not None:
            yield RunCheck("(chain of redactions)", 0, "", breach)


class _Breach(Exception):
    """Carries the first thing that does not fit to the run's result."""


class _Count:
    """What was looked at so far."""

    def __init__(self, tombstones: Tombstones) -> None:
        self.tombstones = tombstones
        self.by_table = {t.name: 0 for stage in STAGE_TABLES.values() for t in stage}
        self.num_rows = 0
        self.num_redacted = 0
        self.num_files_changed = 0


def _check_run(connection: Connection, run: Row[Any], heads: dict[str, str]) -> RunCheck:
    prev = run_genesis(
        run.config_sha256,
        run.rubric_sha256,
        run.rules_sha256,
        run.judge,
        run.judge_version,
        run.seed,
        run.conditions,
    )
    count = _Count(Tombstones(connection, run.id))
    try:
        entries = connection.execute(
            select(tables.ledger)
            .where(tables.ledger.c.run_id == run.id)
            .order_by(tables.ledger.c.seq)
        ).all()
        for expected_seq, entry in enumerate(entries):
            if entry.seq != expected_seq:
                raise _Breach(f"ledger entry {expected_seq} is missing")
            where = f"ledger entry {entry.seq} (stage {entry.stage}, chunk {entry.chunk})"
            _check_link(connection, run.id, entry, prev, where)
            _check_rows(connection, run.id, entry, where, count)
            prev = entry.hash
        for chunk in _unsealed(connection, run.id):  # of a stage under way: not chained yet
            where = f"chunk {chunk.ordinal} of stage {chunk.stage}"
            _check_rows(connection, run.id, chunk, where, count)
        _check_totals(connection, run.id, count.by_table)
        count.num_files_changed = _check_files(connection, run.id)
        is_closed = run.state == "done" or run.chain_head is not None
        if is_closed and run.chain_head != prev:
            raise _Breach(f"run.chain_head is {run.chain_head}, the ledger ends in {prev}")
        if is_closed and heads.get(run.id) != prev:
            raise _Breach(f"run_chain holds {heads.get(run.id)}, the ledger ends in {prev}")
    except _Breach as breach:
        return RunCheck(run.id, count.num_rows, prev, str(breach), count.num_redacted)
    return RunCheck(run.id, count.num_rows, prev, None, count.num_redacted, count.num_files_changed)


def chunks_of(connection: Connection, run_id: str, ordinals: tuple[int, int]) -> Iterator[Row[Any]]:
    """Yield the chunks, sealed or not, that hold samples within first..last, with their leaves."""
    first, last = ordinals
    for table in (tables.ledger, tables.chunk):
        query = select(
            table.c.stage, table.c.first_sample, table.c.num_samples, table.c.leaves
        ).where(
            table.c.run_id == run_id,
            table.c.leaves.is_not(None),
            table.c.first_sample <= last,
            table.c.first_sample + table.c.num_samples > first,
            table.c.stage != "export",
        )
        chunks: list[Any] = list(connection.execute(query.order_by(table.c.stage)))
        yield from chunks


def _unsealed(connection: Connection, run_id: str) -> Iterator[Row[Any]]:
    chunk = tables.chunk
    query = select(
        chunk.c.stage, chunk.c.ordinal, chunk.c.first_sample, chunk.c.num_samples, chunk.c.leaves
    ).where(chunk.c.run_id == run_id, chunk.c.leaves.is_not(None))
    chunks: list[Any] = list(connection.execute(query.order_by(chunk.c.stage, chunk.c.ordinal)))
    return iter(chunks)


def _check_link(
    connection: Connection, run_id: str, entry: Row[Any], prev: str, where: str
) -> None:
    if entry.prev != prev:
        raise _Breach(f"{where}: prev is {entry.prev}, expected {prev}")
    if merkle_root(_leaves(entry)).hex() != entry.root:
        raise _Breach(f"{where}: its leaves do not give its root")
    if _entry_hash(connection, run_id, entry, prev) != entry.hash:
        raise _Breach(f"{where}: its cells or its chunk row do not give its hash")


def _leaves(entry: Row[Any]) -> list[bytes]:
    return [entry.leaves[i : i + LEAF_BYTES] for i in range(0, len(entry.leaves), LEAF_BYTES)]


def _check_rows(
    connection: Connection, run_id: str, entry: Row[Any], where: str, count: _Count
) -> None:
    stored = _leaves(entry)
    count.tombstones.load(entry.first_sample, entry.num_samples)
    position = 0
    name = "its start"
    for table in STAGE_TABLES[entry.stage]:
        for row in rows_under(connection, table, run_id, entry):
            name = _name(table, row)
            if position >= len(stored):
                raise _Breach(f"{name}: was added after the chunk was sealed")
            _check_row(table, row, name, stored, position, count)
            position += 1
            count.by_table[table.name] += 1
    if position < len(stored):
        raise _Breach(f"{where}: {len(stored) - position} row(s) are missing after {name}")
    count.num_rows += position


def _check_row(
    table: Table, row: Row[Any], name: str, stored: list[bytes], position: int, count: _Count
) -> None:
    """Hold a row against its leaf, or against what its tombstone left of it."""
    cells: tuple[Cell, ...] = tuple(row)
    leaf = leaf_of(table.name, cells)
    left = count.tombstones.leaf_for(table, row)
    if left is None:
        if leaf != stored[position]:
            raise _Breach(_explain_mismatch(table, cells, name, stored, position))
        return
    if leaf == stored[position]:
        raise _Breach(f"{name}: what its tombstone says was redacted stands there again")
    if leaf.hex() != left:
        raise _Breach(f"{name}: its cells were changed after it was redacted")
    count.num_redacted += 1


def _check_files(connection: Connection, run_id: str) -> int:
    changed, breach = check_file_changes(connection, run_id)
    if breach is not None:
        raise _Breach(breach)
    return changed


def _explain_mismatch(
    table: Table, cells: tuple[Cell, ...], name: str, stored: list[bytes], position: int
) -> str:
    leaf = leaf_of(table.name, cells)
    if leaf in stored[position + 1 :]:
        return f"{name}: a row that stood before it is missing, or rows were reordered"
    if leaf in stored[:position]:
        return f"{name}: rows were reordered or repeated"
    return f"{name}: its cells were changed, or it was added"


def _entry_hash(connection: Connection, run_id: str, entry: Row[Any], prev: str) -> str:
    chunk = connection.execute(
        select(tables.chunk).where(
            tables.chunk.c.run_id == run_id,
            tables.chunk.c.stage == entry.stage,
            tables.chunk.c.ordinal == entry.chunk,
        )
    ).first()
    if chunk is None:
        raise _Breach(f"chunk {entry.chunk} of stage {entry.stage} is missing")
    return entry_hash(
        prev,
        chunk.stage,
        chunk.ordinal,
        chunk.first_sample,
        chunk.num_samples,
        entry.root,
        chunk_digest(chunk.part_sha256, chunk.summary, chunk.measures),
    )


def rows_under(
    connection: Connection, table: Table, run_id: str, entry: Row[Any]
) -> Iterator[Row[Any]]:
    """Yield the rows of a table that a chunk's leaves cover, in the order of leaves."""
    columns = [table.c[name] for name in columns_of(table)]
    query = select(*columns).where(table.c.run_id == run_id)
    if "stage" in table.c:
        query = query.where(table.c.stage == entry.stage)
    if "ordinal" in table.c:
        query = query.where(
            table.c.ordinal >= entry.first_sample,
            table.c.ordinal < entry.first_sample + entry.num_samples,
        )
    keys = [c for c in table.primary_key.columns if c.name != "run_id"]
    yield from connection.execute(query.order_by(*keys))


def _name(table: Table, row: Row[Any]) -> str:
    values = row._mapping
    keys = [c.name for c in table.primary_key.columns if c.name != "run_id"]
    return f"{table.name} " + " ".join(f"{key}={values[key]}" for key in keys)


def _check_totals(connection: Connection, run_id: str, counted: dict[str, int]) -> None:
    for stage_tables in STAGE_TABLES.values():
        for table in stage_tables:
            found = connection.execute(
                select(func.count()).select_from(table).where(table.c.run_id == run_id)
            ).scalar_one()
            if found != counted[table.name]:
                raise _Breach(
                    f"{table.name}: {found} rows stand there, the ledger covers "
                    f"{counted[table.name]}"
                )


def _heads(connection: Connection) -> dict[str, str]:
    chain = tables.run_chain
    return {row.run_id: row.head for row in connection.execute(select(chain))}


def _check_run_chain(connection: Connection) -> str | None:
    prev = ""
    chain = tables.run_chain
    for expected_seq, row in enumerate(connection.execute(select(chain).order_by(chain.c.seq))):
        if row.seq != expected_seq:
            return f"run_chain seq={expected_seq}: missing"
        if row.prev != prev or row.hash != entry_hash(prev, row.seq, row.run_id, row.head):
            return f"run_chain seq={row.seq}: its cells do not give its hash"
        prev = row.hash
    return None
