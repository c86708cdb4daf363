"""The judge service as a process of its own, started by the command line."""

import os
import signal
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
from tests.integration.commands import warm_server

START_SECONDS = 60.0
SAMPLE = {
    "messages": [
        {"role": "user", "content": "What is 12 * 12?"},
        {"role": "assistant", "content": "It is 144."},
    ]
}


class ServiceProcess:
    """`assay serve judge` with options and ASSAY_* variables; `log` is what it told so far."""

    def __init__(self, *options: str, **environment: str) -> None:
        clean = {k: v for k, v in os.environ.items() if not k.startswith("ASSAY_")}
        self._log = Path(tempfile.mkdtemp(prefix="assay-judge-")) / "log"
        self._process = warm_server().open(
            ["serve", "judge", "--port", "0", *options],
            out=Path(os.devnull),
            err=self._log,
            env=clean | environment,
        )
        self.port = 0

    @property
    def log(self) -> str:
        return self._log.read_text() if self._log.exists() else ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> "ServiceProcess":
        self.port = int(self._started().split("port=")[1].split()[0])
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self.end()

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        return httpx.request(method, self.url + path, timeout=30, trust_env=False, **options)

    def score(self, **options: Any) -> httpx.Response:
        return self.ask("POST", "/v1/score", **({"json": {"sample": SAMPLE}} | options))

    def status_of(self, path: str) -> int:
        return self.ask("GET", path).status_code

    def until_ready(self) -> None:
        until("the service is ready", lambda: self.status_of("/readyz") == 200)

    def send(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def end(self) -> int:
        """Wait for its end and return its exit code."""
        return self._process.wait(30)

    def _started(self) -> str:
        found: list[str] = []

        def is_there() -> bool:
            assert self._process.poll() is None, self.log
            found[:] = [line for line in self.log.splitlines() if "event=service.started" in line]
            return bool(found)

        until("the service starts", is_there, START_SECONDS)
        return found[0]


def until(claim: str, is_true: Callable[[], object], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < deadline, f"expected that {claim}"
        time.sleep(0.02)
