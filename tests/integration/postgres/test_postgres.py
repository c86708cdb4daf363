"""The audit's schema and rows on a real PostgreSQL server."""

import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, delete, insert, select, update
from sqlalchemy.exc import DatabaseError
from tests.fakes.postgres_server import PostgresServer, fresh_database

import assay.audit
from assay.audit import schema, tables
from assay.audit.engine import open_engine
from assay.audit.recording import RunRecord, Snapshot, commit_chunk, start_run
from assay.audit.rows import ChunkRecord, leaves_of


@pytest.fixture
def postgres_engine(postgres_url: str) -> Iterator[Engine]:
    opened = open_engine(postgres_url)
    schema.upgrade(opened)
    yield opened
    opened.dispose()


def differences(engine: Engine) -> list[object]:
    """What the tables of the code have otherwise than those of the database."""
    for path in sorted(Path(assay.audit.__path__[0]).glob("*tables.py")):
        importlib.import_module(f"assay.audit.{path.stem}")
    with engine.connect() as connection:
        return list(compare_metadata(MigrationContext.configure(connection), tables.metadata))


def test_migrations_give_the_tables_of_the_code_up_down_and_up_again(
    postgres_engine: Engine,
) -> None:
    schema.check_revision(postgres_engine)
    assert not differences(postgres_engine)
    for move, revision in ((command.downgrade, "base"), (command.upgrade, "head")):
        config = schema._config()
        with postgres_engine.begin() as connection:
            config.attributes["connection"] = connection
            move(config, revision)
    assert not differences(postgres_engine)


def test_texts_sort_by_code_point_as_in_sqlite(postgres_engine: Engine) -> None:
    kinds = ["b", "B", "a", "_", "\u00e9", "Z", "\U0001f600", "\uffff"]
    snapshot = tables.config_snapshot
    with postgres_engine.begin() as connection:
        rows = [{"sha256": str(at), "kind": kind, "body": ""} for at, kind in enumerate(kinds)]
        connection.execute(insert(snapshot), rows)
        found = connection.execute(select(snapshot.c.kind).order_by(snapshot.c.kind)).scalars()
        assert list(found) == sorted(kinds)


def test_append_only_tables_refuse_changes(postgres_engine: Engine) -> None:
    values = {"run_id": "r", "ordinal": 0, "kept_ordinal": 1, "method": "near"}
    with postgres_engine.begin() as connection:
        connection.execute(insert(tables.duplicate).values(values))
    for statement in (update(tables.duplicate).values(method="exact"), delete(tables.duplicate)):
        with (
            pytest.raises(DatabaseError, match="append-only"),
            postgres_engine.begin() as connection,
        ):
            connection.execute(statement)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_nul_in_a_text_becomes_its_picture_and_the_leaves_agree(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str
) -> None:
    if kind == "postgresql":
        engine = request.getfixturevalue("postgres_engine")
    else:
        engine = open_engine(f"sqlite:///{tmp_path / 'audit.db'}")
        schema.upgrade(engine)
    row = (0, "a" * 64, "d.jsonl", 1, "u\0ser", "messages", None, "e\0n", "s", 1, None)
    clean = (*row[:4], "u\u2400ser", *row[5:7], "e\u2400n", *row[8:])
    rows = {"sample": [row]}
    record = ChunkRecord("rules", 0, 0, 1, "", "{}", b"", rows, leaves_of("rules", rows))
    snapshot = Snapshot("pipeline", "{}")
    run = RunRecord("r", snapshot, snapshot, snapshot, "0", ["d"], "out", "evidence", "1", 0)
    with engine.begin() as connection:
        start_run(connection, run, state="running", request={})
        commit_chunk(connection, "r", record)
        stored = connection.execute(select(tables.sample)).one()
        assert tuple(stored)[1:] == clean
        leaves = connection.execute(select(tables.chunk.c.leaves)).scalar_one()
        assert leaves == leaves_of("rules", {"sample": [clean]})
    if kind == "sqlite":
        engine.dispose()


def test_killed_server_comes_back_with_what_was_committed(
    postgres_server: PostgresServer,
) -> None:
    url = fresh_database(postgres_server)
    engine = open_engine(url)
    schema.upgrade(engine)
    engine.dispose()
    postgres_server.kill()
    with pytest.raises(DatabaseError):
        engine.connect()
    postgres_server.start()
    schema.check_revision(engine)
    engine.dispose()
