"""Reads the audit: finds samples by any of their names and tells what happened to each."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import zstandard
from sqlalchemy import Connection, Engine, Row, and_, or_, select

from assay.audit import tables
from assay.audit.engine import reading
from assay.audit.redaction_tables import redaction
from assay.audit.rows import STAGE_TABLES
from assay.domain.errors import AuditError

MIN_PREFIX = 6
MAX_IDENTICAL = 50
BATCH = 2000


@dataclass(frozen=True, slots=True)
class Story:
    """Everything the audit holds of one sample in one run."""

    sample: Mapping[str, Any]
    run: Mapping[str, Any]
    events: Sequence[Mapping[str, Any]]
    measures: Mapping[str, float]
    judgements: Sequence[Mapping[str, Any]]  # `detail`: what a model judge told beyond scores
    duplicate_of: Mapping[str, Any] | None
    duplicates: Sequence[Mapping[str, Any]]
    decision: Mapping[str, Any] | None
    identical: Sequence[str]  # other rows with the same content, in any run
    reviews: Sequence[Mapping[str, Any]]  # people's decisions, the last one counts
    redactions: Sequence[Mapping[str, Any]]  # what was taken out, when, by whom and why


def find_samples(
    engine: Engine, name: str, *, run_id: str | None = None, limit: int = 20
) -> list[tuple[str, int]]:
    """Return (run, ordinal) of the samples called `name`, newest run first.

    Args:
        engine: the audit database.
        name: a sample_id (or its first characters), a user's id, or a row address `file:line`.
        run_id: look in this run alone.
        limit: return at most this many.

    Raises:
        AuditError: no sample is called so.
    """
    sample, run = tables.sample, tables.run
    matches = [sample.c.user_id == name]
    if len(name) >= MIN_PREFIX and all(c in "0123456789abcdef" for c in name):
        matches.append(and_(sample.c.sample_id >= name, sample.c.sample_id < name + "g"))
    file, _, line = name.rpartition(":")
    if file and line.isdecimal() and len(line) < 19:
        matches.append(and_(sample.c.file == file, sample.c.line == int(line)))
    query = (
        select(sample.c.run_id, sample.c.ordinal)
        .join(run, run.c.id == sample.c.run_id)
        .where(or_(*matches))
        .order_by(run.c.created_at.desc(), run.c.id, sample.c.ordinal)
        .limit(limit)
    )
    if run_id is not None:
        query = query.where(sample.c.run_id == run_id)
    with reading(engine) as connection:
        found = [(row.run_id, row.ordinal) for row in connection.execute(query)]
    if not found:
        raise AuditError(
            f"expected a sample_id (at least {MIN_PREFIX} characters), an id of yours or a row "
            f"address such as data.jsonl:12, found no sample called {name!r}; check --db and --run"
        )
    return found


def tell(engine: Engine, run_id: str, ordinal: int) -> Story:
    """Return the story of one sample."""
    with reading(engine) as connection:
        sample = _one(connection, tables.sample, run_id, ordinal)
        assert sample is not None
        return Story(
            sample=sample,
            run=_run(connection, run_id),
            events=_many(connection, tables.event, run_id, ordinal),
            measures=_measures(connection, run_id, ordinal),
            judgements=_judgements(connection, run_id, ordinal),
            duplicate_of=_duplicate_of(connection, run_id, ordinal),
            duplicates=_duplicates(connection, run_id, ordinal),
            decision=_one(connection, tables.decision, run_id, ordinal),
            identical=_identical(connection, sample),
            reviews=_many(connection, tables.review, run_id, ordinal),
            redactions=_redactions(connection, run_id, ordinal),
        )


def export_rows(engine: Engine, run_id: str | None = None) -> Iterator[bytes]:
    """Yield every audit row as a JSON line, table by table; of one run, or of all.

    Raises:
        AuditError: there is no such run.
    """
    with reading(engine) as connection:
        query = select(tables.run).order_by(tables.run.c.created_at, tables.run.c.id)
        if run_id is not None:
            query = query.where(tables.run.c.id == run_id)
        runs = [_plain(row) for row in connection.execute(query)]
        if run_id is not None and not runs:
            raise AuditError(f"expected a run {run_id!r}, found none; check --db")
        for run in runs:
            yield _line("run", run)
            yield from _export_run(connection, run["id"])


def _export_run(connection: Connection, run_id: str) -> Iterator[bytes]:
    unique = {table.name: table for stage in STAGE_TABLES.values() for table in stage}
    for table in (*unique.values(), tables.review, tables.chunk, tables.ledger):
        query = select(table).where(table.c.run_id == run_id).order_by(*table.primary_key.columns)
        for row in connection.execution_options(yield_per=BATCH).execute(query):
            yield _line(table.name, _plain(row))


def _line(table: str, row: Mapping[str, Any]) -> bytes:
    return orjson.dumps({"table": table, **row}) + b"\n"


def _plain(row: Row[Any]) -> dict[str, Any]:
    return {
        f"{name}": value.hex() if isinstance(value, bytes) else value
        for name, value in row._mapping.items()
    }


def _one(connection: Connection, table: Any, run_id: str, ordinal: int) -> dict[str, Any] | None:
    row = connection.execute(
        select(table).where(table.c.run_id == run_id, table.c.ordinal == ordinal)
    ).first()
    return None if row is None else _plain(row)


def _many(connection: Connection, table: Any, run_id: str, ordinal: int) -> list[dict[str, Any]]:
    query = (
        select(table)
        .where(table.c.run_id == run_id, table.c.ordinal == ordinal)
        .order_by(*table.primary_key.columns)
    )
    return sorted(
        (_plain(row) for row in connection.execute(query)),
        key=lambda row: list(STAGE_TABLES).index(row["stage"]) if "stage" in row else 0,
    )


def _judgements(connection: Connection, run_id: str, ordinal: int) -> list[dict[str, Any]]:
    """Return a sample's judgements, each with its detail (parsed) or None."""
    details = {
        row["turn"]: orjson.loads(row["body"])
        for row in _many(connection, tables.judgement_detail, run_id, ordinal)
    }
    return [
        {**row, "detail": details.get(row["turn"])}
        for row in _many(connection, tables.judgement, run_id, ordinal)
    ]


