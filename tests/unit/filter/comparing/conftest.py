"""Audit databases of both kinds, empty and upgraded."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from tests.fakes.postgres_server import postgres_server, postgres_url

from assay.audit.engine import open_engine
from assay.audit.schema import upgrade

__all__ = ["postgres_server", "postgres_url"]


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'audit.db'}"
    else:
        url = request.getfixturevalue("postgres_url")
    opened = open_engine(url)
    upgrade(opened)
    yield opened
    opened.dispose()
