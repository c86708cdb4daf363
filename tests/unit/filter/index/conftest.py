import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.fakes.indexed_runs import IndexedRuns

from assay.audit.engine import open_engine
from assay.audit.schema import upgrade


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("empty") / "audit.db"
    engine = open_engine(f"sqlite:///{path}")
    upgrade(engine)
    engine.dispose()
    return path


@pytest.fixture
def runs(empty_database: Path, tmp_path: Path) -> Iterator[IndexedRuns]:
    """An empty index in a SQLite file."""
    path = shutil.copyfile(empty_database, tmp_path / "audit.db")
    engine = open_engine(f"sqlite:///{path}")
    yield IndexedRuns(engine, tmp_path)
    engine.dispose()
