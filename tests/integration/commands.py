"""Starts `assay` commands as real processes, each with a deadline after which it is killed.

`ForkServer` starts them from a warm interpreter (see `fork_server`), `run_command` from a cold one,
as a user would. `WarmProcess` is what stays: a service, a worker.
"""

import atexit
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
DEADLINE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Finished:
    """How a command ended; a negative code is the signal that ended it."""

    code: int
    out: str
    err: str
    max_rss_bytes: int = 0  # of the largest of its processes, where it was measured
    calls: Path | None = None  # where `fault_points` counted


@dataclass(frozen=True, slots=True)
class Running:
    """A command at work."""

    pid: int
    out: Path
    err: Path
    calls: Path


class ForkServer:
    """Starts commands, any number at once."""

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self._num_started = 0
        self._ended: dict[int, Mapping[str, int]] = {}
        self._pending = b""
        self._lock = threading.RLock()
        self._server = subprocess.Popen(
            [sys.executable, "-m", "tests.integration.fork_server"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        self._receive(time.monotonic() + DEADLINE_SECONDS, "ready")

    def close(self) -> None:
        assert self._server.stdin is not None and self._server.stdout is not None
        self._server.stdin.close()
        self._server.wait(10)
        self._server.stdout.close()

    def run(self, arguments: Sequence[object], **settings: Any) -> Finished:
        """Run a command to its end; see `start` for the settings."""
        deadline = settings.pop("deadline_seconds", DEADLINE_SECONDS)
        return self.wait(self.start(arguments, **settings), deadline_seconds=deadline)

    def start(
        self,
        arguments: Sequence[object],
        *,
        cwd: Path,
        fault: Mapping[str, object] | None = None,
        env: Mapping[str, str] | None = None,
        stdin: Path = Path("/dev/null"),
        max_file_bytes: int | None = None,
    ) -> Running:
        """Start a command.

        Args:
            arguments: what follows `assay`.
            cwd: the folder in which it runs.
            fault: an order for `fault_points.arm`.
            env: variables beside the plain ones.
            stdin: the file that it reads as standard input.
            max_file_bytes: writing a file beyond this fails as on a full disk.
        """
        self._num_started += 1
        names = ("out", "err", "calls")
        out, err, calls = (self._scratch / f"{self._num_started}.{name}" for name in names)
        if fault is not None and "failing" not in fault:
            calls.mkdir()
            fault = {**fault, "calls": str(calls)}
        order = {
            "arguments": [str(argument) for argument in arguments],
            "cwd": str(cwd),
            "stdin": str(stdin),
            "stdout": str(out),
            "stderr": str(err),
            "env": {**_plain_environment(), **(env or {})},
            "fault": fault,
            "max_file_bytes": max_file_bytes,
        }
        return Running(self._send(order), out, err, calls)

    def open(
        self, arguments: Sequence[object], *, out: Path, err: Path, env: Mapping[str, str]
    ) -> "WarmProcess":
        """Start a command that stays; its environment is `env` and nothing else.

        Args:
            arguments: what follows `assay`.
            out: the file that its standard output is added to.
            err: the file that its standard error is added to.
            env: all its variables.
        """
        order = {
            "arguments": [str(argument) for argument in arguments],
            "cwd": str(Path.cwd()),
            "stdin": "/dev/null",
            "stdout": str(out),
            "stderr": str(err),
            "whole_env": dict(env),
            "fault": None,
            "max_file_bytes": None,
        }
        return WarmProcess(self, self._send(order))

    def end_of(self, pid: int, deadline: float) -> int | None:
        """Return the exit code of a command; None where it is still there at the deadline."""
        with self._lock:
            try:
                while pid not in self._ended:
                    self._receive(deadline, "status")
            except TimeoutError:
                return None
            return os.waitstatus_to_exitcode(self._ended[pid]["status"])

    def _send(self, order: Mapping[str, Any]) -> int:
        with self._lock:
            assert self._server.stdin is not None
            self._server.stdin.write(json.dumps(order).encode() + b"\n")
            self._server.stdin.flush()
            return self._receive(time.monotonic() + DEADLINE_SECONDS, "pid")

    def wait(self, running: Running, *, deadline_seconds: float = DEADLINE_SECONDS) -> Finished:
        """Wait for a command's end, and for that of its workers."""
        deadline = time.monotonic() + deadline_seconds
        if self.end_of(running.pid, deadline) is None:
            os.killpg(running.pid, signal.SIGKILL)
            raise AssertionError(
                f"the command did not end within {deadline_seconds} s: {running.err.read_text()}"
            )
        wait_for_group(running.pid)
        end = self._ended.pop(running.pid)
        return Finished(
            os.waitstatus_to_exitcode(end["status"]),
            running.out.read_text(),
            running.err.read_text(),
            end["max_rss_kib"] << 10,
            running.calls,
        )

    def _receive(self, deadline: float, wanted: str) -> int:
        """Take messages until one has the key `wanted`; keep the ends among them."""
        assert self._server.stdout is not None
        while True:
            line, separator, rest = self._pending.partition(b"\n")
            if not separator:
                left = max(0.0, deadline - time.monotonic())
                if not select.select([self._server.stdout], [], [], left)[0]:
                    raise TimeoutError(f"no {wanted!r} from the fork server")
                block = os.read(self._server.stdout.fileno(), 1 << 16)
                assert block, "the fork server ended"
                self._pending += block
                continue
            self._pending = rest
            message = json.loads(line)
            if "status" in message:
                self._ended[message["pid"]] = message
            if wanted in message and (wanted == "status" or "status" not in message):
                return int(message[wanted])


class WarmProcess:
    """A command that stays, from a warm interpreter; it is used as a `subprocess.Popen` is."""

    def __init__(self, server: ForkServer, pid: int) -> None:
        self._server = server
        self.pid = pid

    def poll(self) -> int | None:
        """Return its exit code; None while it is there."""
        return self._server.end_of(self.pid, time.monotonic())

    def wait(self, timeout: float = DEADLINE_SECONDS) -> int:
        """Return its exit code.

        Raises:
            subprocess.TimeoutExpired: it is still there after so many seconds.
        """
        code = self._server.end_of(self.pid, time.monotonic() + timeout)
        if code is None:
            raise subprocess.TimeoutExpired(["assay"], timeout)
        return code

    def send_signal(self, number: int) -> None:
        """Send a signal; one that has ended gets none."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


@cache
def warm_server() -> ForkServer:
    """The fork server of this test process, started at its first use."""
    folder = tempfile.TemporaryDirectory(prefix="assay-commands-")
    server = ForkServer(Path(folder.name))
    atexit.register(folder.cleanup)
    atexit.register(server.close)
    return server


def run_command(
    arguments: Sequence[object],
    *,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    stdin: bytes = b"",
    deadline_seconds: float = 120.0,
) -> Finished:
    """Run `assay` from a cold interpreter."""
    done = subprocess.run(
        command_line(arguments),
        cwd=cwd,
        env={**os.environ, **_plain_environment(), **(env or {})},
        input=stdin,
        capture_output=True,
        timeout=deadline_seconds,
        check=False,
    )
    return Finished(done.returncode, done.stdout.decode(), done.stderr.decode())


def command_line(arguments: Sequence[object]) -> list[str]:
    """Return the command line that the console script `assay` stands for."""
    return [sys.executable, "-m", "assay_cli", *(str(argument) for argument in arguments)]


def wait_until(claim: Callable[[], bool], *, seconds: float = 20.0) -> None:
    """Wait for something that soon becomes true."""
    deadline = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.002)


def wait_for_group(group: int, *, seconds: float = 20.0) -> None:
    """Wait until no process of a command's group is at work: workers end after their parent."""
    deadline = time.monotonic() + seconds
    while any(_group_of(entry) == group for entry in Path("/proc").glob("[0-9]*")):
        assert time.monotonic() < deadline, f"processes of group {group} outlive their command"
        time.sleep(0.01)


def _group_of(entry: Path) -> int | None:
    """Return the group of a process; None of one that has ended or is a zombie."""
    try:
        state, _, group, *_ = (entry / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if state in "ZX" else int(group)


def children_of(pid: int) -> list[int]:
    """Return the processes that `pid` started."""
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    try:
        return [int(child) for child in listed.read_text().split()]
    except FileNotFoundError:
        return []


def _plain_environment() -> dict[str, str]:
    return {"COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"}
