"""Empty audit databases of both kinds, copied from one that was migrated once."""

import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import Engine
from tests.fakes.postgres_server import PostgresServer, fresh_database

from assay.audit.engine import open_engine
from assay.audit.schema import upgrade

TEMPLATE = "assay_template"


def sqlite_audit(path: Path) -> Engine:
    """Make an empty audit database in a new file."""
    with path.open("xb") as file:
        file.write(_migrated_file())
    return open_engine(f"sqlite:///{path}")


def postgres_audit(server: PostgresServer) -> Engine:
    """Make an empty audit database in a server."""
    _make_template(server)
    return open_engine(fresh_database(server, template=TEMPLATE))


@pytest.fixture(params=["sqlite", "postgresql"])
def audit_engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An empty audit database of a laptop, and one of a server."""
    if request.param == "sqlite":
        opened = sqlite_audit(tmp_path / "audit.db")
    else:
        opened = postgres_audit(request.getfixturevalue("postgres_server"))
    yield opened
    opened.dispose()


@cache
def _migrated_file() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "audit.db"
        engine = open_engine(f"sqlite:///{path}")
        upgrade(engine)
        engine.dispose()
        assert [entry.name for entry in path.parent.iterdir()] == [path.name]
        return path.read_bytes()


@cache
def _make_template(server: PostgresServer) -> None:
    server.execute(f"CREATE DATABASE {TEMPLATE}")
    engine = open_engine(server.url(TEMPLATE))
    upgrade(engine)
    engine.dispose()
