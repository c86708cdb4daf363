"""A whole server of real processes: PostgreSQL, Redis, judge, two API processes, two workers.

Every part can be killed at any moment and is started again as `restart: unless-stopped` would.
PostgreSQL keeps what it committed (fsync is on), Redis keeps nothing.
"""

import secrets
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import httpx
from sqlalchemy import Row, func, select, update
from sqlalchemy.exc import DatabaseError
from tests.chaos.processes import MARK, Daemon, until_quiet
from tests.fakes.postgres_server import PostgresServer, fresh_database
from tests.integration.deployment.ports import free_port
from tests.integration.deployment.redis_process import RedisProcess
from tests.integration.deployment.server_home import descendants_of, is_gone, until

from assay.audit import tables
from assay.audit.engine import Engine, open_engine, reading
from assay.audit.schema import upgrade

T = TypeVar("T")
DURABLE: Mapping[str, str] = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "max_connections": "200",
}
AWAY_SECONDS = 120.0  # how long a question to the database or the API may go unanswered
ENDED = ("completed", "failed", "interrupted", "cancelled")


class ServerWorld:
    """The parts of a server; `start` them, and `close` it."""

    def __init__(self, folder: Path, postgres_folder: Path) -> None:
        self.folder = folder
        self.mark = secrets.token_hex(8)
        self.store = folder / "store"
        self.store.mkdir()
        self.postgres = PostgresServer(postgres_folder, DURABLE)
        self.database = fresh_database(self.postgres)
        self.engine: Engine = open_engine(self.database)
        upgrade(self.engine)
        self.redis = RedisProcess(folder)
        self.ports = [free_port(), free_port()]
        self.judge_port = free_port()
        self.judge = self._daemon("judge", "serve", "judge", "--port", str(self.judge_port))
        self.apis = [
            self._daemon(f"api-{at}", "serve", "filter", "--port", str(port))
            for at, port in enumerate(self.ports)
        ]
        self.workers = [
            self._daemon(f"worker-{at}", "worker", "--concurrency", "1") for at in range(2)
        ]

    @property
    def daemons(self) -> list[Daemon]:
        return [self.judge, *self.apis, *self.workers]

    @property
    def environment(self) -> dict[str, str]:
        return {
            "ASSAY_DATABASE_URL": self.database,
            "ASSAY_BROKER_URL": self.redis.url,
            "ASSAY_FILTER_STORE": str(self.store),
            "ASSAY_FILTER_JUDGE_URL": f"http://127.0.0.1:{self.judge_port}",
            "ASSAY_FILTER_JUDGE_CACHE": "off",  # or no run but the first would need the judge
            "ASSAY_FILTER_JUDGE_CONCURRENCY": "2",
            "ASSAY_JUDGE_NONCE_KEY": "nonce",
            "XDG_CACHE_HOME": str(self.folder / "cache"),
            "COLUMNS": "200",
            "NO_COLOR": "1",
            MARK: self.mark,
        }

    def start(self) -> None:
        """Start everything and wait until it answers."""
        self.redis.start()
        for daemon in self.daemons:
            daemon.start()
        for daemon in [self.judge, *self.apis]:
            daemon.until_told("service.started")
        for worker in self.workers:
            worker.until_told("worker.started")

    def close(self) -> None:
        """Kill everything that is left."""
        for daemon in self.daemons:
            daemon.kill()
        self.redis.kill()
        self.engine.dispose()
        self.postgres.stop()
        shutil.rmtree(self.postgres.folder, ignore_errors=True)

    def ask(self, method: str, path: str, *, first: int = 0, **options: Any) -> httpx.Response:
        """Ask the API processes by turns until one answers other than `I cannot now`."""
        deadline = time.monotonic() + AWAY_SECONDS
        number = first
        while True:
            url = f"http://127.0.0.1:{self.ports[number % len(self.ports)]}{path}"
            number += 1
            with suppress(httpx.TransportError):
                answer = httpx.request(method, url, timeout=30, trust_env=False, **options)
                if answer.status_code < 500 and answer.status_code != httpx.codes.CONFLICT:
                    return answer
            assert time.monotonic() < deadline, f"no API process answers {method} {path}"
            time.sleep(0.1)

    def upload(self, paths: Sequence[Path]) -> list[str]:
        """Upload files and return their ids."""
        answers = [
            self.ask("POST", f"/v1/files?filename={path.name}", content=path.read_bytes())
            for path in paths
        ]
        return [str(answer.json()["id"]) for answer in answers]

    def submit(self, files: Sequence[str], pipeline: Mapping[str, Any], *, first: int = 0) -> str:
        """Make a run over uploads and return its id."""
        body = {"input": list(files), "pipeline": pipeline, "judge": "default"}
        key = {"idempotency-key": secrets.token_hex(8)}
        answer = self.ask("POST", "/v1/runs", json=body, headers=key, first=first)
        assert answer.status_code == httpx.codes.ACCEPTED, answer.text
        return str(answer.json()["id"])

    def until_ended(self, run_id: str, seconds: float) -> dict[str, Any]:
        """Return a run as the API shows it at its end."""

        def is_over() -> bool:
            found.update(self.ask("GET", f"/v1/runs/{run_id}").json())
            return found["status"] in ENDED

        found: dict[str, Any] = {}
        until("the run ends", is_over, seconds, told=lambda: f"{found} {self.last_words()}")
        return found

    def read(self, look: Callable[[Any], T]) -> T:
        """Look into the database; one that is away is waited for."""
        deadline = time.monotonic() + AWAY_SECONDS
        while True:
            try:
                with reading(self.engine) as connection:
                    return look(connection)
            except DatabaseError:
                self.engine.dispose()
                assert time.monotonic() < deadline, "the database stays away"
                time.sleep(0.1)

    def num_done(self, run_id: str) -> int:
        """Return how many tasks of a run are done."""
        task = tables.task
        done = select(func.count()).where(task.c.run_id == run_id, task.c.state == "done")
        return self.read(lambda connection: int(connection.execute(done).scalar_one()))

    def tasks(self, run_id: str) -> list[Row[Any]]:
        """Return the rows of a run's tasks."""
        query = select(tables.task).where(tables.task.c.run_id == run_id)
        return self.read(lambda connection: list(connection.execute(query).all()))

    def let_time_go_by(self, run_id: str) -> None:
        """End the leases of dead workers, and make messages old enough to be sent again."""
        held = [task for task in self.tasks(run_id) if task.state == "running"]
        dead = [task.worker for task in held if is_gone(int(task.worker.rpartition(":")[2]))]
        task = tables.task
        with self.engine.begin() as connection:
            mine = update(task).where(task.c.run_id == run_id)
            running = mine.where(task.c.state == "running", task.c.worker.in_(dead))
            connection.execute(running.values(lease_until=1))
            told = mine.where(task.c.state != "done", task.c.dispatched_at.is_not(None))
            connection.execute(told.values(dispatched_at=1))

    def pool_children(self, worker: Daemon) -> list[int]:
        """Return the processes of a worker that carry out tasks; of one that is dead: none."""
        if not worker.is_running():
            return []
        pools = children_of(worker.pid)
        return [child for pool in pools for child in children_of(pool)]

    def out_dir(self, run_id: str) -> Path:
        return self.store / "runs" / run_id

    def assert_no_orphans(self) -> None:
        """Every process of this world belongs to one that the supervisor started."""
        until_quiet(self.mark, [d.pid for d in self.daemons if d.is_running()])

    def last_words(self) -> str:
        """Return the ends of all logs."""
        return "\n".join(f"--- {d.name}: {d.log[-1500:]}" for d in self.daemons)

    def _daemon(self, name: str, *arguments: str) -> Daemon:
        return Daemon(name, arguments, self.environment, self.folder)


def children_of(pid: int) -> list[int]:
    """Return the processes that one started itself."""
    every = descendants_of(pid)
    below = {each for child in every for each in descendants_of(child)}
    return [child for child in every if child not in below]
