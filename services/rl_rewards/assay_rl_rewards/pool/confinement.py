"""What a worker gives up before it sees its first answer: sockets, processes, files, memory.

Several fences, one behind the other: only its own socket stays open; resource limits; no new
privileges; it dies with its parent; a seccomp filter (`syscalls`); and an audit hook, which holds
back Python code alone and is there to name what was tried. Verifiers need none of what is refused.
"""

import contextlib
import ctypes
import os
import resource
import signal
import sys
from pathlib import Path

from assay_rl_rewards.pool.syscalls import refuse_system_calls

MAX_OPEN_FILES = 64

_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38
_REFUSED_EVENTS = frozenset(
    {
        "ctypes.dlopen", "os.chmod", "os.chown", "os.exec", "os.fork", "os.forkpty", "os.kill",
        "os.killpg", "os.link", "os.mkdir", "os.posix_spawn", "os.remove", "os.rename", "os.rmdir",
        "os.spawn", "os.startfile", "os.symlink", "os.system", "os.truncate", "pty.spawn",
        "signal.pthread_kill", "sqlite3.enable_load_extension", "subprocess.Popen",
    }
)  # fmt: skip
_REFUSED_ROOMS = ("socket.", "ftplib.", "http.client.", "imaplib.", "smtplib.", "urllib.")
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def confine(libc: ctypes.CDLL, *, connection: int, parent: int, memory_bytes: int) -> bool:
    """Give up all that is not needed, for good.

    Args:
        libc: the C library, loaded before.
        connection: the one descriptor above 2 that stays open.
        parent: the process to die with.
        memory_bytes: address space to take beyond what there is now.

    Returns:
        Whether the kernel filters system calls.

    Raises:
        OSError: the kernel refused a limit.
    """
    for option, value in ((_PR_SET_PDEATHSIG, signal.SIGKILL), (_PR_SET_NO_NEW_PRIVS, 1)):
        if libc.prctl(option, int(value), 0, 0, 0) != 0:
            raise OSError(f"expected prctl({option}) to be granted")
    if os.getppid() != parent:
        raise OSError("the parent has left")
    _close_all_but(connection)
    with contextlib.suppress(OSError):  # the system's memory killer takes workers first
        Path("/proc/self/oom_score_adj").write_text("1000", "ascii")
    _set_limits(memory_bytes)
    is_filtered = refuse_system_calls(libc)
    sys.addaudithook(_refuse)
    return is_filtered


def _close_all_but(connection: int) -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in range(3):
        os.dup2(nothing, descriptor)
    os.closerange(3, connection)
    os.closerange(connection + 1, max(resource.getrlimit(resource.RLIMIT_NOFILE)[0], 4096))


def _set_limits(memory_bytes: int) -> None:
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    limits = {
        resource.RLIMIT_AS: pages * resource.getpagesize() + memory_bytes,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_NOFILE: MAX_OPEN_FILES,
    }
    if os.geteuid() != 0:  # it does not bind the superuser
        limits[resource.RLIMIT_NPROC] = 0
    for kind, value in limits.items():
        resource.setrlimit(kind, (value, value))


def _refuse(event: str, arguments: tuple[object, ...]) -> None:
    if event == "open":
        flags = arguments[2]
        if isinstance(flags, int) and flags & _WRITING:
            raise PermissionError("a verifier may not write files")
    elif event in _REFUSED_EVENTS or event.startswith(_REFUSED_ROOMS):
        raise PermissionError(f"a verifier may not use {event}")
