"""Streams an upload to the disk: bounded in size and in patience, hashed as it passes.

A body is either the file itself, named by `?filename=` or `X-Filename`, or a multipart form. It is
written to a temporary file of a generated name; what is not taken in whole leaves nothing behind.
"""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from secrets import token_hex
from typing import NamedTuple
from urllib.parse import unquote

from starlette.requests import ClientDisconnect, Request

from assay.web.bodies import too_large
from assay.web.problems import BODY_TIMEOUT, UNSUPPORTED_MEDIA_TYPE, ProblemError
from assay_filter.service.forms import FormReader
from assay_filter.service.problems import STORAGE_FULL, UNUSABLE_FILE, refused

MAX_NAME_CHARS = 255
FORM = "multipart/form-data"
_FLUSH_BYTES = 1 << 20


class Received(NamedTuple):
    """A whole upload in a temporary file."""

    path: Path
    filename: str  # the last part of what the client called it; shown, never a path
    purpose: str | None
    num_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Reception:
    """Where uploads land, and what they may be; `stall_seconds` is the longest pause of a sender.

    `room` is how many bytes the store still takes.
    """

    folder: Path
    max_bytes: int
    room: int
    stall_seconds: float


@asynccontextmanager
async def received(request: Request, reception: Reception) -> AsyncIterator[Received]:
    """Take an upload in; the file is gone after the context unless it was moved away.

    Raises:
        ProblemError: 400 malformed form, 408 stalled, 413 too large, 415 compressed body, 422 a
            name that cannot be one, 507 no room.
        ClientDisconnect: the sender went away.
    """
    _refuse_encoding(request)
    landing = _Landing(reception)
    try:
        yield await _take_in(request, reception, landing)
    finally:
        await asyncio.to_thread(landing.discard)


async def _take_in(request: Request, reception: Reception, landing: "_Landing") -> Received:
    content_type = request.headers.get("content-type", "")
    purpose = request.query_params.get("purpose")
    if content_type.lower().startswith(FORM):
        form = FormReader(content_type)
        async for piece in _pieces(request, reception.stall_seconds):
            await landing.add(form.feed(piece))
        form.close()
        name, purpose = form.filename, form.fields.get("purpose", purpose)
    else:
        name = request.query_params.get("filename") or _name_in_header(request)
        shown_name(name)  # before gigabytes arrive
        async for piece in _pieces(request, reception.stall_seconds):
            await landing.add(piece)
    await landing.finish()
    return Received(
        landing.path, shown_name(name), purpose, landing.num_bytes, landing.sha256.hexdigest()
    )


def shown_name(given: str | None) -> str:
    """Return the last part of a client's name for a file.

    Raises:
        ProblemError: 422, there is none, it is too long, or holds characters that no name has.
    """
    name = (given or "").replace("\\", "/").rpartition("/")[2].strip()
    if not name:
        raise refused(
            UNUSABLE_FILE, "expected the file's name (?filename=, X-Filename, or in the form)"
        )
    if len(name) > MAX_NAME_CHARS or not name.isprintable():
        raise refused(
            UNUSABLE_FILE,
            f"expected a name of at most {MAX_NAME_CHARS} printable characters, found "
            f"{name[:40]!r} ({len(name)} characters)",
        )
    return name


async def _pieces(request: Request, stall_seconds: float) -> AsyncIterator[bytes]:
    while True:
        try:
            async with asyncio.timeout(stall_seconds):
                message = await request.receive()
        except TimeoutError:
            raise refused(
                BODY_TIMEOUT, f"expected more of the body within {stall_seconds:g} s, found none"
            ) from None
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        if piece := message.get("body", b""):
            yield piece
        if not message.get("more_body", False):
            return


class _Landing:
    """A temporary file under way; the disk is written in a thread, a mebibyte at a time."""

    def __init__(self, reception: Reception) -> None:
        self.path = reception.folder / f"{token_hex(16)}.part"
        self.num_bytes = 0
        self.sha256 = hashlib.sha256()
        self._reception = reception
        self._held = bytearray()
        self._stream = self._opened()

    async def add(self, data: bytes) -> None:
        self.num_bytes += len(data)
        if self.num_bytes > self._reception.max_bytes:
            problem = too_large(
                self._reception.max_bytes, f"more than {self.num_bytes - len(data)}"
            )
            raise ProblemError(problem)
        if self.num_bytes > self._reception.room:
            raise refused(STORAGE_FULL, _no_room("the store's limit is reached"))
        self._held += data
        if len(self._held) >= _FLUSH_BYTES:
            await self._flush()

    async def finish(self) -> None:
        """Force everything to the disk."""
        await self._flush()
        await asyncio.to_thread(self._sync)

    def discard(self) -> None:
        with suppress(OSError):  # what the buffer holds is not wanted any more
            self._stream.close()
        self.path.unlink(missing_ok=True)

    async def _flush(self) -> None:
        held, self._held = bytes(self._held), bytearray()
        await asyncio.to_thread(self._write, held)

    def _opened(self) -> FileIO:
        try:
            return self.path.open("xb", buffering=0)
        except OSError as exc:
            raise refused(STORAGE_FULL, _no_room(exc.strerror or "the disk refuses")) from exc

    def _write(self, data: bytes) -> None:
        self.sha256.update(data)
        try:
            view = memoryview(data)
            while view:
                view = view[self._stream.write(view) :]
        except OSError as exc:
            raise refused(STORAGE_FULL, _no_room(exc.strerror or "the disk refuses")) from exc

    def _sync(self) -> None:
        try:
            os.fsync(self._stream.fileno())
            self._stream.close()
        except OSError as exc:
            raise refused(STORAGE_FULL, _no_room(exc.strerror or "the disk refuses")) from exc


def _name_in_header(request: Request) -> str | None:
    given = request.headers.get("x-filename")
    return None if given is None else unquote(given)


def _refuse_encoding(request: Request) -> None:
    encoding = request.headers.get("content-encoding", "identity")
    if encoding.lower() != "identity":
        raise refused(
            UNSUPPORTED_MEDIA_TYPE,
            f"expected a body as it is, found Content-Encoding {encoding[:40]!r}; send a .gz or "
            ".zst file as a file",
        )


def _no_room(why: str) -> str:
    return f"expected room for the file, found none ({why}); delete files that are not needed"
