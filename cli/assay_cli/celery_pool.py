"""Celery's pool as a child process of `assay worker`, which decides when it goes.

Celery's own soft shutdown sleeps through its whole time even when the tasks at hand end at once, so
the pace is set here: no more messages, then some time for the tasks at hand, then the rest is given
back. The pool ends when this process does, however that comes: it reads a pipe that breaks.
"""

import os
import signal
import subprocess
import sys

from assay_cli.settings import WorkerSettings, environment_with

END_SECONDS = 15.0  # from giving the messages back to the end of the pool


class CeleryPool:
    """The processes that carry out tasks; `name` begins the names of all of them."""

    def __init__(self, settings: WorkerSettings, num_workers: int) -> None:
        """Start the pool; its secrets travel in the environment, never in arguments."""
        command = [sys.executable, "-m", "celery", "--quiet", "-A", "assay_cli.celery_worker"]
        options = ["worker", "--concurrency", str(num_workers)]
        options += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
        self._process = subprocess.Popen(
            [*command, *options],
            env=environment_with(ASSAY_DATABASE_URL=settings.database_url),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,  # Celery's words to a person at a terminal
            start_new_session=True,  # Ctrl-C comes to this process, which passes it on in order
        )
        self.name = pool_name(self._process.pid)

    @property
    def code(self) -> int | None:
        """The exit code of a pool that ended by itself; None while it works."""
        return self._process.poll()

    def leave(self, grace_seconds: float) -> None:
        """Take no more tasks, let those at hand end for so long, and end the pool."""
        for number, seconds in (
            (signal.SIGTERM, grace_seconds),
            (signal.SIGQUIT, END_SECONDS),
            (signal.SIGKILL, None),
        ):
            if self._process.poll() is None:
                self._send(number)
            try:
                self._process.wait(seconds)
                break
            except subprocess.TimeoutExpired:
                continue
        assert self._process.stdin is not None
        self._process.stdin.close()

    def _send(self, number: signal.Signals) -> None:
        if number is signal.SIGKILL:
            os.killpg(self._process.pid, number)  # its children would work on without it
        else:
            self._process.send_signal(number)


def pool_name(pid: int) -> str:
    """Return what the names of a pool's workers begin with; `pid` is that of its parent process."""
    return f"{os.uname().nodename}:{pid}"
