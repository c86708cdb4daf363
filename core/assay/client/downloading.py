"""Files of a service, streamed to the disk: resumed where they broke off, verified, whole or not.

Bytes go to `.NAME.part`; `.NAME.part.etag` tells of which version they are. A resume asks for the
rest of that very version (`Range` with `If-Range`, RFC 9110) and begins anew where it changed. The
entity tag of a file as the run wrote it is its SHA-256: such a file gets its name only when its
bytes have that digest.
"""

import asyncio
import hashlib
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import aiohttp

from assay.client.service_errors import BrokenAnswerError, UnavailableError
from assay.client.service_transport import Call, ServiceTransport, broken, pause_seconds
from assay.domain.errors import OutputError

WHOLE, REST, UNCHANGED, BEYOND = 200, 206, 304, 416
_CHUNK_BYTES = 1 << 20
_DIGEST_CHARS = 64


class Downloaded(NamedTuple):
    """A file that was fetched; `is_verified`: its bytes have the digest that the service named."""

    path: Path
    num_bytes: int
    sha256: str
    is_verified: bool


async def download(
    transport: ServiceTransport, call: Call, path: Path, *, sha256: str | None = None
) -> Downloaded:
    """Fetch a file; what an earlier call left of it is gone on with.

    Args:
        transport: to the service.
        call: the GET of the file.
        path: where it goes; replaced when the new one is whole.
        sha256: its digest, where it is known beforehand.

    Raises:
        ServiceError: the service does not give it.
        BrokenAnswerError: its bytes are not what they should be; they are removed.
        OutputError: the disk is full, or the folder cannot be written.
    """
    part = path.with_name(f".{path.name}.part")
    tag_file = path.with_name(f".{path.name}.part.etag")
    num_breaks = 0
    try:
        while True:
            num_before = _size(part)
            try:
                tag = await _fetch(transport, call, part, tag_file)
                break
            except (aiohttp.ClientError, OSError, TimeoutError) as exc:
                if isinstance(exc, OSError) and _is_of_disk(exc):
                    raise
                num_breaks = 1 if _size(part) > num_before else num_breaks + 1
                if num_breaks > transport.max_retries:
                    raise UnavailableError(
                        f"expected all of {path.name!r}, found the connection broken "
                        f"({type(exc).__name__}); ask again: what is there is kept"
                    ) from exc
                await asyncio.sleep(pause_seconds(num_breaks, None))
        return await asyncio.to_thread(_finish, part, tag_file, path, sha256 or _digest_in(tag))
    except OSError as exc:
        raise OutputError(
            f"expected to write {str(path)!r}, found: {exc.strerror or exc}; free space or mend "
            "permissions, then ask again"
        ) from exc


async def _fetch(transport: ServiceTransport, call: Call, part: Path, tag_file: Path) -> str:
    """Bring the part to its end; return the entity tag of what it holds."""
    known = _tag_in(tag_file)
    size = _size(part) if known else 0
    headers: Mapping[str, str] = call.headers
    if size:
        headers = {**headers, "range": f"bytes={size}-", "if-range": known}
    asked = replace(call, headers=headers, accepted=(WHOLE, REST, BEYOND))
    async with transport.open(asked) as response:
        if response.status != BEYOND:
            return await _append(response, part, tag_file, size)
    if await _is_of_today(transport, call, known):
        return known
    await asyncio.to_thread(_forget, part, tag_file)
    return await _fetch(transport, call, part, tag_file)


async def _append(response: aiohttp.ClientResponse, part: Path, tag_file: Path, size: int) -> str:
    """Write what comes behind the bytes that are there, or in place of them."""
    is_rest = response.status == REST
    begins = response.headers.get("content-range", "").partition("-")[0]
    if is_rest and begins != f"bytes {size}":
        raise broken("another range than the one asked for", REST)
    tag = response.headers.get("etag", "")
    await asyncio.to_thread(tag_file.write_text, tag)
    with part.open("ab" if is_rest else "wb") as stream:
        async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
            await asyncio.to_thread(stream.write, chunk)
    return tag


async def _is_of_today(transport: ServiceTransport, call: Call, tag: str) -> bool:
    """Whether the file is still the one of this tag: then a part to its end is all of it."""
    headers = {**call.headers, "if-none-match": tag}
    asked = replace(call, headers=headers, accepted=(WHOLE, UNCHANGED))
    async with transport.open(asked) as response:
        return response.status == UNCHANGED


def _forget(*paths: Path) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def _finish(part: Path, tag_file: Path, path: Path, expected: str | None) -> Downloaded:
    with part.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
        os.fsync(stream.fileno())
    if expected is not None and found != expected:
        _forget(part, tag_file)
        raise BrokenAnswerError(
            f"expected {path.name!r} with SHA-256 {expected}, found {found}; ask again", WHOLE
        )
    num_bytes = part.stat().st_size
    part.replace(path)
    tag_file.unlink(missing_ok=True)
    return Downloaded(path, num_bytes, found, expected is not None)


def _digest_in(tag: str) -> str | None:
    text = tag.strip('"')
    is_digest = len(text) == _DIGEST_CHARS and not set(text) - set("0123456789abcdef")
    return text if is_digest else None


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _tag_in(path: Path) -> str:
    tag = path.read_text() if path.is_file() else ""
    return tag if tag.startswith('"') else ""


def _is_of_disk(exc: OSError) -> bool:
    """Whether an error is of this machine's disk; those of connections have their own classes."""
    return not isinstance(exc, ConnectionError | TimeoutError | aiohttp.ClientError)
