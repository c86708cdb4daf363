"""Re-derives the chain from the rows and names the first thing that does not fit.

Every leaf is computed again from the row as it stands, so a changed cell, a removed, added or
reordered row and a changed ledger entry are each found. Someone who can rewrite the whole database
consistently is found only by a head kept elsewhere: the manifest holds one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Row, Table, func, select

from assay.audit import tables
from assay.audit.chain import LEAF_BYTES, Cell, entry_hash, genesis, leaf_of, merkle_root
from assay.audit.recording import chunk_digest
from assay.audit.rows import STAGE_TABLES, ChunkRecord, columns_of
from assay.domain.errors import AuditError


@dataclass(frozen=True, slots=True)
class RunCheck:
    """The result for one run: `breach` is None when all of it fits."""

    run_id: str
    num_rows: int
    head: str
    breach: str | None


def verify_runs(engine: Engine, run_id: str | None = None) -> Iterator[RunCheck]:
    """Check one run, or every run and the chain over runs, one result at a time.

    Raises:
        AuditError: there is no such run.
    """
    with engine.connect() as connection:
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


class _Breach(Exception):
    """Carries the first thing that does not fit to the run's result."""


def _check_run(connection: Connection, run: Row[Any], heads: dict[str, str]) -> RunCheck:
    prev = genesis(
        run.config_sha256,
        run.rubric_sha256,
        run.rules_sha256,
        run.judge,
        run.judge_version,
        str(run.seed),
    )
    num_rows = 0
    counted = dict.fromkeys((t.name for stage in STAGE_TABLES.values() for t in stage), 0)
    try:
        entries = connection.execute(
            select(tables.ledger)
            .where(tables.ledger.c.run_id == run.id)
            .order_by(tables.ledger.c.seq)
        ).all()
        for expected_seq, entry in enumerate(entries):
            if entry.seq != expected_seq:
                raise _Breach(f"ledger entry {expected_seq} is missing")
            num_rows += _check_entry(connection, run.id, entry, prev, counted)
            prev = entry.hash
        _check_totals(connection, run.id, counted)
        if run.state == "done" and run.chain_head != prev:
            raise _Breach(f"run.chain_head is {run.chain_head}, the ledger ends in {prev}")
        if run.state == "done" and heads.get(run.id) != prev:
            raise _Breach(f"run_chain holds {heads.get(run.id)}, the ledger ends in {prev}")
    except _Breach as breach:
        return RunCheck(run.id, num_rows, prev, str(breach))
    return RunCheck(run.id, num_rows, prev, None)


def _check_entry(
    connection: Connection,
    run_id: str,
    entry: Row[Any],
    prev: str,
    counted: dict[str, int],
) -> int:
    where = f"ledger entry {entry.seq} (stage {entry.stage}, chunk {entry.chunk})"
    if entry.prev != prev:
        raise _Breach(f"{where}: prev is {entry.prev}, expected {prev}")
    stored = [entry.leaves[i : i + LEAF_BYTES] for i in range(0, len(entry.leaves), LEAF_BYTES)]
    if merkle_root(stored).hex() != entry.root:
        raise _Breach(f"{where}: its leaves do not give its root")
    if _entry_hash(connection, run_id, entry, prev) != entry.hash:
        raise _Breach(f"{where}: its cells or its chunk row do not give its hash")
    position = 0
    name = "its start"
    for table in STAGE_TABLES[entry.stage]:
        for row in _rows(connection, table, run_id, entry):
            cells: tuple[Cell, ...] = tuple(row)
            name = _name(table, row)
            if position >= len(stored):
                raise _Breach(f"{name}: was added after the chunk was sealed")
            if leaf_of(table.name, cells) != stored[position]:
                raise _Breach(_explain_mismatch(table, cells, name, stored, position))
            position += 1
            counted[table.name] += 1
    if position < len(stored):
        raise _Breach(f"{where}: {len(stored) - position} row(s) are missing after {name}")
    return position


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
    record = ChunkRecord(
        chunk.stage,
        chunk.ordinal,
        chunk.first_sample,
        chunk.num_samples,
        chunk.part_sha256,
        chunk.summary,
        chunk.measures,
        {},
        b"",
    )
    return entry_hash(
        prev,
        record.stage,
        record.ordinal,
        record.first_sample,
        record.num_samples,
        entry.root,
        chunk_digest(record),
    )


def _rows(connection: Connection, table: Table, run_id: str, entry: Row[Any]) -> Iterator[Row[Any]]:
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
