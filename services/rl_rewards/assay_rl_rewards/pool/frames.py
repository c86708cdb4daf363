"""What parent and worker say to each other over their socket: length-prefixed frames.

To the worker go orders (a struct head and three byte strings, nothing encoded twice); back come
replies in JSON, for they are the words of a process that has handled hostile text: they are parsed
as strictly as a request from outside, and never unpickled. A worker reports each answer as soon as
it is graded, and says whether it holds the next one, so the parent always knows which answer a
worker is at.
"""

import struct
from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

MAX_REPLY_BYTES = 1 << 16
MAX_ORDER_BYTES = 1 << 28
MAX_REASON_CHARS = 200
MAX_EXTRACTED_CHARS = 400
MAX_PARTS = 64
MAX_PART_NAME_CHARS = 64

_LENGTH = struct.Struct(">I")
_ORDER = struct.Struct(">QHI")


class FrameError(Exception):
    """The other side does not speak the protocol."""


class Order(NamedTuple):
    """One answer to grade: UTF-8 text, and the task as JSON."""

    sequence: int
    verifier: str
    task: bytes
    text: bytes


class ReplyKind(StrEnum):
    """What a worker tells.

    `ready`: it is confined and waits. `begun`: it holds the answer it was sent and grades it.
    `reading`: before grading, it reads the task of that answer. The others end an answer; after
    `timeout` and `memory` the worker leaves, for its state cannot be trusted.
    """

    READY = "ready"
    BEGUN = "begun"
    READING = "reading"
    GRADED = "graded"
    INVALID_TASK = "invalid_task"
    TIMEOUT = "timeout"
    MEMORY = "memory"
    FAILED = "failed"


PROGRESS = (ReplyKind.READY, ReplyKind.BEGUN, ReplyKind.READING)
LAST_WORDS = (ReplyKind.TIMEOUT, ReplyKind.MEMORY)


class Reply(BaseModel):
    """One word of a worker.

    Attributes:
        sequence: of the order that it ends; 0 for progress.
        is_filtered: `ready`: the kernel refuses the worker's other system calls.
        has_next: the next order lies in the worker's hands and is begun at once.
        is_task: `timeout`, `memory` and `failed` came of the task, before the answer was looked at.
        reason: the grade's, the task's error, or the class of what a verifier raised.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    kind: ReplyKind = Field(strict=False)
    sequence: int = Field(default=0, ge=0)
    is_filtered: bool = False
    has_next: bool = False
    is_task: bool = False
    milliseconds: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    score: float = Field(default=0.0, ge=0, le=1, allow_inf_nan=False)
    reason: str = Field(default="", max_length=MAX_REASON_CHARS)
    extracted: str | None = Field(default=None, max_length=MAX_EXTRACTED_CHARS)
    parts: dict[str, float] = Field(default_factory=dict, max_length=MAX_PARTS)


class Frames:
    """Cuts a stream of bytes into frames; holds what is not complete yet."""

    def __init__(self, max_bytes: int) -> None:
        self._held = bytearray()
        self._max_bytes = max_bytes

    def feed(self, block: bytes) -> Iterator[bytes]:
        """Yield the frames that are complete with `block`.

        Raises:
            FrameError: a frame would be longer than allowed.
        """
        self._held += block
        while (end := self._end()) is not None:
            frame = bytes(self._held[_LENGTH.size : end])
            del self._held[:end]
            yield frame

    @property
    def has_next(self) -> bool:
        """Whether a whole frame is held."""
        return self._end() is not None

    def _end(self) -> int | None:
        if len(self._held) < _LENGTH.size:
            return None
        (length,) = _LENGTH.unpack_from(self._held)
        if length > self._max_bytes:
            raise FrameError(f"expected at most {self._max_bytes} bytes, found {length}")
        end = _LENGTH.size + int(length)
        return end if len(self._held) >= end else None


def frame(payload: bytes) -> bytes:
    """Return a payload with its length before it."""
    return _LENGTH.pack(len(payload)) + payload


def encode_order(order: Order) -> bytes:
    """Return the frame of an order."""
    verifier = order.verifier.encode()
    length = _ORDER.size + len(verifier) + len(order.task) + len(order.text)
    head = _ORDER.pack(order.sequence, len(verifier), len(order.task))
    return b"".join((_LENGTH.pack(length), head, verifier, order.task, order.text))


def decode_order(payload: bytes) -> Order:
    """Return the order of a frame of the parent's."""
    sequence, verifier_size, task_size = _ORDER.unpack_from(payload)
    task_at = _ORDER.size + verifier_size
    text_at = task_at + task_size
    verifier = payload[_ORDER.size : task_at].decode()
    return Order(sequence, verifier, payload[task_at:text_at], payload[text_at:])


def encode_reply(reply: Reply) -> bytes:
    """Return the frame of a reply."""
    return frame(reply.model_dump_json(exclude_defaults=True).encode())


def decode_reply(payload: bytes) -> Reply:
    """Return what a worker said.

    Raises:
        FrameError: it is not a reply; such a worker is not to be trusted any further.
    """
    try:
        return Reply.model_validate_json(payload)
    except ValidationError as exc:
        raise FrameError(f"not a reply: {exc.error_count()} errors") from None
