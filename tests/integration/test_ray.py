"""On a local Ray cluster a run gives the bytes of `assay curate`, whatever Ray does.

Ray is in an environment of its own (`make test-ray` makes it and sets ASSAY_RAY_PYTHON), or in that
of the tests.
"""

import importlib.util
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import pytest
import zstandard
from tests.integration.commands import run_command
from tests.integration.conftest import Job
from tests.integration.curated import manifest_of
from tests.integration.scaled import assert_same_as_local

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
ROOMS = ("core", "services/filter", "services/judge", "cli")
BENCH_ROWS = 20_000
SECONDS = 1800.0


@pytest.fixture(scope="session")
def ray_python() -> str:
    python = os.environ.get("ASSAY_RAY_PYTHON")
    if python and Path(python).exists():
        return python
    if importlib.util.find_spec("ray") is None:
        pytest.skip("no Ray here: run `make test-ray`, which makes an environment with it")
    return sys.executable


def _start(
    python: str, inputs: Sequence[object], out: Path, *more: object
) -> "subprocess.Popen[str]":
    arguments = [
        *("-m", "assay_cli.curate_on_ray", *inputs, "--out", out, "--address", "local"),
        *("--cpus", 2, "--store-mebibytes", 200, *more),
    ]
    return subprocess.Popen(
        [python, *(str(argument) for argument in arguments)],
        cwd=out.parent,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(str(ROOT / room) for room in ROOMS),
            "TERM": "dumb",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def _end(running: "subprocess.Popen[str]") -> str:
    try:
        told, _ = running.communicate(timeout=SECONDS)
    finally:
        if running.poll() is None:
            os.killpg(running.pid, signal.SIGKILL)
    assert running.returncode == 0, told
    return told


@pytest.mark.parametrize("num_parts", [1, 3])
def test_mixed_rows_end_as_on_one_machine(
    num_parts: int, ray_python: str, mixed: Path, pipeline: Path, undisturbed: Job, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    told = _end(_start(ray_python, [mixed], out, "--config", pipeline, "--parts", num_parts))
    assert "no model judged these samples" in told
    assert_same_as_local(out, undisturbed.out)


def test_bench_rows_end_as_on_one_machine(
    ray_python: str, shared_data: Path, tmp_path: Path
) -> None:
    rows = tmp_path / "rows.jsonl"
    with (shared_data / "bench" / "bench.permissive.jsonl.zst").open("rb") as stream:
        lines = zstandard.ZstdDecompressor().stream_reader(stream)
        rows.write_bytes(b"\n".join(islice(_lines(lines), BENCH_ROWS)) + b"\n")
    local, out = tmp_path / "local", tmp_path / "out"
    database = f"sqlite:///{tmp_path / 'audit.db'}"
    command = ["curate", rows, "--out", local, "--db", database, "--workers", 2]
    done = run_command(command, cwd=tmp_path, deadline_seconds=SECONDS)
    assert done.code == 0, done.err
    _end(_start(ray_python, [rows], out, "--parts", 5, "--shard-samples", 6000))
    assert_same_as_local(out, local)
    assert manifest_of(out)["input"] == BENCH_ROWS


def test_workers_killed_in_every_stage_change_no_byte(
    ray_python: str, mixed: Path, pipeline: Path, undisturbed: Job, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    running = _start(ray_python, [mixed], out, "--config", pipeline, "--parts", 2)
    work, killed = out / ".assay-work", []
    for stage in ("tried-rules-*", "tried-judge-*", "mail-settled-*", "mail-links-*"):
        while running.poll() is None and not any(work.glob(f"*/{stage}")):
            time.sleep(0.02)
        killed += [stage for _ in range(2) if _kill_a_worker(running.pid)]
    _end(running)
    assert len(killed) >= 4, killed
    assert_same_as_local(out, undisturbed.out)


def test_cluster_that_is_not_there_is_said(ray_python: str, few: Path, tmp_path: Path) -> None:
    running = _start(ray_python, [few], tmp_path / "out", "--address", "127.0.0.1:9")
    told, _ = running.communicate(timeout=SECONDS)
    assert running.returncode == 2, told
    assert "expected a Ray cluster at '127.0.0.1:9'" in told


def _kill_a_worker(driver: int, *, seconds: float = 5.0) -> bool:
    """Kill a worker process of a driver's cluster while it carries out a task, if one soon does."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        for pid, title in _workers(driver):
            if "MapBatches" in title or "Shuffle" in title:
                os.kill(pid, signal.SIGKILL)
                return True
        time.sleep(0.01)
    return False


def _workers(driver: int) -> Iterator[tuple[int, str]]:
    """Yield pid and title of Ray's worker processes below a driver; the title is what they do."""
    parents, titles = {}, {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            stat = (entry / "stat").read_text().rpartition(")")[2].split()
            titles[int(entry.name)] = (entry / "cmdline").read_bytes().decode(errors="replace")
        except (FileNotFoundError, ProcessLookupError):
            continue
        parents[int(entry.name)] = int(stat[1])
    for pid, title in titles.items():
        above = pid
        while above in parents and above != driver:
            above = parents[above]
        if above == driver and title.startswith("ray::"):
            yield pid, title


def _lines(stream: zstandard.ZstdDecompressionReader) -> Iterator[bytes]:
    pending = b""
    while block := stream.read(1 << 20):
        *whole, pending = (pending + block).split(b"\n")
        yield from whole
