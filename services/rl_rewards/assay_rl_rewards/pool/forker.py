"""The process that workers are forked from: all verifiers are imported once and warmed up.

Run by the pool as `python -m assay_rl_rewards.pool.forker DESCRIPTOR`, the descriptor being a
packet socket (`SOCK_SEQPACKET`). It is single-threaded, so that a fork is safe; native libraries
are told not to start threads. A new worker's socket and a descriptor of its process (which, unlike
a number, can never come to mean another process) go to the pool. When the pool goes, so do all.

Packets: the pool sends a `Start` first, then `fork` for each worker; back come `Born`, `Died`,
`Refused`, and `Ready` at the start, as JSON.
"""

import contextlib
import gc
import importlib
import os
import select
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from assay.domain.errors import RewardError
from assay_rl_rewards.final_text import read_final_text
from assay_rl_rewards.pool.child import WorkerLimits, run_worker
from assay_rl_rewards.pool.jobs import PoolItem, encode_task
from assay_rl_rewards.pool.tasks import parse_task
from assay_rl_rewards.verifier import Verifier

FORK = b"fork"
MAX_PACKET_BYTES = 1 << 16
_THREAD_LIMITS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "RAYON_NUM_THREADS")


class Start(BaseModel):
    """What the pool wants: settings of the same names."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    table: str
    warm_up: str | None
    deadline_seconds: float
    memory_bytes: int


class Notice(BaseModel):
    """What the forker tells.

    Attributes:
        kind: `ready`: all is loaded. `born`: a worker, with two descriptors. `died`: a worker has
            ended and is buried. `refused`: the system would not fork.
        versions: of the verifiers, by id.
        pid: the worker's.
        status: its exit code, or minus the signal that ended it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["ready", "born", "died", "refused"]
    versions: Mapping[str, int] = {}
    pid: int = 0
    status: int = 0


class Forker:
    """Forks workers on demand, and buries them."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._pids: dict[int, int] = {}  # by the descriptor of the process
        self._poll = select.poll()
        self._poll.register(control, select.POLLIN)

    def run(self) -> None:
        """Load, then serve until the pool closes its end."""
        start = Start.model_validate_json(self._control.recv(MAX_PACKET_BYTES))
        verifiers: Mapping[str, Verifier[Any]] = _load(start.table)
        if start.warm_up is not None:
            _warm_up(verifiers, _load(start.warm_up))
        gc.collect()
        gc.freeze()  # a collection in a worker would copy every page it marks
        self._tell(Notice(kind="ready", versions={k: v.version for k, v in verifiers.items()}))
        try:
            with contextlib.suppress(BrokenPipeError):  # the pool has left
                self._serve(verifiers, WorkerLimits(start.deadline_seconds, start.memory_bytes))
        finally:
            self._end_all()

    def _serve(self, verifiers: Mapping[str, Verifier[Any]], limits: WorkerLimits) -> None:
        while True:
            for descriptor, _ in self._poll.poll():
                if descriptor in self._pids:
                    self._bury(descriptor)
                elif self._control.recv(MAX_PACKET_BYTES) == FORK:
                    self._fork(verifiers, limits)
                else:
                    return

    def _fork(self, verifiers: Mapping[str, Verifier[Any]], limits: WorkerLimits) -> None:
        ours, theirs = socket.socketpair()
        parent = os.getpid()
        try:
            pid = os.fork()
        except OSError as exc:
            self._tell(Notice(kind="refused", status=exc.errno or 0))
            ours.close()
            theirs.close()
            return
        if pid == 0:
            run_worker(theirs, verifiers, parent=parent, limits=limits)
        theirs.close()
        descriptor = os.pidfd_open(pid)
        self._pids[descriptor] = pid
        self._poll.register(descriptor, select.POLLIN)
        notice = Notice(kind="born", pid=pid).model_dump_json().encode()
        socket.send_fds(self._control, [notice], [ours.fileno(), descriptor])
        ours.close()

    def _bury(self, descriptor: int) -> None:
        pid = self._pids.pop(descriptor)
        self._poll.unregister(descriptor)
        os.close(descriptor)
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        self._tell(Notice(kind="died", pid=pid, status=status))

    def _end_all(self) -> None:
        for descriptor, pid in self._pids.items():
            signal.pidfd_send_signal(descriptor, signal.SIGKILL)
            os.waitpid(pid, 0)

    def _tell(self, notice: Notice) -> None:
        self._control.send(notice.model_dump_json(exclude_defaults=True).encode())


def _load(path: str) -> Any:
    module, _, name = path.partition(":")
    return getattr(importlib.import_module(module), name)


def _warm_up(verifiers: Mapping[str, Verifier[Any]], items: Sequence[PoolItem]) -> None:
    """Grade answers of our own; no answer of a model is ever graded in this process.

    Raises:
        RewardError: one does not score 1, so a verifier is not what it should be.
    """
    for item in items:
        verifier = verifiers[item.verifier]
        task = encode_task(item.task)
        assert task is not None
        grade = verifier.grade(
            verifier.read_task(parse_task(task)), read_final_text(item.text).text
        )
        if grade.score != 1.0:
            raise RewardError(f"expected 1 for {item!r}, found {grade!r}")


def main() -> None:
    """Serve the pool at the other end of the descriptor named on the command line."""
    for name in _THREAD_LIMITS:
        os.putenv(name, "1")
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Forker(socket.socket(fileno=int(sys.argv[1]))).run()


if __name__ == "__main__":
    main()
