"""The health check of containers."""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from assay.web import probe
from assay.web.probe import ask, look_at

BODY = b'{"detail": "the judge cannot be reached"}'


class _Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(int(self.path.strip("/").partition("?")[0]))
        self.send_header("Content-Length", str(len(BODY)))
        self.end_headers()
        self.wfile.write(BODY)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def url() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _Answer)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def run(*arguments: object) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "assay.web.probe", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_a_server_that_answers_200_is_healthy(url: str) -> None:
    assert ask(f"{url}/200") is None
    assert ask(f"{url}/200?full=1") is None
    done = run(f"{url}/200")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("status", [204, 302, 401, 404, 500, 503])
def test_any_other_answer_is_not_and_its_reason_is_told(url: str, status: int) -> None:
    reason = ask(f"{url}/{status}")
    assert reason is not None and str(status) in reason
    if status == 503:
        done = run(f"{url}/503")
        assert done.returncode == 1
        assert "the judge cannot be reached" in done.stderr


def test_nobody_at_the_address_is_not_healthy() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, and nobody listens
        reason = ask(f"http://127.0.0.1:{taken.getsockname()[1]}/readyz")
    assert reason is not None and "ConnectionRefusedError" in reason


def test_a_server_that_says_nothing_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "TIMEOUT_SECONDS", 0.2)
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        reason = ask(f"http://127.0.0.1:{mute.getsockname()[1]}/readyz")
    assert reason is not None and "TimeoutError" in reason


@pytest.mark.parametrize(
    "wrong", ["https://127.0.0.1/readyz", "file:///etc/passwd", "readyz", "http://a:b/", "http://"]
)
def test_an_address_that_is_none_is_refused(wrong: str) -> None:
    reason = ask(wrong)
    assert reason is not None and reason.startswith("expected an http URL")


def test_a_file_is_healthy_as_long_as_it_is_young(tmp_path: Path) -> None:
    path = tmp_path / "alive"
    assert look_at(path, 60) == f"{path}: No such file or directory"
    path.touch()
    assert look_at(path, 60) is None
    long_ago = time.time() - 90
    os.utime(path, (long_ago, long_ago))
    assert look_at(path, 60) == f"{path}: not touched for 90 s"
    assert look_at(path, 120) is None
    assert run("--file", path, "--max-age", 60).returncode == 1
    assert run("--file", path, "--max-age", 120).returncode == 0


def test_it_asks_for_one_thing(tmp_path: Path) -> None:
    assert run().returncode == 2
    assert run("http://127.0.0.1:1/", "--file", tmp_path).returncode == 2


def test_it_needs_nothing_but_the_standard_library() -> None:
    code = "import sys, assay.web.probe; print({'fastapi', 'pydantic'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
