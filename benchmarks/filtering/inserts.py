"""Bulk insert of audit rows beside raw drivers: the same rows, tables, transactions, durability.

The rows are those of a real pass over the benchmark's rows, chunk by chunk, stage by stage. Each
arm stores all of them under a run id of its own, one transaction a chunk: `insert_rows` through the
engine as Assay opens it; the raw driver with the same pragmas or server, its tuples made before the
clock starts; and `commit_chunk`, which also stores the chunk itself with its leaves.
"""

import shutil
import sqlite3
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import psycopg
from benchmarks.filtering.bare import BarePipeline
from benchmarks.filtering.orders import load_pipeline
from benchmarks.filtering.rows import write_rows
from benchmarks.filtering.servers import running_servers
from benchmarks.judging.meters import Watch, own_cpu_seconds
from benchmarks.judging.pairs import Middle, middle
from benchmarks.judging.tables import print_table
from sqlalchemy import Table, make_url
from sqlalchemy.dialects import postgresql
from tests.fakes.postgres_server import fresh_database

from assay.audit.bulk import insert_rows
from assay.audit.engine import BUSY_TIMEOUT_MILLISECONDS, Engine, open_engine
from assay.audit.recording import RunRecord, commit_chunk, start_run
from assay.audit.rows import STAGE_TABLES, ChunkRecord
from assay.audit.schema import upgrade
from assay.rubrics import load_rubric
from assay_filter.runs.request import RunRequest
from assay_filter.runs.starting import make_record

SQLITE_TARGET = 2.0
COPY_TARGET = 1.5
PRAGMAS = (  # as `assay.audit.engine` sets them
    f"busy_timeout={BUSY_TIMEOUT_MILLISECONDS}",
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "recursive_triggers=ON",
    "temp_store=MEMORY",
    "cache_size=-65536",
)


