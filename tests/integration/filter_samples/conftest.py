"""The service of samples on both databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from tests.fakes.postgres_server import fresh_database, postgres_server, postgres_url
from tests.integration.filter_samples.sampled_app import Sampled, make_sampled

from assay.audit.engine import open_engine
from assay.audit.schema import upgrade

__all__ = ["engine", "postgres_server", "postgres_url", "sampled", "shared"]

DATABASES = ["sqlite", "postgresql"]


@pytest.fixture(params=DATABASES)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    yield from _opened(request, tmp_path)


@pytest.fixture
def sampled(engine: Engine, tmp_path: Path) -> Sampled:
    """A service of the test's own, to change."""
    return make_sampled(engine, tmp_path / "store")


@pytest.fixture(scope="module", params=DATABASES)
def shared(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Sampled]:
    """A service for tests that only read."""
    folder = tmp_path_factory.mktemp("shared")
    for engine in _opened(request, folder):
        yield make_sampled(engine, folder / "store")


def _opened(request: pytest.FixtureRequest, folder: Path) -> Iterator[Engine]:
    url = f"sqlite:///{folder / 'audit.db'}"
    if request.param == "postgresql":
        url = fresh_database(request.getfixturevalue("postgres_server"))
    engine = open_engine(url)
    upgrade(engine)
    yield engine
    engine.dispose()
