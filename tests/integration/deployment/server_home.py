"""A server without its API: database, broker, store, runs in the queue, and worker processes."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, update
from tests.integration.commands import warm_server
from tests.integration.deployment.redis_process import RedisProcess

from assay.audit import tables
from assay.audit.engine import Engine, open_engine, reading
from assay.audit.schema import upgrade
from assay.configs import load_config
from assay.datasets.sources import Source
from assay.rubrics import load_rubric
from assay_cli.server_judges import ServerJudges
from assay_filter.curation.workspace import Workspace
from assay_filter.pipeline import Pipeline
from assay_filter.runs.control import RunSummary, run_summary
from assay_filter.runs.request import RunRequest, SourceFile
from assay_filter.runs.starting import enqueue, make_record

DONE_SECONDS = 150.0
START_SECONDS = 60.0


class ServerHome:
    """Database, broker and store of one test."""

    def __init__(self, database: str, broker: RedisProcess, folder: Path) -> None:
        self.database = database
        self.broker = broker
        self.folder = folder
        self.engine: Engine = open_engine(database)
        upgrade(self.engine)
        self.environment: dict[str, str] = {}  # of workers, beside the plain one
        self._workers: list[WorkerProcess] = []

    def submit(self, source: Path, pipeline: Path, *, judge: str = "evidence") -> str:
        """Put a run into the queue and return its id; `judge` as the environment knows it."""
        rubric = load_rubric("default")
        name, version = ServerJudges().describe(judge, rubric)
        request = RunRequest(
            sources=(SourceFile.of(Source(source.name, source, "jsonl")),),
            judge=judge,
            patience_seconds=600,
        )
        record = make_record(
            pipeline=load_config(Pipeline, "pipelines", str(pipeline)),
            rubric=rubric,
            request=request,
            out_dir=self.folder / f"run-{len(list(self.folder.glob('run-*')))}",
            judge_version=version,
        )
        record = replace(record, judge=name)
        Workspace.of_run(record.out_dir).export_dir.mkdir(parents=True)
        enqueue(self.engine, record, request, created_by="test")
        return record.id

    def worker(self, *options: str, **environment: str | None) -> "WorkerProcess":
        """Start `assay worker`; it is killed when the test ends. None unsets a variable."""
        started = WorkerProcess(self, options, environment)
        self._workers.append(started)
        return started

    def run(self, run_id: str) -> RunSummary:
        return run_summary(self.engine, run_id)

    def num_done(self, run_id: str) -> int:
        """Return how many tasks of a run are done."""
        task = tables.task
        query = (
            select(func.count())
            .select_from(task)
            .where(task.c.run_id == run_id, task.c.state == "done")
        )
        with reading(self.engine) as connection:
            return int(connection.execute(query).scalar_one())

    def tasks(self, run_id: str) -> list[Any]:
        """Return the rows of a run's tasks."""
        with reading(self.engine) as connection:
            query = select(tables.task).where(tables.task.c.run_id == run_id)
            return list(connection.execute(query).all())

    def end_leases(self, run_id: str) -> None:
        """Let the time go by after which a task is taken from a worker that says nothing."""
        held = update(tables.task).where(
            tables.task.c.run_id == run_id, tables.task.c.state == "running"
        )
        with self.engine.begin() as connection:
            connection.execute(held.values(lease_until=1))

    def age_messages(self, run_id: str) -> None:
        """Make all messages of a run as old as those that the sweeper sends again."""
        long_ago = update(tables.task).where(tables.task.c.run_id == run_id)
        with self.engine.begin() as connection:
            connection.execute(long_ago.values(dispatched_at=1))

    def until_done(self, run_id: str) -> RunSummary:
        """Wait for the end of a run, which must be good."""

        def is_over() -> bool:
            return self.run(run_id).state not in ("queued", "running")

        until("the run ends", is_over, DONE_SECONDS, told=self._logs)
        run = self.run(run_id)
        assert run.state == "done", (run.error, self._logs())
        return run

    def close(self) -> None:
        for worker in self._workers:
            worker.kill()
        self.engine.dispose()

    def _logs(self) -> str:
        return "\n".join(worker.log for worker in self._workers)


class WorkerProcess:
    """`assay worker` with the settings of its home; all its processes are one group and session."""

    def __init__(
        self, home: ServerHome, options: tuple[str, ...], environment: Mapping[str, str | None]
    ) -> None:
        clean = {k: v for k, v in os.environ.items() if not k.startswith("ASSAY_")}
        given: dict[str, str | None] = {
            "ASSAY_DATABASE_URL": home.database,
            "ASSAY_BROKER_URL": home.broker.url,
            "XDG_CACHE_HOME": str(home.folder / "cache"),
            **home.environment,
            **environment,
        }
        wanted = {name: value for name, value in given.items() if value is not None}
        self._log = home.folder / f"worker-{len(list(home.folder.glob('worker-*')))}.log"
        self._process = warm_server().open(
            ["worker", *options], out=self._log, err=self._log, env=clean | wanted
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def log(self) -> str:
        return self._log.read_text(errors="replace")

    def until_told(self, event: str, seconds: float = START_SECONDS) -> None:
        """Wait until the log holds an event."""

        def is_told() -> bool:
            assert self._process.poll() is None or f"event={event}" in self.log, self.log
            return f"event={event}" in self.log

        until(f"the worker says {event}", is_told, seconds, told=lambda: self.log)

    def terminate(self, seconds: float) -> int:
        """Send SIGTERM and return the exit code, which must come within `seconds`."""
        self._process.send_signal(signal.SIGTERM)
        return self.wait(seconds)

    def wait(self, seconds: float) -> int:
        """Return the exit code, which must come within `seconds`."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"the worker stays: {self.log}") from None

    def kill(self) -> None:
        """End the supervisor, the pool and its children as a power cut would."""
        for pid in [*descendants_of(self.pid), self.pid]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self._process.wait()

    def kill_supervisor(self) -> list[int]:
        """End the parent alone; return the processes that it leaves behind."""
        left = descendants_of(self.pid)
        self._process.kill()
        self._process.wait()
        return left


def descendants_of(pid: int) -> list[int]:
    """Return the processes that a process started, and those that they started."""
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    try:
        children = [int(child) for child in listed.read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []
    return [each for child in children for each in [child, *descendants_of(child)]]


def is_gone(pid: int) -> bool:
    """Tell whether a process has ended; a zombie has."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True
    return stat.rpartition(")")[2].split()[0] in "ZX"


def until(
    claim: str,
    is_true: Callable[[], object],
    seconds: float,
    *,
    told: Callable[[], str] = lambda: "",
) -> None:
    """Wait until something holds; `told` says more where it does not."""
    deadline = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < deadline, f"expected that {claim}; {told()}"
        time.sleep(0.05)