@dataclass(frozen=True, slots=True)
class Options:
    """How much is measured."""

    source: Path
    folder: Path
    num_rows: int = 4_000
    num_rounds: int = 9


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds of one arm."""

    wall_seconds: float
    cpu_seconds: float


Ready = list[list[tuple[Table, list[tuple[Any, ...]]]]]  # by chunk, by table: whole tuples
Arms = Mapping[str, Callable[[str], Took]]


def run(options: Options) -> dict[str, object]:
    """Measure, print, and return what was printed."""
    watch = Watch()
    records = _make_records(options)
    num_rows = sum(len(rows) for record in records for rows in record.rows.values())
    folder = options.folder / "inserts"
    folder.mkdir(exist_ok=True)
    found: dict[str, dict[str, list[Took]]] = {}
    found["sqlite"] = _rounds(_sqlite_arms(records, folder), options.num_rounds)
    with running_servers() as servers:
        url = fresh_database(servers.postgres)
        found["postgresql"] = _rounds(_postgres_arms(records, url), options.num_rounds)
    return _report(options, found, num_rows, len(records), watch)


def _make_records(options: Options) -> list[ChunkRecord]:
    rows = write_rows(options.source, options.num_rows, options.folder)
    folder = options.folder / "bare-records"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    records: list[ChunkRecord] = []
    BarePipeline(rows, folder, records.append).run()
    shutil.rmtree(folder)
    return records


def _rounds(arms: Arms, num_rounds: int) -> dict[str, list[Took]]:
    for name, arm in arms.items():
        arm(f"warm-{name}")
    took: defaultdict[str, list[Took]] = defaultdict(list)
    for number in range(num_rounds):
        for name in list(arms)[:: 1 if number % 2 == 0 else -1]:
            took[name].append(arms[name](f"{name}-{number}"))
    return took


def _sqlite_arms(records: Sequence[ChunkRecord], folder: Path) -> Arms:
    url = f"sqlite:///{folder / 'audit.db'}"
    for old in folder.glob("audit.db*"):
        old.unlink()
    engine = open_engine(url)
    upgrade(engine)
    raw = sqlite3.connect(folder / "audit.db", isolation_level=None)
    for pragma in PRAGMAS:
        raw.execute(f"PRAGMA {pragma}")
    return {
        "raw": lambda run: _timed(partial(_execute_many, raw, _ready(records, run))),
        "insert_rows": lambda run: _timed(partial(_insert, engine, records, run)),
        "commit_chunk": lambda run: _commit(engine, records, run),
    }


def _postgres_arms(records: Sequence[ChunkRecord], url: str) -> Arms:
    engine = open_engine(url)
    upgrade(engine)
    raw = psycopg.connect(make_url(url).set(drivername="postgresql").render_as_string(False))
    return {
        "raw": lambda run: _timed(partial(_copy, raw, _ready(records, run))),
        "insert_rows": lambda run: _timed(partial(_insert, engine, records, run)),
        "commit_chunk": lambda run: _commit(engine, records, run),
    }


def _ready(records: Sequence[ChunkRecord], run_id: str) -> Ready:
    return [
        [
            (table, [(run_id, *row) for row in record.rows[table.name]])
            for table in STAGE_TABLES[record.stage]
            if record.rows.get(table.name)
        ]
        for record in records
    ]


def _timed(work: Callable[[], None]) -> Took:
    begun, cpu = time.monotonic(), own_cpu_seconds()
    work()
    return Took(time.monotonic() - begun, own_cpu_seconds() - cpu)


def _insert(engine: Engine, records: Sequence[ChunkRecord], run_id: str) -> None:
    for record in records:
        with engine.begin() as connection:
            for table in STAGE_TABLES[record.stage]:
                insert_rows(connection, table, run_id, record.rows.get(table.name, ()))


def _commit(engine: Engine, records: Sequence[ChunkRecord], run_id: str) -> Took:
    with engine.begin() as connection:
        start_run(connection, _run_record(run_id), state="done", request={})

    def work() -> None:
        for record in records:
            with engine.begin() as connection:
                commit_chunk(connection, run_id, record)

    return _timed(work)


def _run_record(run_id: str) -> RunRecord:
    record = make_record(
        pipeline=load_pipeline(),
        rubric=load_rubric("default"),
        request=RunRequest(sources=()),
        out_dir=Path("nowhere"),
        judge_version="1",
    )
    return replace(record, id=run_id)


def _execute_many(connection: sqlite3.Connection, ready: Ready) -> None:
    for tables in ready:
        connection.execute("BEGIN IMMEDIATE")
        for table, rows in tables:
            names = [column.name for column in table.columns]
            marks = ", ".join("?" * len(names))
            connection.executemany(
                f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({marks})", rows
            )
        connection.execute("COMMIT")


def _copy(connection: "psycopg.Connection[Any]", ready: Ready) -> None:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    for tables in ready:
        with connection.cursor() as cursor:
            for table, rows in tables:
                names = ", ".join(column.name for column in table.columns)
                kinds = [c.type.compile(dialect=dialect).lower() for c in table.columns]
                with cursor.copy(f"COPY {table.name} ({names}) FROM STDIN (FORMAT BINARY)") as copy:
                    copy.set_types(kinds)
                    for row in rows:
                        copy.write_row(row)
        connection.commit()


def _report(
    options: Options,
    found: Mapping[str, Mapping[str, Sequence[Took]]],
    num_rows: int,
    num_chunks: int,
    watch: Watch,
) -> dict[str, object]:
    conditions = watch.conditions()
    print(
        f"(d) {num_rows:,} audit rows of {options.num_rows:,} samples in {num_chunks} transactions,"
        f" {options.num_rounds} rounds; {conditions}"
    )
    print_table(
        ("medians", "rows/s", "CPU us a row (this process)"),
        [
            (
                f"{database}, {name}",
                f"{num_rows / median(one.wall_seconds for one in took):,.0f}",
                f"{1e6 * median(one.cpu_seconds for one in took) / num_rows:.1f}",
            )
            for database, arms in found.items()
            for name, took in arms.items()
        ],
    )
    ratios = {
        f"{database}, {name} / raw": {"wall": _ratio(arms, name, "wall_seconds"),
                                      "cpu": _ratio(arms, name, "cpu_seconds")}
        for database, arms in found.items()
        for name in ("insert_rows", "commit_chunk")
    }  # fmt: skip
    print_table(
        ("times the raw driver", "in wall time", "in CPU time"),
        [(name, str(both["wall"]), str(both["cpu"])) for name, both in ratios.items()],
    )
    sqlite = ratios["sqlite, insert_rows / raw"]["wall"].median
    copied = ratios["postgresql, insert_rows / raw"]["wall"].median
    print(f"    targets: {SQLITE_TARGET} and {COPY_TARGET}; found {sqlite:.2f} and {copied:.2f}\n")
    return {
        "conditions": asdict(conditions),
        "num_rows": num_rows,
        "took": {
            database: {name: [asdict(one) for one in took] for name, took in arms.items()}
            for database, arms in found.items()
        },
        "ratios": {n: {k: asdict(v) for k, v in both.items()} for n, both in ratios.items()},
        "is_reached": sqlite <= SQLITE_TARGET and copied <= COPY_TARGET,
    }


def _ratio(arms: Mapping[str, Sequence[Took]], name: str, what: str) -> Middle:
    pairs = zip(arms[name], arms["raw"], strict=True)
    return middle([getattr(ours, what) / getattr(raw, what) for ours, raw in pairs])
