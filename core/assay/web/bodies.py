"""The body of a request: bounded in size and time before anything looks into it.

The size is counted as bytes arrive, so a body without `Content-Length` is bounded too. A sender
that stalls is cut off after a while and holds nothing but its connection until then.
"""

import asyncio
from dataclasses import dataclass
from email.message import Message as HeaderBlock
from functools import lru_cache

from starlette.requests import ClientDisconnect, Request
from starlette.types import Message, Receive, Scope

from assay.web.problems import (
    BODY_TIMEOUT,
    BODY_TOO_LARGE,
    UNSUPPORTED_MEDIA_TYPE,
    Problem,
    ProblemError,
)


@dataclass(frozen=True, slots=True)
class BodyLimits:
    """How large a body may be, and how long it may take to arrive."""

    max_bytes: int = 4 << 20
    timeout_seconds: float = 20.0


class LimitedReceive:
    """A request's `receive` that gives up on a body that grows beyond the limit."""

    __slots__ = ("_limits", "_num_bytes", "_receive")

    def __init__(self, receive: Receive, limits: BodyLimits) -> None:
        self._receive = receive
        self._limits = limits
        self._num_bytes = 0

    async def __call__(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._num_bytes += len(message.get("body", b""))
            if self._num_bytes > self._limits.max_bytes:
                raise ProblemError(
                    too_large(self._limits.max_bytes, f"more than {self._num_bytes}")
                )
        return message


def declared_too_large(length: bytes | None, limits: BodyLimits) -> Problem | None:
    """Return the problem of a request that says itself that its body is too large."""
    if length is None or not length.isdigit() or int(length[:20]) <= limits.max_bytes:
        return None
    return too_large(limits.max_bytes, length[:20].decode("ascii"))


def too_large(limit: int, found: str) -> Problem:
    """Return the problem of a body over the limit."""
    detail = f"expected a body of at most {limit} bytes, found {found}; send less at a time"
    return Problem(BODY_TOO_LARGE, detail)


async def read_json_body(request: Request, *, timeout_seconds: float | None = None) -> bytes:
    """Return the bytes of a body that says it is JSON; they are not parsed.

    Raises:
        ProblemError: 415 for another type or a compressed body, 413 over the limit, 408 too slow.
        ClientDisconnect: the sender went away.
    """
    scope = request.scope
    if timeout_seconds is None:
        timeout_seconds = _limits_of(scope).timeout_seconds
    _check_type(request)
    body = bytearray()
    try:
        async with asyncio.timeout(timeout_seconds):
            while True:
                message = await request.receive()
                if message["type"] == "http.disconnect":
                    raise ClientDisconnect
                body += message.get("body", b"")
                if not message.get("more_body", False):
                    return bytes(body)
    except TimeoutError:
        detail = (
            f"expected the whole body within {timeout_seconds:g} s, found {len(body)} bytes of it; "
            "send it at once"
        )
        raise ProblemError(Problem(BODY_TIMEOUT, detail)) from None


def _check_type(request: Request) -> None:
    headers = request.headers
    encoding = headers.get("content-encoding", "identity")
    if encoding.lower() != "identity":
        raise ProblemError(
            _unsupported("an uncompressed body", f"Content-Encoding {encoding!r:.60}")
        )
    given = headers.get("content-type")
    if given is None:
        raise ProblemError(_unsupported("Content-Type: application/json", "no Content-Type"))
    if not _is_json(given):
        raise ProblemError(_unsupported("Content-Type: application/json", f"{given!r:.60}"))


@lru_cache(maxsize=64)
def _is_json(content_type: str) -> bool:
    block = HeaderBlock()
    block["content-type"] = content_type
    subtype = block.get_content_subtype()
    charset = str(block.get_param("charset") or "utf-8").lower()
    return (
        block.get_content_maintype() == "application"
        and (subtype == "json" or subtype.endswith("+json"))
        and charset in ("utf-8", "utf8", "us-ascii")
    )


def _unsupported(expected: str, found: str) -> Problem:
    detail = f"expected {expected}, found {found}; send JSON in UTF-8"
    return Problem(UNSUPPORTED_MEDIA_TYPE, detail, headers={"accept": "application/json"})


def _limits_of(scope: Scope) -> BodyLimits:
    limits = scope.get("assay.body_limits")
    return limits if isinstance(limits, BodyLimits) else BodyLimits()
