"""Cuts blocks of bytes into lines, in bounded memory.

A line longer than the limit is hashed and skipped block by block, never held. Line numbers count
every line; blank ones are not delivered. The result does not depend on how the bytes are cut into
blocks.
"""

from collections.abc import Iterable, Iterator
from hashlib import sha256
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from assay.datasets.decompression import Block, Damage

if TYPE_CHECKING:
    from hashlib import _Hash

MAX_LINE_BYTES = 16 << 20
HEAD_BYTES = 4 << 10

_BOM = b"\xef\xbb\xbf"
_CARRIAGE_RETURN = 0x0D


class Oversize(NamedTuple):
    """What is kept of a line over the limit: its SHA-256 (hex), its size and its first bytes."""

    sha256: str
    num_bytes: int
    head: bytes


class RawLine(NamedTuple):
    """One line: its bytes, or why there are none (over the limit, damaged stream)."""

    number: int
    data: bytes | None
    oversize: Oversize | None = None
    damage: str | None = None


def split_lines(
    blocks: Iterable[Block], *, max_line_bytes: int = MAX_LINE_BYTES
) -> Iterator[RawLine]:
    """Cut blocks at line feeds; at most one line (within the limit) is held between blocks."""
    number = 1
    pending = _Pending(max_line_bytes)
    for block in _without_bom(blocks):
        if isinstance(block, Damage):
            # What precedes the damage on this line is part of a row, not a row.
            yield RawLine(number, None, damage=block.reason)
            return
        pieces = block.split(b"\n")
        tail = pieces.pop()
        if pieces:
            if line := pending.close(number, pieces[0]):
                yield line
            yield from _whole_lines(block, pieces, number, max_line_bytes)
            number += len(pieces)
        pending.add(tail)
    if line := pending.close(number, b""):
        yield line


def _whole_lines(block: bytes, pieces: list[bytes], number: int, limit: int) -> Iterator[RawLine]:
    """Yield the lines of `block` after its first, whose number is `number`."""
    numbered = islice(enumerate(pieces, number), 1, None)
    if len(block) <= limit and b"\r" not in block:  # the common case, at a third of the cost
        for at, piece in numbered:
            if piece and not piece.isspace():
                yield RawLine(at, piece)
        return
    for at, piece in numbered:
        if line := whole_line(at, piece, limit):
            yield line


class _Pending:
    """The line that is not complete yet; above the limit only its hash and head are kept."""

    __slots__ = ("_hash", "_head", "_limit", "_num_bytes", "_parts")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._parts: list[bytes] = []
        self._num_bytes = 0
        self._hash: _Hash | None = None  # set above the limit
        self._head = b""

    def add(self, part: bytes) -> None:
        if not part:
            return
        self._num_bytes += len(part)
        if self._hash is None and self._num_bytes <= self._limit + 1:  # 1: a carriage return
            self._parts.append(part)
            return
        if self._hash is None:
            self._hash = sha256()
            for held in self._parts:
                self._pass(self._hash, held)
            self._parts.clear()
        self._pass(self._hash, part)

    def close(self, number: int, part: bytes) -> RawLine | None:
        """Return the line that ends with `part` and start the next; None where it is blank."""
        if not self._num_bytes:
            return whole_line(number, part, self._limit)
        self.add(part)
        line = (
            whole_line(number, b"".join(self._parts), self._limit)
            if self._hash is None
            else RawLine(
                number, None, Oversize(self._hash.hexdigest(), self._num_bytes, self._head)
            )
        )
        self._parts, self._num_bytes, self._hash, self._head = [], 0, None, b""
        return line

    def _pass(self, running: "_Hash", part: bytes) -> None:
        running.update(part)
        if len(self._head) < HEAD_BYTES:
            self._head += part[: HEAD_BYTES - len(self._head)]


def whole_line(number: int, line: bytes, limit: int) -> RawLine | None:
    """Return a complete line; None where it is blank."""
    if not line:
        return None
    data = line[:-1] if line[-1] == _CARRIAGE_RETURN else line
    if len(data) > limit:
        kept = Oversize(sha256(line).hexdigest(), len(line), line[:HEAD_BYTES])
        return RawLine(number, None, kept)
    return RawLine(number, data) if data and not data.isspace() else None


def _without_bom(blocks: Iterable[Block]) -> Iterator[Block]:
    iterator = iter(blocks)
    head = b""
    for block in iterator:
        if isinstance(block, Damage):
            yield from (head, block)
            return
        head += block
        if len(head) >= len(_BOM):
            break
    yield head.removeprefix(_BOM)
    yield from iterator
