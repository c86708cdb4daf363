"""The service on both databases; each test has a database and a store of its own."""

import secrets
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from tests.fakes.filter_service import Service, open_service
from tests.fakes.postgres_server import PostgresServer, postgres_server  # noqa: F401  a fixture

from assay.audit.engine import open_engine
from assay.audit.schema import upgrade

TEMPLATE = "assay_template"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database of this revision, to be copied."""
    path = tmp_path_factory.mktemp("template") / "audit.db"
    engine = open_engine(f"sqlite:///{path}")
    upgrade(engine)
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres_server: PostgresServer) -> PostgresServer:  # noqa: F811
    """A server with a template of this revision."""
    postgres_server.execute(f"CREATE DATABASE {TEMPLATE}")
    engine = open_engine(postgres_server.url(TEMPLATE))
    upgrade(engine)
    engine.dispose()
    return postgres_server


def _sqlite(template: Path, folder: Path) -> Engine:
    shutil.copy(template, folder / "audit.db")
    return open_engine(f"sqlite:///{folder / 'audit.db'}")


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A fresh database of each kind."""
    if request.param == "sqlite":
        made = _sqlite(request.getfixturevalue("sqlite_template"), tmp_path)
    else:
        server: PostgresServer = request.getfixturevalue("postgres_template")
        name = f"assay_{secrets.token_hex(6)}"
        server.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
        made = open_engine(server.url(name))
    yield made
    made.dispose()


@pytest.fixture
def sqlite_engine(sqlite_template: Path, tmp_path: Path) -> Iterator[Engine]:
    """A fresh SQLite database, for what does not depend on the kind."""
    made = _sqlite(sqlite_template, tmp_path)
    yield made
    made.dispose()


@pytest.fixture
def make_service(engine: Engine, tmp_path: Path) -> Callable[..., Service]:
    """Make services with settings of their own on one database and one store."""

    def make(**settings: Any) -> Service:
        return open_service(engine, tmp_path, **settings)

    return make


@pytest.fixture
def service(make_service: Callable[..., Service]) -> Service:
    return make_service()


@pytest.fixture
def small(sqlite_engine: Engine, tmp_path: Path) -> Callable[..., Service]:
    """Make services on SQLite alone."""

    def make(**settings: Any) -> Service:
        return open_service(sqlite_engine, tmp_path, **settings)

    return make
