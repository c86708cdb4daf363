"""The two homes of a run, with real processes, and what they use.

Laptop: `assay curate` on SQLite, a command that begins and ends with its run. Server: PostgreSQL,
Redis and `assay worker`, which live on between runs; runs are queued as the service queues them.
"""

import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.filtering.orders import load_pipeline, request_for
from benchmarks.filtering.processes import family_cpu
from benchmarks.filtering.servers import Servers
from tests.fakes.postgres_server import fresh_database

from assay.audit.engine import Engine, open_engine
from assay.audit.schema import upgrade
from assay.rubrics import load_rubric
from assay_cli.judges import MakeEvidenceJudge
from assay_filter.curation.workspace import Workspace
from assay_filter.runs.starting import enqueue, make_record
from assay_filter.runs.watching import read_standing

END_SECONDS = 120.0
LOOK_SECONDS = 0.1
OVER = ("done", "failed", "cancelled", "interrupted")


@dataclass(frozen=True, slots=True)
class Used:
    """What one run took: seconds on the clock, CPU seconds of Assay and of the servers it needs."""

    wall_seconds: float
    cpu_seconds: float
    postgres_seconds: float = 0.0
    redis_seconds: float = 0.0
    out_dir: Path = Path()


class CommandError(RuntimeError):
    """A process of a home ended as it should not."""


def curate_command(path: Path, out: Path, num_workers: int) -> list[str]:
    """Return the command of the laptop's home; the database stands beside `out`."""
    return [
        sys.executable, "-m", "assay_cli", "curate", str(path), "--out", str(out),
        "--db", f"sqlite:///{out}.db", "--workers", str(num_workers), "--overwrite",
    ]  # fmt: skip


def start_curate(path: Path, out: Path, num_workers: int) -> "subprocess.Popen[bytes]":
    """Start `assay curate`; it says nothing."""
    out.parent.mkdir(parents=True, exist_ok=True)
    command = curate_command(path, out, num_workers)
    return subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def wait_for(process: "subprocess.Popen[bytes]") -> float:
    """Wait for a command that must succeed; return CPU seconds, those of its children included.

    Raises:
        CommandError: it did not succeed.
    """
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise CommandError(f"expected `assay curate` to end well, found code {process.returncode}")
    return used.ru_utime + used.ru_stime


def run_on_laptop(path: Path, out: Path, num_workers: int) -> Used:
    """Run `assay curate` to its end."""
    begun = time.monotonic()
    process = start_curate(path, out, num_workers)
    cpu_seconds = wait_for(process)
    return Used(time.monotonic() - begun, cpu_seconds, out_dir=out)


class ServerHome:
    """A database of its own and `assay worker`, until the context is left."""

    def __init__(self, servers: Servers, num_workers: int) -> None:
        self.servers = servers
        self.url = fresh_database(servers.postgres)
        self.engine: Engine = open_engine(self.url)
        upgrade(self.engine)
        self._num_workers = num_workers
        self._worker: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Process id of `assay worker`, the head of its family."""
        assert self._worker is not None, "the worker is not running"
        return self._worker.pid

    @property
    def environment(self) -> Mapping[str, str]:
        """What worker and service find their database and broker by."""
        return {
            **os.environ,
            "ASSAY_DATABASE_URL": self.url,
            "ASSAY_BROKER_URL": self.servers.redis.url,
        }

    def __enter__(self) -> "ServerHome":
        command = [sys.executable, "-m", "assay_cli", "worker"]
        command += ["--concurrency", str(self._num_workers)]
        self._worker = subprocess.Popen(
            command, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        return self

    def __exit__(self, *_: object) -> None:
        assert self._worker is not None
        self._worker.send_signal(signal.SIGTERM)
        try:
            self._worker.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._worker.kill()
            self._worker.wait()
        self.engine.dispose()

    def start_run(self, path: Path) -> tuple[str, Path]:
        """Queue a run; return its id and the folder of its results."""
        out = self.servers.folder / "runs" / secrets.token_hex(4)
        request = request_for(path)
        record = make_record(
            pipeline=load_pipeline(),
            rubric=load_rubric("default"),
            request=request,
            out_dir=out,
            judge_version=MakeEvidenceJudge()().version,
        )
        Workspace.of_run(record.out_dir).export_dir.mkdir(parents=True)
        enqueue(self.engine, record, request)
        return record.id, out

    def wait(self, run_id: str) -> None:
        """Wait until a run is done.

        Raises:
            CommandError: it ended otherwise, or the worker did.
        """
        while True:
            standing = read_standing(self.engine, run_id)
            if standing.name in OVER:
                break
            assert self._worker is not None
            if self._worker.poll() is not None:
                raise CommandError("expected the worker to go on, found that it ended")
            time.sleep(LOOK_SECONDS)
        if standing.name != "done":
            raise CommandError(f"expected the run to be done, found it {standing}")

    def run(self, path: Path) -> Used:
        """Carry out one run on the running worker."""
        before = self._cpu()
        begun = time.monotonic()
        run_id, out = self.start_run(path)
        self.wait(run_id)
        wall = time.monotonic() - begun
        assay, postgres, redis = (now - then for now, then in zip(self._cpu(), before, strict=True))
        return Used(wall, assay, postgres, redis, out)

    def _cpu(self) -> tuple[float, float, float]:
        return (
            family_cpu(self.pid),
            family_cpu(self.servers.postgres.pid),
            family_cpu(self.servers.redis.pid),
        )