def _redactions(connection: Connection, run_id: str, ordinal: int) -> list[dict[str, Any]]:
    """Return who took a sample out, when and why, once each."""
    told = ("created_at", "actor", "reason")
    query = select(*(redaction.c[name] for name in told), redaction.c.seq).where(
        redaction.c.run_id == run_id,
        redaction.c.ordinal == ordinal,
        redaction.c.table_name != "run",
    )
    rows = connection.execute(query.order_by(redaction.c.seq))
    unique = {(row.actor, row.reason): row for row in reversed(rows.all())}
    return [{name: row._mapping[name] for name in told} for row in reversed(unique.values())]


def _run(connection: Connection, run_id: str) -> dict[str, Any]:
    row = connection.execute(select(tables.run).where(tables.run.c.id == run_id)).one()
    return _plain(row)


def _measures(connection: Connection, run_id: str, ordinal: int) -> dict[str, float]:
    chunk = tables.chunk
    measures: dict[str, float] = {}
    rows = connection.execute(
        select(chunk.c.first_sample, chunk.c.measures).where(
            chunk.c.run_id == run_id,
            chunk.c.stage.in_(("rules", "judge")),
            chunk.c.first_sample <= ordinal,
            chunk.c.first_sample + chunk.c.num_samples > ordinal,
        )
    )
    for row in rows:
        values = orjson.loads(zstandard.ZstdDecompressor().decompress(row.measures))
        measures.update(values[ordinal - row.first_sample])
    return measures


def _duplicate_of(connection: Connection, run_id: str, ordinal: int) -> dict[str, Any] | None:
    edge = _one(connection, tables.duplicate, run_id, ordinal)
    if edge is None:
        return _earlier_of(connection, run_id, ordinal)
    kept = _one(connection, tables.sample, run_id, edge["kept_ordinal"])
    assert kept is not None
    return {**edge, "sample_id": kept["sample_id"], "row": f"{kept['file']}:{kept['line']}"}


def _earlier_of(connection: Connection, run_id: str, ordinal: int) -> dict[str, Any] | None:
    """Return what an earlier run kept in this sample's place; its run may be gone by now."""
    edge = _one(connection, tables.earlier_duplicate, run_id, ordinal)
    if edge is None:
        return None
    kept = _one(connection, tables.sample, edge["kept_run"], edge["kept_ordinal"])
    row = "a sample that was removed" if kept is None else f"{kept['file']}:{kept['line']}"
    return {**edge, "sample_id": edge["kept_sample_id"], "row": row, "run": edge["kept_run"]}


def _duplicates(connection: Connection, run_id: str, ordinal: int) -> list[dict[str, Any]]:
    duplicate, sample = tables.duplicate, tables.sample
    query = (
        select(duplicate, sample.c.sample_id, sample.c.file, sample.c.line)
        .join(
            sample,
            and_(sample.c.run_id == duplicate.c.run_id, sample.c.ordinal == duplicate.c.ordinal),
        )
        .where(duplicate.c.run_id == run_id, duplicate.c.kept_ordinal == ordinal)
        .order_by(duplicate.c.ordinal)
        .limit(MAX_IDENTICAL)
    )
    return [_plain(row) for row in connection.execute(query)]


def _identical(connection: Connection, sample: Mapping[str, Any]) -> list[str]:
    other = tables.sample
    query = (
        select(other.c.run_id, other.c.ordinal, other.c.file, other.c.line)
        .where(other.c.sample_id == sample["sample_id"])
        .order_by(other.c.run_id, other.c.ordinal)
        .limit(MAX_IDENTICAL)
    )
    return [
        f"{row.file}:{row.line} (run {row.run_id})"
        for row in connection.execute(query)
        if (row.run_id, row.ordinal) != (sample["run_id"], sample["ordinal"])
    ]
