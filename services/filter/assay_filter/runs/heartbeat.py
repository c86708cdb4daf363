"""Keeps a worker's lease alive while it works, and stops it when the task is not its own any more.

A thread looks every second whether the run goes on and the claim still holds, and renews the lease
in good time. Where not, or where the work takes longer than it may, the work in the main thread is
interrupted, so that a cancelled run lets go of model server and processor within seconds; the fence
refuses whatever it still tries to commit. Work that no interrupt reaches ends with its process.
"""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from sqlalchemy import Engine
from sqlalchemy.exc import DatabaseError

from assay.audit.tasks import Claim, is_ours, renew

CHECK_SECONDS = 1.0
REPEAT_SECONDS = 5.0  # between two interrupts of work that does not let go
GRACE_SECONDS = 30.0  # from the first interrupt to the end of the process
SIGNAL = signal.SIGUSR2


class TaskStopped(KeyboardInterrupt):
    """The task at work was lost or its run was stopped; like Ctrl-C, no rule may swallow it."""


class TaskOverdue(TaskStopped):
    """The task at work took longer than it may."""


class Heartbeat:
    """The pulse of one worker process; make it in the main thread to have work interrupted."""

    def __init__(self, engine: Engine, *, lease_seconds: float) -> None:
        self._engine = engine
        self._lease_seconds = lease_seconds
        self._claim: Claim | None = None
        self._deadline: float | None = None  # by the monotonic clock
        self._reason: type[TaskStopped] | None = None
        self._lock = threading.Lock()
        self._interrupts = threading.current_thread() is threading.main_thread()
        if self._interrupts:
            signal.signal(SIGNAL, self._interrupt)

    @contextmanager
    def beating(self, claim: Claim) -> Iterator[None]:
        """Keep `claim` while the context is open.

        Raises:
            TaskStopped: the claim was lost while the work went on.
            TaskOverdue: the work went on for longer than `limit` said.
        """
        over = threading.Event()
        pulse = threading.Thread(target=self._beat, args=(claim, over), daemon=True)
        with self._lock:
            self._claim, self._deadline, self._reason = claim, None, None
        pulse.start()
        try:
            yield
        finally:
            self._let_go(over, pulse)

    def limit(self, seconds: float | None) -> None:
        """Say how long the work may take from now on; None: as long as it likes."""
        with self._lock:
            self._deadline = None if seconds is None else time.monotonic() + seconds

    def _let_go(self, over: threading.Event, pulse: threading.Thread) -> None:
        try:
            with self._lock:  # from here on nobody is interrupted
                self._claim = None
        finally:
            over.set()
        pulse.join()

    def _beat(self, claim: Claim, over: threading.Event) -> None:
        since_renewal = 0.0
        while not over.wait(CHECK_SECONDS):
            since_renewal += CHECK_SECONDS
            try:
                if since_renewal >= self._lease_seconds / 3:
                    holds = renew(self._engine, claim, lease_seconds=self._lease_seconds)
                    since_renewal = 0.0
                else:
                    holds = is_ours(self._engine, claim)
            except DatabaseError:
                holds = True  # the database is away: the work goes on, and the fence decides
            if not holds or self._is_overdue():
                self._stop(claim, over, TaskOverdue if holds else TaskStopped)
                return

    def _is_overdue(self) -> bool:
        deadline = self._deadline
        return deadline is not None and time.monotonic() > deadline

    def _stop(self, claim: Claim, over: threading.Event, reason: type[TaskStopped]) -> None:
        """Interrupt the main thread until it lets go; an interrupt may be lost in a destructor."""
        main = threading.main_thread().ident
        assert main is not None
        until = time.monotonic() + GRACE_SECONDS
        while self._interrupts:
            with self._lock:
                if self._claim is not claim:
                    return
                self._reason = reason
                signal.pthread_kill(main, SIGNAL)
            if over.wait(REPEAT_SECONDS):
                return
            if time.monotonic() > until:
                os.kill(os.getpid(), signal.SIGKILL)

    def _interrupt(self, _signal: int, _frame: FrameType | None) -> None:
        reason = self._reason
        if reason is not None and self._claim is not None:
            self._reason = None
            raise reason
