"""The service on both databases; each test has a database and a store of its own."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from tests.fakes.audit_databases import sqlite_audit
from tests.fakes.filter_service import Service, open_service


@pytest.fixture
def engine(audit_engine: Engine) -> Engine:
    """A fresh database of each kind."""
    return audit_engine


@pytest.fixture
def sqlite_engine(tmp_path: Path) -> Iterator[Engine]:
    """A fresh SQLite database, for what does not depend on the kind."""
    made = sqlite_audit(tmp_path / "audit.db")
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
