"""The worker: reads orders, grades one answer at a time in its main thread, reports each at once.

The processor-time limit is `ITIMER_PROF`: what libraries do with `alarm` and `ITIMER_REAL` (some
cancel whatever is set) does not touch it. It goes off again and again, since a library may swallow
what the handler raises, and it is only the polite way: the parent kills on its own account. After
a limit was met the worker leaves, for it was interrupted at an arbitrary place.
"""

import ctypes
import math
import os
import signal
import socket
import time
from collections.abc import Mapping
from types import FrameType
from typing import Any, NamedTuple, NoReturn

from assay.domain.errors import InvalidTaskError
from assay_rl_rewards.final_text import read_final_text
from assay_rl_rewards.pool.confinement import confine
from assay_rl_rewards.pool.frames import (
    LAST_WORDS,
    MAX_EXTRACTED_CHARS,
    MAX_ORDER_BYTES,
    MAX_PART_NAME_CHARS,
    MAX_PARTS,
    MAX_REASON_CHARS,
    Frames,
    Order,
    Reply,
    ReplyKind,
    decode_order,
    encode_reply,
)
from assay_rl_rewards.pool.kept_tasks import KeptTasks
from assay_rl_rewards.pool.tasks import parse_task
from assay_rl_rewards.verifier import Grade, Verifier

TOO_LONG = "answer_too_long"

_BLOCK_BYTES = 1 << 16
_MAX_TASKS, _MAX_TASK_BYTES = 64, 1 << 22  # that are kept after reading; bytes of JSON
_REPEAT_SECONDS = 0.1
_FAILED_START = 70


class WorkerLimits(NamedTuple):
    """What one answer may take: processor time in seconds, address space in bytes."""

    deadline_seconds: float
    memory_bytes: int


class LimitReached(BaseException):
    """The answer has used its processor time. Not an `Exception`: libraries catch those."""


def run_worker(
    connection: socket.socket,
    verifiers: Mapping[str, Verifier[Any]],
    *,
    parent: int,
    limits: WorkerLimits,
) -> NoReturn:
    """Confine this process and serve orders until the parent closes the connection."""
    code = _FAILED_START
    try:
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        libc = ctypes.CDLL(None, use_errno=True)
        is_filtered = confine(
            libc, connection=connection.fileno(), parent=parent, memory_bytes=limits.memory_bytes
        )
        Worker(connection, verifiers, limits.deadline_seconds).serve(is_filtered=is_filtered)
        code = 0
    finally:
        os._exit(code)


class Worker:
    """Grades what it is sent."""

    def __init__(
        self,
        connection: socket.socket,
        verifiers: Mapping[str, Verifier[Any]],
        deadline_seconds: float,
    ) -> None:
        self._connection = connection
        self._verifiers = verifiers
        self._deadline_seconds = deadline_seconds
        self._frames = Frames(MAX_ORDER_BYTES)
        self._tasks = KeptTasks(max_tasks=_MAX_TASKS, max_bytes=_MAX_TASK_BYTES)
        self._is_limited = False
        self._is_reading = False

    def serve(self, *, is_filtered: bool) -> None:
        """Grade until the connection ends or a limit was met.

        `is_filtered`: whether the kernel filters system calls, which the pool is told.
        """
        signal.signal(signal.SIGPROF, self._interrupt)
        self._tell(Reply(kind=ReplyKind.READY, is_filtered=is_filtered))
        while block := self._connection.recv(_BLOCK_BYTES):
            is_first = True
            for payload in self._frames.feed(block):
                if is_first:
                    self._tell(Reply(kind=ReplyKind.BEGUN))
                    is_first = False
                reply = self._answer(decode_order(payload))
                self._tell(reply)
                if reply.kind in LAST_WORDS:
                    return

    def _tell(self, reply: Reply) -> None:
        self._connection.sendall(encode_reply(reply))

    def _answer(self, order: Order) -> Reply:
        started = time.perf_counter()
        reply = self._limited(order)
        return reply.model_copy(
            update={
                "sequence": order.sequence,
                "has_next": reply.kind not in LAST_WORDS and self._frames.has_next,
                "milliseconds": (time.perf_counter() - started) * 1000,
            }
        )

    def _limited(self, order: Order) -> Reply:
        """Grade, and turn all that may be raised into a reply."""
        self._is_reading = False
        try:
            self._is_limited = True
            self._start_clock()
            reply = self._grade(order)
            self._is_limited = False
        except (LimitReached, TimeoutError):  # ours, or a verifier's own
            reply = self._ended(ReplyKind.TIMEOUT)
        except MemoryError:
            reply = self._ended(ReplyKind.MEMORY)
        except InvalidTaskError as exc:
            reply = Reply(kind=ReplyKind.INVALID_TASK, reason=_clean(str(exc), MAX_REASON_CHARS))
        except BaseException as exc:  # noqa: BLE001  a verifier's fault must not end the worker
            reply = self._ended(ReplyKind.FAILED, type(exc).__name__)
        self._is_limited = False
        signal.setitimer(signal.ITIMER_PROF, 0)
        return reply

    def _start_clock(self) -> None:
        signal.setitimer(signal.ITIMER_PROF, self._deadline_seconds, _REPEAT_SECONDS)

    def _ended(self, kind: ReplyKind, reason: str = "") -> Reply:
        self._is_limited = False
        return Reply(kind=kind, is_task=self._is_reading, reason=reason[:MAX_REASON_CHARS])

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        if self._is_limited:
            raise LimitReached

    def _grade(self, order: Order) -> Reply:
        verifier = self._verifiers[order.verifier]
        task = self._read_task(verifier, order)
        final = read_final_text(order.text.decode("utf-8"))
        if final.is_too_long:
            return Reply(kind=ReplyKind.GRADED, reason=TOO_LONG)
        return _reply_of(verifier.grade(task, final.text))

    def _read_task(self, verifier: Verifier[Any], order: Order) -> Any:
        key = (order.verifier, order.task)
        if key in self._tasks:
            return self._tasks.find(key)
        self._tasks.make_room(key)
        self._is_reading = True
        self._tell(Reply(kind=ReplyKind.READING))
        task = verifier.read_task(parse_task(order.task))
        self._start_clock()  # the answer's time is its own, whoever had read the task before
        self._tell(Reply(kind=ReplyKind.BEGUN))
        self._is_reading = False
        self._tasks.keep(key, task)
        return task


def _reply_of(grade: Grade) -> Reply:
    """Bound a grade; its numbers must be numbers.

    Raises:
        ValueError: a score outside 0 to 1, or a part that is not finite.
    """
    if not 0.0 <= grade.score <= 1.0 or not all(map(math.isfinite, grade.parts.values())):
        raise ValueError("expected a score of 0 to 1 and finite parts")
    extracted = grade.extracted
    return Reply(
        kind=ReplyKind.GRADED,
        score=float(grade.score),
        reason=_clean(grade.reason, MAX_REASON_CHARS),
        extracted=None if extracted is None else _clean(extracted, MAX_EXTRACTED_CHARS),
        parts={
            name[:MAX_PART_NAME_CHARS]: float(value)
            for name, value in list(grade.parts.items())[:MAX_PARTS]
        },
    )


def _clean(text: str, max_chars: int) -> str:
    return text[:max_chars].encode("utf-8", "replace").decode("utf-8")
