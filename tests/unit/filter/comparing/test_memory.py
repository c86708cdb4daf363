"""What reads whole runs holds no more of a large one than of a small one."""

import gc
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from benchmarks.comparing import actions, make_runs

pytestmark = pytest.mark.slow

SMALL, LARGE = 5000, 15000  # more than every buffer on the way holds
SLACK_BYTES = 1 << 20  # holding 10,000 rows a side would take eight times as much
BYTES_A_ROW = 400  # of an export: integers, and what sorting them takes for a moment


def peak_bytes(work: Callable[[], int]) -> tuple[int, int]:
    """Return how many rows the second of two calls met, and what it held at most."""
    work()  # what is made once (statements, templates) is not what grows
    gc.collect()
    tracemalloc.start()
    try:
        num_rows = work()
        return num_rows, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    made = {}
    for num_rows in (SMALL, LARGE):
        made[num_rows] = tmp_path_factory.mktemp(f"rows-{num_rows}")
        make_runs(url_of(made[num_rows]), made[num_rows], num_rows)
    return made


def url_of(folder: Path) -> str:
    return f"sqlite:///{folder / 'audit.db'}"


@pytest.mark.parametrize("action", ["diff", "redecide"])
def test_memory_does_not_grow_with_the_run(folders: dict[int, Path], action: str) -> None:
    (small, least), (large, most) = (
        peak_bytes(actions(url_of(folders[n]), folders[n])[action]) for n in (SMALL, LARGE)
    )
    assert large == pytest.approx(3 * small, rel=0.1)
    assert most < least + SLACK_BYTES


@pytest.mark.parametrize("action", ["export", "export --mix"])
def test_memory_of_an_export_grows_by_integers_alone(folders: dict[int, Path], action: str) -> None:
    (small, least), (large, most) = (
        peak_bytes(actions(url_of(folders[n]), folders[n])[action]) for n in (SMALL, LARGE)
    )
    assert most - least < SLACK_BYTES + BYTES_A_ROW * (large - small)
