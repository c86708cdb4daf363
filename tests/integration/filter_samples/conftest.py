"""The service of samples on both databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from tests.fakes.audit_databases import postgres_audit, sqlite_audit
from tests.integration.filter_samples.sampled_app import Sampled, make_sampled

DATABASES = ["sqlite", "postgresql"]


@pytest.fixture
def engine(audit_engine: Engine) -> Engine:
    return audit_engine


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
    if request.param == "sqlite":
        engine = sqlite_audit(folder / "audit.db")
    else:
        engine = postgres_audit(request.getfixturevalue("postgres_server"))
    yield make_sampled(engine, folder / "store")
    engine.dispose()
