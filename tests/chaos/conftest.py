"""Two homes to be disturbed, and what a run that nothing disturbs leaves in each."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.chaos.figures import Figures
from tests.chaos.undisturbed import Undisturbed, run_undisturbed
from tests.chaos.world import ServerWorld
from tests.integration.conftest import (
    job,
    make_job,
    pipeline,
    server,
    undisturbed,
    without_database,
)
from tests.integration.mixed_rows import write_inputs

__all__ = ["job", "make_job", "pipeline", "server", "undisturbed", "without_database"]

NUM_ROWS = 280  # about 400 with copies, other formats and bad lines
FIGURES = Figures()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell the figures; the file is for documents."""
    FIGURES.write()
    for line in FIGURES.lines():
        terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def figures() -> Figures:
    return FIGURES


@pytest.fixture(scope="session")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that both homes curate: about 400 rows of many kinds in four files."""
    folder = tmp_path_factory.mktemp("mixed") / "inputs"
    write_inputs(folder, num_rows=NUM_ROWS)
    return folder


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerWorld]:
    """A server that is started once and disturbed by one seed after another."""
    postgres = Path(tempfile.mkdtemp(prefix="assay-pg-"))  # pytest's folders are closed to `nobody`
    made = ServerWorld(tmp_path_factory.mktemp("world"), postgres)
    try:
        made.start()
        yield made
    finally:
        made.close()


@pytest.fixture(scope="session")
def uploads(world: ServerWorld, mixed: Path) -> list[str]:
    """The files as the service knows them, in reading order."""
    return world.upload(sorted(mixed.iterdir()))


@pytest.fixture(scope="session")
def expected(world: ServerWorld, uploads: list[str]) -> Undisturbed:
    """A run of that server that nothing disturbed."""
    return run_undisturbed(world, uploads)
