"""One worker as the pool sees it: what it was sent, what it is at, what that has cost so far."""

import asyncio
import contextlib
import os
import signal
import socket
import time
from collections import deque
from collections.abc import Sequence
from enum import Enum
from typing import Protocol

from assay_rl_rewards.pool.frames import (
    MAX_REPLY_BYTES,
    PROGRESS,
    FrameError,
    Frames,
    Order,
    Reply,
    ReplyKind,
    decode_reply,
    encode_order,
)
from assay_rl_rewards.pool.jobs import Job
from assay_rl_rewards.pool.observer import EndCause

_PROGRESS_SECONDS = 0.001
_SCHEDULED_CLOCK = 2  # Linux: low bits of the id of a process's processor-time clock


class Phase(Enum):
    """What a worker does, as far as it has told."""

    STARTING = "starting"
    WAITING = "waiting"  # idle, or what it was sent has not been taken up
    READING = "reading"
    GRADING = "grading"


class Owner(Protocol):
    """Who hears a worker."""

    def worker_ready(self, worker: "WorkerLink") -> None: ...
    def worker_replied(self, worker: "WorkerLink", job: Job, reply: Reply) -> None: ...
    def worker_closed(self, worker: "WorkerLink") -> None: ...


class WorkerLink(asyncio.Protocol):
    """The parent's end of a worker.

    Attributes:
        jobs: what it was sent and has not answered, in order; it is at the first.
        num_sent: jobs in its lifetime.
        is_filtered: the kernel filters its system calls; False before it has told.
        cause: why it is leaving; None while it is not.
        killed_at: the job that it was killed for, where the pool did it.
        exit_status: as the forker tells; None before that.
    """

    def __init__(self, pid: int, process: int, owner: Owner) -> None:
        self.pid = pid
        self.jobs: deque[Job] = deque()
        self.num_sent = 0
        self.is_filtered = False
        self.phase = Phase.STARTING
        self.cause: EndCause | None = None
        self.killed_at: Job | None = None
        self.exit_status: int | None = None
        self.is_closed = False
        self._process = process
        self._owner = owner
        self._frames = Frames(MAX_REPLY_BYTES)
        self._transport: asyncio.Transport | None = None
        self._connection: socket.socket | None = None
        self._begun_at = time.monotonic()
        self._progress_at = self._begun_at
        self._used_before = 0.0
        self._used_last = 0.0

    @property
    def is_leaving(self) -> bool:
        return self.cause is not None or self.is_closed or self.exit_status is not None

    @property
    def is_fresh(self) -> bool:
        """Whether it may take its first answer."""
        return self.num_sent == 0 and not self.is_leaving

    @property
    def is_at_slow(self) -> bool:
        """Whether it is at an answer that has had a first turn; nothing is sent behind such."""
        return bool(self.jobs) and (self.jobs[0].is_slow or self.jobs[0].is_for_fresh)

    @property
    def num_bytes_ahead(self) -> int:
        return sum(job.num_bytes for job in self.jobs)

    async def connect(self, connection: socket.socket) -> None:
        """Talk over our end of its socket."""
        connection.setblocking(False)
        self._connection = connection
        loop = asyncio.get_running_loop()
        await loop.create_unix_connection(lambda: self, sock=connection)

    def send(self, jobs: Sequence[Job]) -> None:
        assert self._transport is not None
        if not self.jobs:
            self._begin(Phase.WAITING)
        self.jobs.extend(jobs)
        self.num_sent += len(jobs)
        self._transport.writelines(
            [encode_order(Order(job.sequence, job.verifier, job.task, job.text)) for job in jobs]
        )

    def take_back(self) -> Sequence[Job]:
        """Return what it has not answered, which is its business no longer."""
        jobs = tuple(self.jobs)
        self.jobs.clear()
        return jobs

    def kill(self, cause: EndCause) -> None:
        """End it at once. It is named by a descriptor, so no other process can be meant."""
        self.cause = self.cause or cause
        self.killed_at = self.jobs[0] if self.jobs else None
        self._end_process()

    def release(self, cause: EndCause) -> None:
        """Let it go: it leaves when its connection closes. It must have no jobs."""
        self.cause = self.cause or cause
        if self._transport is not None:
            self._transport.close()

    def bury(self) -> None:
        """Free what stands for the process; it is dead and everything it said has been heard."""
        os.close(self._process)

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def waited_seconds(self) -> float:
        """On the clock, since the current answer was begun or sent."""
        return time.monotonic() - self._begun_at

    def used_seconds(self) -> float:
        """Processor time since the current answer was begun or sent."""
        return self._used() - self._used_before

    def idle_seconds(self) -> float:
        """On the clock, since it was last seen to get processor time; to be asked repeatedly."""
        used, now = self._used(), time.monotonic()
        if used - self._used_last > _PROGRESS_SECONDS:
            self._used_last, self._progress_at = used, now
        return now - self._progress_at

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        try:
            for payload in self._frames.feed(data):
                self._hear(decode_reply(payload))
        except FrameError:
            self.kill(EndCause.LOST if not self.jobs else EndCause.CRASHED)
            self.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_closed = True
        self._end_process()
        if exc is not None:
            self._read_last_words()
        self._owner.worker_closed(self)

    def _end_process(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._process, signal.SIGKILL)

    def _read_last_words(self) -> None:
        """Hear what it said before it died.

        A transport gives up at a failed write, whatever lies unread; without this an answer that
        has its grade would be taken for the one that the worker died of.
        """
        with contextlib.suppress(OSError):
            while self._connection is not None and (data := self._connection.recv(1 << 16)):
                self.data_received(data)

    def _hear(self, reply: Reply) -> None:
        if reply.kind is ReplyKind.READY and self.phase is Phase.STARTING:
            self._begin(Phase.WAITING)
            self.is_filtered = reply.is_filtered
            self._owner.worker_ready(self)
        elif not self.jobs or self.phase is Phase.STARTING or reply.kind is ReplyKind.READY:
            raise FrameError("a word out of place")
        elif reply.kind in PROGRESS:
            self._begin(Phase.READING if reply.kind is ReplyKind.READING else Phase.GRADING)
        elif reply.sequence != self.jobs[0].sequence:
            raise FrameError("a reply to another order")
        else:
            job = self.jobs.popleft()
            self._begin(Phase.GRADING if reply.has_next else Phase.WAITING)
            self._owner.worker_replied(self, job, reply)

    def _begin(self, phase: Phase) -> None:
        self.phase = phase
        self._begun_at = self._progress_at = time.monotonic()
        self._used_before = self._used_last = self._used()

    def _used(self) -> float:
        """Processor time of the process, seconds; what it was at the last answer once it is gone.

        Source: `clock_getcpuclockid(3)`; the id is the complement of the pid, shifted by 3.
        """
        try:
            return time.clock_gettime((~self.pid << 3) | _SCHEDULED_CLOCK)
        except OSError:
            return self._used_before
