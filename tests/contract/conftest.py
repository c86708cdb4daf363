"""Audit databases of both kinds, and runs in them beside one of `assay curate`."""

from pathlib import Path

import pytest
from sqlalchemy import Engine
from tests.fakes.queued_runs import Inputs, Server
from tests.integration.commands import warm_server
from tests.integration.conftest import write_pipeline
from tests.integration.mixed_rows import write_inputs

ROWS_PER_CHUNK = 16


@pytest.fixture
def engine(audit_engine: Engine) -> Engine:
    """The queue of record of a laptop and that of a server."""
    return audit_engine


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
    done = warm_server().run([*arguments, *more], cwd=folder)
    assert done.code == 0, done.err
    return Inputs(pipeline, folder / "inputs", folder / "out")


@pytest.fixture
def server(engine: Engine, inputs: Inputs, tmp_path: Path) -> Server:
    """A queue for runs over that input."""
    return Server(engine, inputs, tmp_path / "out")
