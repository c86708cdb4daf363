"""Finds the samples of a chunk that end the process that works on them.

A chunk whose workers died again and again is gone through sample by sample in a child process; the
sample at which the child dies, or stands still, is the culprit, and another child goes on behind
it. A sample that fails is one too, and the same child goes on. What is found goes into quarantine
with its reason; the rest of the chunk is worked on as ever.
"""

import multiprocessing
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from typing import Any

from assay.domain.errors import AssayError, RunStateError
from assay_filter.runs.process import settle_in

SAMPLE_SECONDS = 300.0  # for one sample, the start of the child included
MAX_POISON = 20  # of one chunk; more is no sample's fault


def find_poison(
    try_one: Callable[[Any, int], None],
    task: Any,
    positions: Sequence[int],
    *,
    sample_seconds: float = SAMPLE_SECONDS,
) -> frozenset[int]:
    """Return the positions at which a process dies, fails or stands still.

    Args:
        try_one: works on one position of the task; importable and picklable, as is `task`.
        task: the chunk's task.
        positions: where to look, in order.
        sample_seconds: how long one sample may take.

    Raises:
        RunStateError: more than 20 positions are bad: the fault is elsewhere (memory, disk).
    """
    poison: set[int] = set()
    left = list(positions)
    while left:
        reached = _go_through(try_one, task, left, poison, sample_seconds)
        if len(poison) > MAX_POISON:
            raise RunStateError(
                f"expected few samples that end their worker, found more than {MAX_POISON} in one "
                "chunk: memory or disk of this machine is short, or the installation is broken"
            )
        left = left[reached + 1 :]
    return frozenset(poison)


def _go_through(
    try_one: Callable[[Any, int], None],
    task: Any,
    positions: list[int],
    poison: set[int],
    sample_seconds: float,
) -> int:
    """Add what one child finds to `poison`, until it ends or there is too much of it.

    Returns:
        The last index reached.
    """
    ours, theirs = multiprocessing.Pipe(duplex=False)
    child = multiprocessing.get_context("spawn").Process(
        target=_try_all, args=(theirs, try_one, task, positions), daemon=True
    )
    child.start()
    theirs.close()
    reached = 0
    try:
        while ours.poll(sample_seconds):
            told = ours.recv_bytes()
            if told == b"done":
                return len(positions) - 1
            reached = int(told.removeprefix(b"!"))
            if told.startswith(b"!"):
                poison.add(positions[reached])
                if len(poison) > MAX_POISON:
                    return reached
    except EOFError:
        pass  # the child died: what it had begun is the culprit
    finally:
        child.kill()
        child.join()
        ours.close()
    poison.add(positions[reached])
    return reached


def _try_all(
    theirs: Connection, try_one: Callable[[Any, int], None], task: Any, positions: list[int]
) -> None:
    settle_in()
    for index, position in enumerate(positions):
        theirs.send_bytes(str(index).encode())
        try:
            try_one(task, position)
        except AssayError:
            continue  # known and handled where the chunk is worked on
        except Exception:  # noqa: BLE001  told to the parent, which names the sample
            theirs.send_bytes(f"!{index}".encode())
    theirs.send_bytes(b"done")
