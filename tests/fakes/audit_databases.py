"""Audit databases of both kinds, copied from ones that are migrated, and filled, once a session."""

import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import TypeAlias

import pytest
from sqlalchemy import Engine
from tests.fakes.postgres_server import PostgresServer, fresh_database

from assay.audit.engine import open_engine
from assay.audit.schema import upgrade

TEMPLATE = "assay_template"
Fill: TypeAlias = Callable[[Engine], object]


def sqlite_audit(path: Path) -> Engine:
    """Make an empty audit database in a new file."""
    with path.open("xb") as file:
        file.write(_migrated_file())
    return open_engine(f"sqlite:///{path}")


def postgres_audit(server: PostgresServer) -> Engine:
    """Make an empty audit database in a server."""
    _make_template(server)
    return open_engine(fresh_database(server, template=TEMPLATE))


def filled_sqlite_audit(path: Path, fill: Fill) -> Engine:
    """Make a database in a new file that holds what `fill` writes, which is called once."""
    with path.open("xb") as file:
        file.write(_filled_file(fill))
    return open_engine(f"sqlite:///{path}")


def filled_postgres_audit(server: PostgresServer, fill: Fill) -> Engine:
    """Make a database in a server that holds what `fill` writes, which is called once."""
    return open_engine(fresh_database(server, template=_make_filled_template(server, fill)))


@pytest.fixture(params=["sqlite", "postgresql"])
def audit_engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An empty audit database of a laptop, and one of a server."""
    if request.param == "sqlite":
        opened = sqlite_audit(tmp_path / "audit.db")
    else:
        opened = postgres_audit(request.getfixturevalue("postgres_server"))
    yield opened
    opened.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def filled_audit(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[Callable[[Fill], Engine]]:
    """Opens a database of the test's own that holds what a function of a module writes."""
    opened: list[Engine] = []

    def open_filled(fill: Fill) -> Engine:
        if request.param == "sqlite":
            opened.append(filled_sqlite_audit(tmp_path / "audit.db", fill))
        else:
            server = request.getfixturevalue("postgres_server")
            opened.append(filled_postgres_audit(server, fill))
        return opened[-1]

    yield open_filled
    for engine in opened:
        engine.dispose()


@cache
def _migrated_file() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "audit.db"
        engine = open_engine(f"sqlite:///{path}")
        upgrade(engine)
        return _closed_file(engine, path)


@cache
def _filled_file(fill: Fill) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "audit.db"
        engine = sqlite_audit(path)
        fill(engine)
        return _closed_file(engine, path)


def _closed_file(engine: Engine, path: Path) -> bytes:
    engine.dispose()
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]
    return path.read_bytes()


@cache
def _make_template(server: PostgresServer) -> None:
    server.execute(f"CREATE DATABASE {TEMPLATE}")
    engine = open_engine(server.url(TEMPLATE))
    upgrade(engine)
    engine.dispose()


@cache
def _make_filled_template(server: PostgresServer, fill: Fill) -> str:
    engine = postgres_audit(server)
    fill(engine)
    engine.dispose()
    return str(engine.url.database)
