"""Processes of a world: killed as a crash would, started again as a supervisor would.

All of them carry the mark of their world in their environment, and so do their children: what is
left over is found by it, whoever its parent is by then.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from tests.integration.deployment.server_home import descendants_of, is_gone, until

MARK = "ASSAY_CHAOS_WORLD"
START_SECONDS = 120.0


class Daemon:
    """`assay ...` with its settings, as often as it is started; `log` is what all of them told."""

    def __init__(
        self, name: str, arguments: Sequence[str], environment: Mapping[str, str], folder: Path
    ) -> None:
        self.name = name
        self.log_path = folder / f"{name}.log"
        self._command = [sys.executable, "-m", "assay_cli", *arguments]
        clean = {k: v for k, v in os.environ.items() if not k.startswith("ASSAY_")}
        self._environment = clean | dict(environment)
        self._process: subprocess.Popen[bytes] | None = None
        self.num_starts = 0

    @property
    def pid(self) -> int:
        assert self._process is not None, f"{self.name} was not started"
        return self._process.pid

    @property
    def log(self) -> str:
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def start(self) -> None:
        """Start it; it need not be ready when this returns."""
        self.num_starts += 1
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._environment,
                start_new_session=True,
            )

    def until_told(self, event: str) -> None:
        """Wait until each start was told in the log."""

        def is_told() -> bool:
            assert self._process is None or self._process.poll() is None, self.log[-3000:]
            return self.log.count(f"event={event}") >= self.num_starts

        until(f"{self.name} says {event}", is_told, START_SECONDS, told=lambda: self.log[-3000:])

    def kill(self) -> None:
        """End it and all that it started, as the end of its container would; twice is nothing."""
        if self._process is None:
            return
        pids = [self.pid, *descendants_of(self.pid)]
        kill_all(pids)
        self._process.wait()
        self._process = None
        until("the killed processes are gone", lambda: all(map(is_gone, pids)), 30)

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None


def kill_all(pids: Sequence[int]) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def pids_of_world(mark: str) -> set[int]:
    """Return the processes that carry a world's mark; zombies are none."""
    wanted = f"{MARK}={mark}".encode()
    found = set()
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(FileNotFoundError, ProcessLookupError, PermissionError):
            if wanted in (entry / "environ").read_bytes().split(b"\0"):
                found.add(int(entry.name))
    return {pid for pid in found if not is_gone(pid)}


def until_quiet(mark: str, owners: Sequence[int], seconds: float = 90.0) -> None:
    """Wait until no process of a world lives but its owners and what they started.

    Raises:
        AssertionError: some process outlives those that started it.
    """

    def orphans() -> set[int]:
        kept = {pid for owner in owners for pid in [owner, *descendants_of(owner)]}
        return pids_of_world(mark) - kept

    deadline = time.monotonic() + seconds
    while left := orphans():
        assert time.monotonic() < deadline, f"orphans: {[_words_of(pid) for pid in left]}"
        time.sleep(0.2)


def _words_of(pid: int) -> str:
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    return "?"
