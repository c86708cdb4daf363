"""A seccomp filter: the system calls that no verifier needs are refused by the kernel (EPERM).

No socket can be opened or connected, nothing executed, no process or thread made, no other process
touched, no file made, changed or opened for writing. What a worker already holds, its one socket,
it keeps. Linux on x86-64 and arm64; elsewhere the limits and the audit hook stand alone.

Source: Linux `seccomp(2)`, `include/uapi/linux/{audit,bpf_common,seccomp}.h` and the tables of
system calls of both architectures.
"""

import ctypes
import platform
from collections.abc import Mapping, Sequence
from typing import NamedTuple

_LOAD, _JUMP_IF_EQUAL, _JUMP_IF_AT_LEAST, _JUMP_IF_ANY, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _REFUSE, _NOT_KNOWN, _KILL = 0x7FFF0000, 0x00050001, 0x00050026, 0x80000000
_NUMBER_AT, _ARCHITECTURE_AT, _FIRST_ARGUMENT_AT = 0, 4, 16
_X32_BIT = 0x40000000  # a second table of system calls, reached through the x86-64 one
_WRITING = 0o1 | 0o2 | 0o100 | 0o1000 | 0o2000  # O_WRONLY, O_RDWR, O_CREAT, O_TRUNC, O_APPEND
_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 22, 2


class _Machine(NamedTuple):
    """One architecture: its audit name, refused calls, calls said not to exist, opening calls.

    `opening` maps a call to the place of its flags among the arguments.
    """

    architecture: int
    refused: Sequence[int]
    unknown: Sequence[int]
    opening: Mapping[int, int]


_BOTH_REFUSED = (424, 425, 438)  # pidfd_send_signal, io_uring_setup, pidfd_getfd
_BOTH_UNKNOWN = (435, 437)  # clone3, openat2: their flags lie in memory; callers fall back
_MACHINES: Mapping[str, _Machine] = {
    "x86_64": _Machine(
        0xC000003E,
        (
            *(41, 42, 43, 49, 50, 288),  # socket, connect, accept, bind, listen, accept4
            *(56, 57, 58, 59, 322),  # clone, fork, vfork, execve, execveat
            *(62, 129, 200, 297, 101, 310, 311),  # kill, *sigqueue*, tkill, ptrace, process_vm_*
            *(76, 82, 83, 84, 85, 86, 87, 88, 133),  # truncate, rename ... unlink, symlink, mknod
            *(90, 91, 92, 93, 94, 258, 259, 260, 263, 264, 265, 266, 268, 316),  # chmod, *at
            *(155, 165, 166, 272, 308, 321, 250, 298, 323),  # mounts, namespaces, bpf, keys, perf
        ),
        _BOTH_UNKNOWN,
        {2: 1, 257: 2},  # open, openat
    ),
    "aarch64": _Machine(
        0xC00000B7,
        (
            *(198, 200, 201, 202, 203, 242),  # socket, bind, listen, accept, connect, accept4
            *(220, 221, 281),  # clone, execve, execveat
            *(129, 130, 138, 240, 117, 270, 271),  # kill, tkill, *sigqueue*, ptrace, process_vm_*
            *(33, 34, 35, 36, 37, 38, 45, 276),  # mknodat ... renameat, truncate, renameat2
            *(52, 53, 54, 55),  # fchmod, fchmodat, fchownat, fchown
            *(39, 40, 41, 97, 268, 280, 219, 241, 282),  # mounts, namespaces, bpf, keys, perf
        ),
        _BOTH_UNKNOWN,
        {56: 2},  # openat
    ),
}


class _Instruction(ctypes.Structure):
    _fields_ = [
        ("code", ctypes.c_ushort),
        ("if_true", ctypes.c_ubyte),
        ("if_false", ctypes.c_ubyte),
        ("value", ctypes.c_uint32),
    ]


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.POINTER(_Instruction))]


def refuse_system_calls(libc: ctypes.CDLL) -> bool:
    """Install the filter in this process, for good; say whether the kernel took it.

    The process must have `PR_SET_NO_NEW_PRIVS` set.
    """
    machine = _MACHINES.get(platform.machine())
    if machine is None:
        return False
    lines = _build(machine)
    filter_ = (_Instruction * len(lines))(*(_Instruction(*line) for line in lines))
    program = _Program(len(lines), filter_)
    done = libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0)
    return int(done) == 0


def _build(machine: _Machine) -> Sequence[tuple[int, int, int, int]]:
    """Write the program: each refused call is a comparison and a return, so no jump is long."""
    lines = [
        (_LOAD, 0, 0, _ARCHITECTURE_AT),
        (_JUMP_IF_EQUAL, 1, 0, machine.architecture),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER_AT),
        (_JUMP_IF_AT_LEAST, 0, 1, _X32_BIT),
        (_RETURN, 0, 0, _REFUSE),
    ]
    for number in (*_BOTH_REFUSED, *machine.refused):
        lines += [(_JUMP_IF_EQUAL, 0, 1, number), (_RETURN, 0, 0, _REFUSE)]
    for number in machine.unknown:
        lines += [(_JUMP_IF_EQUAL, 0, 1, number), (_RETURN, 0, 0, _NOT_KNOWN)]
    for number, place in machine.opening.items():
        lines += [
            (_JUMP_IF_EQUAL, 0, 4, number),
            (_LOAD, 0, 0, _FIRST_ARGUMENT_AT + 8 * place),
            (_JUMP_IF_ANY, 0, 1, _WRITING),
            (_RETURN, 0, 0, _REFUSE),
            (_RETURN, 0, 0, _ALLOW),
        ]
    return [*lines, (_RETURN, 0, 0, _ALLOW)]
