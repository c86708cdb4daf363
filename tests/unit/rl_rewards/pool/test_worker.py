"""The parent's end of a worker: what it takes for the worker's word, and what it does not lose."""

import asyncio
import os
import socket
import subprocess
from collections.abc import Iterator, Sequence

import pytest

from assay_rl_rewards.pool.frames import Reply, ReplyKind, encode_reply, frame
from assay_rl_rewards.pool.jobs import Job
from assay_rl_rewards.pool.observer import EndCause
from assay_rl_rewards.pool.worker import Phase, WorkerLink

HANG_SECONDS = 20.0
READY = Reply(kind=ReplyKind.READY)
BEGUN = Reply(kind=ReplyKind.BEGUN)


class Hearer:
    """Keeps what a worker says."""

    def __init__(self) -> None:
        self.heard: list[int] = []
        self.closed = asyncio.Event()
        self.ready = asyncio.Event()

    def worker_ready(self, worker: WorkerLink) -> None:
        self.ready.set()

    def worker_replied(self, worker: WorkerLink, job: Job, reply: Reply) -> None:
        self.heard.append(job.sequence)

    def worker_closed(self, worker: WorkerLink) -> None:
        self.closed.set()


@pytest.fixture
def pid() -> Iterator[int]:
    with subprocess.Popen(["sleep", "60"]) as process:
        yield process.pid
        process.kill()


def _job(sequence: int) -> Job:
    return Job(sequence, b"%d" % sequence, "math", b"{}", b"", 0.0)


def _graded(sequence: int, *, has_next: bool) -> Reply:
    return Reply(kind=ReplyKind.GRADED, sequence=sequence, score=1.0, has_next=has_next)


async def _linked(pid: int, hearer: Hearer) -> tuple[WorkerLink, socket.socket]:
    ours, theirs = socket.socketpair()
    link = WorkerLink(pid, os.pidfd_open(pid), hearer)
    await link.connect(ours)
    theirs.sendall(encode_reply(READY))
    await asyncio.wait_for(hearer.ready.wait(), HANG_SECONDS)
    return link, theirs


def test_last_words_are_heard_although_a_write_has_failed(pid: int) -> None:
    async def die_before_a_write() -> tuple[Sequence[int], WorkerLink]:
        hearer = Hearer()
        link, theirs = await _linked(pid, hearer)
        link.send([_job(1), _job(2), _job(3)])
        said = (BEGUN, _graded(1, has_next=True), _graded(2, has_next=True))
        theirs.sendall(b"".join(map(encode_reply, said)))
        theirs.close()
        link.send([_job(4)])
        await asyncio.wait_for(hearer.closed.wait(), HANG_SECONDS)
        link.bury()
        return hearer.heard, link

    heard, link = asyncio.run(die_before_a_write())
    assert heard == [1, 2]
    assert [job.sequence for job in link.jobs] == [3, 4]
    assert link.phase is Phase.GRADING


@pytest.mark.parametrize(
    "said",
    [
        frame(b"no reply"),
        b"\xff" * 8,
        encode_reply(_graded(7, has_next=False)),
        encode_reply(_graded(1, has_next=False)) * 2,
        encode_reply(READY),
    ],
)
def test_worker_that_speaks_nonsense_is_ended(pid: int, said: bytes) -> None:
    async def speak() -> WorkerLink:
        hearer = Hearer()
        link, theirs = await _linked(pid, hearer)
        link.send([_job(1)])
        theirs.sendall(encode_reply(BEGUN) + said)
        await asyncio.wait_for(hearer.closed.wait(), HANG_SECONDS)
        theirs.close()
        link.bury()
        return link

    link = asyncio.run(speak())
    assert link.cause in (EndCause.CRASHED, EndCause.LOST)
    assert not link.is_at_slow
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -9
