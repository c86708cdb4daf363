"""Servers of real processes: PostgreSQL, Redis, workers."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.fakes.postgres_server import PostgresServer, fresh_database
from tests.integration.deployment.redis_process import RedisProcess
from tests.integration.deployment.server_home import ServerHome
from tests.integration.mixed_rows import write_inputs


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[RedisProcess]:
    """A broker that is not started yet."""
    server = RedisProcess(tmp_path)
    yield server
    server.kill()


@pytest.fixture
def home(
    postgres_server: PostgresServer, broker: RedisProcess, tmp_path: Path
) -> Iterator[ServerHome]:
    """An empty database at the newest revision; the broker is not started yet."""
    home = ServerHome(fresh_database(postgres_server), broker, tmp_path)
    yield home
    home.close()


@pytest.fixture(scope="session")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of 60 rows of many kinds."""
    folder = tmp_path_factory.mktemp("rows")
    lines = write_inputs(folder / "inputs")[0].read_bytes().splitlines(keepends=True)
    path = folder / "rows.jsonl"
    path.write_bytes(b"".join(lines[:60]))
    return path


@pytest.fixture(scope="session")
def small_chunks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pipeline that cuts 60 rows into 15 chunks, so that there is something to kill."""
    path = tmp_path_factory.mktemp("pipeline") / "small.yaml"
    path.write_text("id: small\nversion: 1\nrows_per_chunk: 4\nrules: {}\n")
    return path
