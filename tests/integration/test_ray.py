"""On a local Ray cluster a run gives the bytes and the audit of `assay curate`, whatever Ray does.

Ray is in an environment of its own: `make test-ray` makes it and sets ASSAY_RAY_PYTHON.
"""

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import pytest
import zstandard
from tests.integration.commands import ForkServer, run_command
from tests.integration.conftest import ROWS_PER_CHUNK, Job
from tests.integration.curated import manifest_of, outcome_bytes
from tests.integration.families import write_families
from tests.integration.mixed_rows import write_inputs
from tests.integration.scaled import assert_same_as_local, assert_same_audit

from assay_filter.scaling.verification import verify_trail

pytestmark = pytest.mark.ray

ROOT = Path(__file__).parents[2]
ROOMS = ("core", "services/filter", "services/judge", "cli")
MANY_ROWS = 20_000
SECONDS = 1800.0
EXIT_BAD_INPUT = 2


@pytest.fixture(scope="session")
def ray_python() -> str:
    python = os.environ.get("ASSAY_RAY_PYTHON")
    if not python or not Path(python).exists():
        pytest.skip("no Ray environment: run `make test-ray`, which makes one")
    return python


@pytest.fixture(scope="session")
def local(
    ray_python: str,
    server: ForkServer,
    mixed: Path,
    pipeline: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Job:
    """A finished run of `assay curate` over rows of many kinds, and over families of copies."""
    folder = tmp_path_factory.mktemp("local")
    families = write_families(folder / "families.jsonl", num_families=30)
    job = Job(server, folder, (mixed, families), pipeline)
    done = job.curate()
    assert done.code == 0, done.err
    return job


def _start(
    python: str, inputs: Sequence[object], out: Path, *more: object
) -> "subprocess.Popen[str]":
    arguments = [
        *("-m", "assay_cli", "curate-on-ray", *inputs, "--out", out, "--address", "local"),
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


def _end(running: "subprocess.Popen[str]", *, code: int = 0) -> str:
    try:
        told, _ = running.communicate(timeout=SECONDS)
    finally:
        if running.poll() is None:
            os.killpg(running.pid, signal.SIGKILL)
    assert running.returncode == code, told
    return told


def test_outcomes_and_audit_are_those_of_one_machine(
    ray_python: str, local: Job, tmp_path: Path
) -> None:
    out, cut = tmp_path / "out", ("--parts", 3, "--shard-samples", 200, "--concatenate")
    told = _end(_start(ray_python, local.inputs, out, "--config", local.pipeline, *cut))
    assert "no model judged these samples" in told
    assert outcome_bytes(out) == outcome_bytes(local.out)
    assert_same_as_local(out, local.out)
    assert_same_audit(out, local.folder / "audit.db")
    assert verify_trail(out) == manifest_of(local.out)["chain_head"]
    ways = {row["reason"] for row in manifest_of(out)["reasons"]}
    assert ways >= {f"dedup.{way}" for way in ("exact", "near_exact", "near", "prompt_cap")}


@pytest.fixture(params=["generated", "bench"])
def many(request: pytest.FixtureRequest, ray_python: str, tmp_path: Path) -> Path:
    """A folder with 20,000 rows or more."""
    folder = tmp_path / "rows"
    if request.param == "generated":
        write_inputs(folder, num_rows=14_000)
        write_families(folder / "families.jsonl", num_families=600)
        return folder
    shared: Path = request.getfixturevalue("shared_data")
    folder.mkdir()
    with (shared / "bench" / "bench.permissive.jsonl.zst").open("rb") as stream:
        lines = zstandard.ZstdDecompressor().stream_reader(stream)
        some = b"\n".join(islice(_lines(lines), MANY_ROWS))
    (folder / "rows.jsonl").write_bytes(some + b"\n")
    return folder


@pytest.mark.slow
def test_many_rows_end_as_on_one_machine(ray_python: str, many: Path, tmp_path: Path) -> None:
    local, out, database = tmp_path / "local", tmp_path / "out", tmp_path / "audit.db"
    command = ["curate", many, "--out", local, "--db", f"sqlite:///{database}", "--workers", 2]
    done = run_command(command, cwd=tmp_path, deadline_seconds=SECONDS)
    assert done.code == 0, done.err
    _end(_start(ray_python, [many], out, "--parts", 5, "--shard-samples", 6000, "--concatenate"))
    assert outcome_bytes(out) == outcome_bytes(local)
    assert_same_as_local(out, local)
    assert_same_audit(out, database)
    assert manifest_of(out)["input"] >= MANY_ROWS


def test_workers_killed_in_every_stage_change_no_byte(
    ray_python: str, local: Job, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    running = _start(ray_python, local.inputs, out, "--config", local.pipeline, "--parts", 2)
    work, killed = out / ".assay-work", []
    for stage in ("tried-rules-*", "tried-judge-*", "mail-settled-*", "mail-links-*"):
        while running.poll() is None and not any(work.glob(f"*/{stage}")):
            time.sleep(0.02)
        killed += [stage for _ in range(2) if _kill_a_worker(running.pid)]
    _end(running)
    assert len(killed) >= 4, killed
    assert_same_as_local(out, local.out)
    assert_same_audit(out, local.folder / "audit.db")


def test_run_that_keeps_nothing_ends_as_on_one_machine(
    ray_python: str, server: ForkServer, pipeline: Path, tmp_path: Path
) -> None:
    rows, out = tmp_path / "rows.jsonl", tmp_path / "out"
    rows.write_bytes(b"no conversation\n" * (ROWS_PER_CHUNK + 1))
    local = Job(server, tmp_path, (rows,), pipeline)
    assert local.curate("--out", tmp_path / "local").code == EXIT_BAD_INPUT
    told = _end(
        _start(ray_python, [rows], out, "--config", pipeline, "--parts", 3), code=EXIT_BAD_INPUT
    )
    assert "found nothing but bad lines (41)" in told
    assert_same_as_local(out, tmp_path / "local")
    assert_same_audit(out, tmp_path / "audit.db")


def test_cluster_that_is_not_there_is_said(ray_python: str, few: Path, tmp_path: Path) -> None:
    running = _start(ray_python, [few], tmp_path / "out", "--address", "127.0.0.1:9")
    told, _ = running.communicate(timeout=SECONDS)
    assert running.returncode == EXIT_BAD_INPUT, told
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
