"""One pass over the same rows by each means: the bare pipeline, the laptop's home, the server's.

Start-up is measured by a run of a few rows: what the processes use whatever the size of a run,
imports above all.
"""

import hashlib
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean

from benchmarks.filtering.homes import CommandError, ServerHome, start_curate, wait_for
from benchmarks.filtering.processes import Sampler, cpu_of, family_cpu, family_of
from benchmarks.filtering.servers import Servers

from assay_filter.curation.closing import OUTCOMES

LAPTOP_KINDS = ("the command", "each worker")
SERVER_KINDS = ("`assay worker`", "Celery's parent process", "each of its children")
SAMPLE_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Input:
    """The rows to curate, few rows for the start-up, and a folder for everything made."""

    rows: Path
    few: Path
    folder: Path

    def fresh(self, name: str) -> Path:
        """Return an empty folder."""
        path = self.folder / name
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir(parents=True)
        return path


@dataclass(frozen=True, slots=True)
class Pass:
    """What one arm took.

    Attributes:
        row_seconds: CPU of Assay's processes beyond start-up; of two passes, the mean.
        start_seconds: CPU of Assay's processes that a run of few rows takes.
        wall_seconds: end to end: of the laptop's command from its start, on the server from
            queueing to done, of the bare pipeline after the imports.
        digest: of all outcome files.
        starts: start-up by kind of process.
        leaf_seconds: of the bare pipeline: CPU of hashing audit rows, which is in `row_seconds`.
    """

    row_seconds: float
    start_seconds: float
    wall_seconds: float
    digest: str
    starts: Mapping[str, float] = field(default_factory=dict)
    num_passes: int = 1
    leaf_seconds: float = 0.0
    postgres_seconds: float = 0.0
    redis_seconds: float = 0.0


def run_bare(given: Input, num_passes: int) -> Pass:
    """Carry out the bare pipeline, as often side by side as wanted."""
    (few,) = _bare(given.few, [given.fresh("bare-few")])
    folders = [given.fresh(f"bare-{n}") for n in range(num_passes)]
    told = _bare(given.rows, folders)
    start = few["cpu_seconds"]
    return Pass(
        row_seconds=fmean(one["cpu_seconds"] for one in told) - start,
        start_seconds=start + few["import_seconds"],
        wall_seconds=max(one["wall_seconds"] for one in told),
        digest=digest_of(folders[0]),
        starts={"imports": few["import_seconds"], "a run of few rows": start},
        num_passes=num_passes,
        leaf_seconds=fmean(one["leaf_seconds"] for one in told),
    )


def _bare(rows: Path, folders: Sequence[Path]) -> list[dict[str, float]]:
    command = [sys.executable, "-m", "benchmarks.filtering.bare_process", str(rows)]
    processes = [
        subprocess.Popen(
            [*command, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for folder in folders
    ]
    for process in processes:
        assert process.stdout is not None
        if process.stdout.readline() != "ready\n":
            raise CommandError("expected the bare pipeline to be ready, found that it ended")
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    told = [process.communicate()[0] for process in processes]
    if any(process.returncode for process in processes):
        raise CommandError("expected the bare pipeline to end well, found that it did not")
    return [json.loads(text) for text in told]


def run_laptop(given: Input, num_workers: int) -> Pass:
    """Carry out `assay curate`."""
    out = given.fresh("laptop") / "out"
    few = start_curate(given.few, out, num_workers)
    with Sampler(few.pid, SAMPLE_SECONDS) as sampler:
        start = wait_for(few)
    out = given.fresh("laptop") / "out"
    begun = time.monotonic()
    cpu = wait_for(start_curate(given.rows, out, num_workers))
    wall = time.monotonic() - begun
    usages = sampler.by_depth()
    starts = {
        kind: fmean(usage.cpu_seconds for usage in usages[depth])
        for depth, kind in enumerate(LAPTOP_KINDS)
    }
    return Pass(cpu - start, start, wall, digest_of(out), starts)


def run_server(given: Input, num_workers: int, servers: Servers) -> Pass:
    """Carry out a run on workers that have just carried out a small one."""
    with ServerHome(servers, num_workers) as home:
        home.run(given.few)
        start = family_cpu(home.pid)
        by_depth: dict[int, list[float]] = {}
        for member in family_of(home.pid):
            by_depth.setdefault(member.depth, []).append(cpu_of(member.pid))
        used = home.run(given.rows)
    digest = digest_of(used.out_dir)
    shutil.rmtree(used.out_dir.parent)
    return Pass(
        used.cpu_seconds,
        start,
        used.wall_seconds,
        digest,
        {kind: fmean(by_depth[depth]) for depth, kind in enumerate(SERVER_KINDS)},
        postgres_seconds=used.postgres_seconds,
        redis_seconds=used.redis_seconds,
    )


def digest_of(folder: Path) -> str:
    """Return one SHA-256 for the outcome files of a folder."""
    whole = hashlib.sha256()
    for outcome in OUTCOMES:
        with (folder / f"{outcome.value}.jsonl").open("rb") as stream:
            whole.update(hashlib.file_digest(stream, "sha256").digest())
    return whole.hexdigest()
