"""The pool's end of the forker: starts it, asks for workers, hears of births and deaths.

Callbacks run in the event loop. A lost forker takes all its workers with it; what they were at is
no answer's doing.
"""

import array
import asyncio
import contextlib
import os
import socket
import sys
from collections.abc import Mapping
from typing import NamedTuple, Protocol, Self

from assay.domain.errors import RewardError
from assay_rl_rewards.pool.forker import FORK, MAX_PACKET_BYTES, Notice, Start
from assay_rl_rewards.pool.settings import PoolSettings

_NUM_DESCRIPTORS = 2
_LEAVING_SECONDS = 5.0


class Born(NamedTuple):
    """A new worker: its process number, a descriptor of the process, our end of its socket."""

    pid: int
    process: int
    connection: socket.socket


class Kin(Protocol):
    """Who hears of the workers."""

    def born(self, worker: Born) -> None: ...
    def died(self, pid: int, status: int) -> None: ...
    def refused(self) -> None: ...
    def forker_lost(self) -> None: ...


class WorkerSource(Protocol):
    """Where workers come from."""

    @property
    def pid(self) -> int: ...
    def listen(self, kin: Kin) -> None: ...
    def ask(self) -> None: ...
    async def close(self) -> None: ...


class Nursery:
    """One forker process. `versions` are those of the verifiers that it has loaded."""

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        control: socket.socket,
        versions: Mapping[str, int],
    ) -> None:
        self.versions = versions
        self.pid = process.pid
        self._process = process
        self._control = control
        self._is_open = True

    @classmethod
    async def open(cls, settings: PoolSettings) -> Self:
        """Start a forker and wait until it has loaded everything.

        Raises:
            RewardError: it ended, or took longer than `startup_seconds`.
        """
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        with theirs:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "assay_rl_rewards.pool.forker", str(theirs.fileno())),
                pass_fds=(theirs.fileno(),),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                start_new_session=True,
            )
        try:
            async with asyncio.timeout(settings.startup_seconds):
                notice = await _greet(ours, settings)
        except BaseException as exc:
            ours.close()
            await _end(process)
            if isinstance(exc, OSError | ValueError):  # a TimeoutError is an OSError
                raise RewardError(f"the verifiers could not be loaded: {exc!r}") from exc
            raise
        return cls(process, ours, notice.versions)

    def listen(self, kin: Kin) -> None:
        """Bring births and deaths to `kin` from now on."""
        asyncio.get_running_loop().add_reader(self._control, self._hear, kin)

    def ask(self) -> None:
        """Ask for one worker; `born` or `refused` follows."""
        with contextlib.suppress(ConnectionError):  # `forker_lost` follows
            self._control.send(FORK)

    async def close(self) -> None:
        """End the forker and every worker that is left."""
        self._shut()
        await _end(self._process)

    def _shut(self) -> None:
        if self._is_open:
            self._is_open = False
            asyncio.get_running_loop().remove_reader(self._control)
            self._control.close()

    def _hear(self, kin: Kin) -> None:
        while self._is_open:
            try:
                packet, descriptors = _receive(self._control)
            except BlockingIOError:
                return
            except ConnectionError:
                packet, descriptors = b"", []
            if not packet:
                self._shut()
                kin.forker_lost()
                return
            notice = Notice.model_validate_json(packet)
            if notice.kind == "born":
                connection, process = descriptors
                kin.born(Born(notice.pid, process, socket.socket(fileno=connection)))
            elif notice.kind == "died":
                kin.died(notice.pid, notice.status)
            elif notice.kind == "refused":
                kin.refused()


async def _greet(control: socket.socket, settings: PoolSettings) -> Notice:
    loop = asyncio.get_running_loop()
    start = Start(
        table=settings.table,
        warm_up=settings.warm_up,
        deadline_seconds=settings.deadline_seconds,
        memory_bytes=settings.memory_bytes,
    )
    await loop.sock_sendall(control, start.model_dump_json().encode())
    return Notice.model_validate_json(await loop.sock_recv(control, MAX_PACKET_BYTES))


def _receive(control: socket.socket) -> tuple[bytes, list[int]]:
    """Receive a packet and the descriptors with it, which children of ours will not inherit."""
    space = socket.CMSG_SPACE(_NUM_DESCRIPTORS * array.array("i").itemsize)
    packet, extras, _, _ = control.recvmsg(MAX_PACKET_BYTES, space, socket.MSG_CMSG_CLOEXEC)
    descriptors = array.array("i")
    for _, _, data in extras:
        descriptors.frombytes(data)
    return packet, list(descriptors)


async def _end(process: asyncio.subprocess.Process) -> None:
    """Wait for the forker, which leaves when its socket closes; kill it where it does not."""
    try:
        async with asyncio.timeout(_LEAVING_SECONDS):
            await process.wait()
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, 9)
        await process.wait()
