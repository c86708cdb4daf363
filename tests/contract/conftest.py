"""Audit databases of both kinds, and runs in them beside one of `assay curate`."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from tests.fakes.postgres_server import postgres_server, postgres_url
from tests.fakes.queued_runs import Inputs, Server
from tests.integration.commands import ROOT, command_line
from tests.integration.conftest import write_pipeline
from tests.integration.mixed_rows import write_inputs

from assay.audit.engine import open_engine
from assay.audit.schema import upgrade

ROWS_PER_CHUNK = 16

__all__ = ["postgres_server", "postgres_url"]


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """The queue of record of a laptop and that of a server."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'audit.db'}"
    else:
        url = request.getfixturevalue("postgres_url")
    opened = open_engine(url)
    upgrade(opened)
    yield opened
    opened.dispose()


@pytest.fixture(scope="session")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Inputs:
    """A small mixed input, and what the command makes of it."""
    return curate_inputs(tmp_path_factory.mktemp("whole"))


def curate_inputs(folder: Path, *options: str) -> Inputs:
    """Make the input in a folder and let the command curate it, with more options."""
    write_inputs(folder / "inputs", num_rows=60)
    pipeline = write_pipeline(folder / "small.yaml", ROWS_PER_CHUNK)
    arguments = ["curate", folder / "inputs", "--out", folder / "out", "--config", pipeline]
    more = ["--db", f"sqlite:///{folder / 'audit.db'}", "--workers", 1, *options]
    done = subprocess.run(
        command_line([*arguments, *more]), cwd=ROOT, capture_output=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    return Inputs(pipeline, folder / "inputs", folder / "out")


@pytest.fixture
def server(engine: Engine, inputs: Inputs, tmp_path: Path) -> Server:
    """A queue for runs over that input."""
    return Server(engine, inputs, tmp_path / "out")
