"""Verifiers that misbehave on command: what an answer says is done to the worker.

The workers import this module by the path that a test's `PoolSettings.table` names.
"""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from assay.domain.errors import InvalidTaskError
from assay_rl_rewards.pool.jobs import PoolItem
from assay_rl_rewards.verifier import Decoy, Grade, Task, Verifier


def _loop_in_python() -> None:
    while True:
        sum(range(1000))


def _loop_in_python_and_swallow() -> None:
    while True:
        try:
            _loop_in_python()
        except BaseException:  # noqa: BLE001
            continue


def _loop_in_c() -> None:
    9 ** (9**9)


def _cancel_alarms_and_loop() -> None:
    signal.alarm(0)
    signal.setitimer(signal.ITIMER_REAL, 0)
    _loop_in_python()


def _allocate() -> None:
    blocks = []
    while True:
        blocks.append(bytearray(1 << 24))


def _break_in_c() -> None:
    ctypes.string_at(1)


def _leave() -> None:
    os._exit(0)


def _leave_by_system_exit() -> None:
    sys.exit(3)


def _sleep() -> None:
    time.sleep(60)


def _print() -> None:
    os.write(1, b"text on standard output\n" * 10)
    os.write(2, b"text on standard error\n" * 10)


def _recurse() -> None:
    _recurse()


def _open_socket() -> None:
    socket.create_connection(("127.0.0.1", 9))


def _run_program() -> None:
    subprocess.run(["true"], check=False)


def _run_shell() -> None:
    os.system("true")


def _write_file() -> None:
    Path("hostile.txt").write_text("x", "utf-8")


def _fork() -> None:
    os.fork()


def _kill_parent() -> None:
    os.kill(os.getppid(), signal.SIGKILL)


def _lie_on_the_socket() -> None:
    for descriptor in range(3, 64):
        _try_to_write(descriptor)
    time.sleep(60)


def _try_to_write(descriptor: int) -> None:
    try:
        os.write(descriptor, b"\xff" * 64)
    except OSError:
        return


ACTIONS: Mapping[str, Callable[[], None]] = {
    "loop": _loop_in_python,
    "swallow": _loop_in_python_and_swallow,
    "loop in c": _loop_in_c,
    "cancel alarms": _cancel_alarms_and_loop,
    "allocate": _allocate,
    "segfault": _break_in_c,
    "exit": _leave,
    "system exit": _leave_by_system_exit,
    "sleep": _sleep,
    "print": _print,
    "read slowly": lambda: _spin(0.2),
    "recurse": _recurse,
    "socket": _open_socket,
    "program": _run_program,
    "shell": _run_shell,
    "write": _write_file,
    "fork": _fork,
    "kill parent": _kill_parent,
    "lie": _lie_on_the_socket,
}
LIBC = ctypes.CDLL(None, use_errno=True)


class ObedientVerifier:
    """Does what the answer says, then compares it with the reference."""

    id: ClassVar[str] = "obedient"
    version: ClassVar[int] = 1

    def __init__(self) -> None:
        self.num_graded = 0
        self._hoard = b""

    def read_task(self, task: Task) -> str:
        if task.params.get("act"):
            ACTIONS[str(task.params["act"])]()
        if not isinstance(task.reference, str):
            raise InvalidTaskError("expected a text as reference")
        return task.reference

    def grade(self, task: str, text: str) -> Grade:
        verb, _, argument = text.partition(":")
        self.num_graded += 1
        if text in ACTIONS:
            ACTIONS[text]()
        elif verb == "spin":
            _spin(float(argument))
        elif verb == "syscall":
            return _call(argument)
        elif verb == "count":
            return Grade(1.0, "answers graded", str(self.num_graded))
        elif verb == "hoard":
            self._hoard = bytes(int(argument))
        elif verb == "take":
            bytes(int(argument))
        elif verb == "pid":
            return Grade(1.0, "the worker's", str(os.getpid()))
        elif verb == "score":
            return Grade(float(argument), "as told")
        return Grade(float(text == task), "compared", text, {"length": float(len(text))})

    def render_gold(self, task: str) -> str:
        return task

    def list_decoys(self, task: str) -> Sequence[Decoy]:
        return ()


def _spin(seconds: float) -> None:
    """Use processor time; the process's clock is as coarse as a tick while its timer is set."""
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        sum(range(100))


def _call(name: str) -> Grade:
    """Make a system call past Python, as code that has broken out of it would."""
    calls: Mapping[str, Callable[[], int]] = {
        "socket": lambda: LIBC.socket(socket.AF_INET, socket.SOCK_STREAM, 0),
        "execve": lambda: LIBC.execve(b"/bin/true", None, None),
        "fork": lambda: LIBC.fork(),
        "write file": lambda: LIBC.open(b"/tmp/hostile.txt", os.O_WRONLY | os.O_CREAT, 0o600),
        "kill": lambda: LIBC.kill(os.getppid(), 0),
        "read file": lambda: LIBC.open(b"/etc/hostname", os.O_RDONLY),
    }
    status = calls[name]()
    return Grade(float(status < 0), "refused" if status < 0 else "granted")


VERIFIERS: Mapping[str, Verifier[Any]] = {ObedientVerifier.id: ObedientVerifier()}
WARM_UP = (PoolItem("obedient", {"domain": "math", "reference": "4"}, "4"),) * 3
COLD = (PoolItem("obedient", {"domain": "math", "reference": "4"}, "5"),)
