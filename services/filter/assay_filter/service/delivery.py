"""Sends a file as a stream: whole, or the range that was asked for, or not at all if unchanged.

Range requests by RFC 9110: one range is served as 206; several, or a unit that is not bytes, are
ignored, which the standard permits, and the whole file is sent.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from assay.web.problems import Problem, ProblemError
from assay_filter.service.problems import RANGE_NOT_SATISFIABLE, RESULT_GONE, refused

PIECE_BYTES = 256 << 10
MAX_DIGITS = 19


@dataclass(frozen=True, slots=True)
class Delivery:
    """A file to send; `etag` changes whenever its bytes do; `filename` is shown to the client."""

    path: Path
    etag: str
    media_type: str
    filename: str


class Span(NamedTuple):
    """The bytes from `start` up to, and without, `end`."""

    start: int
    end: int


def deliver(request: Request, delivery: Delivery, **headers: str) -> Response:
    """Return the answer that sends a file.

    Raises:
        ProblemError: 410 the file is gone, 416 the range begins beyond its end.
    """
    etag = f'"{delivery.etag}"'
    all_headers = {
        "etag": etag,
        "accept-ranges": "bytes",
        "content-disposition": disposition(delivery.filename),
        **headers,
    }
    if is_unchanged(request, etag):
        return Response(status_code=304, headers=all_headers)
    stream = _opened(delivery.path)
    try:
        size = stream.seek(0, 2)
        span = _span(request, etag, size)
    except BaseException:
        stream.close()
        raise
    status = 200
    if span is not None:
        status = 206
        all_headers["content-range"] = f"bytes {span.start}-{span.end - 1}/{size}"
    span = span or Span(0, size)
    all_headers["content-length"] = str(span.end - span.start)
    return StreamingResponse(
        _pieces(stream, span),
        status_code=status,
        headers=all_headers,
        media_type=delivery.media_type,
    )


def is_unchanged(request: Request, etag: str) -> bool:
    """Tell whether the client has these very bytes."""
    given = request.headers.get("if-none-match")
    if given is None:
        return False
    tags = {tag.strip().removeprefix("W/") for tag in given.split(",")}
    return etag in tags or "*" in tags


def disposition(filename: str) -> str:
    """Return Content-Disposition for a file to keep."""
    return f"attachment; filename*=utf-8''{quote(filename, safe='')}"


def parse_range(text: str, size: int) -> Span | None:
    """Return the span of a Range header; None where the whole file is to be sent.

    Raises:
        ProblemError: 416, it begins beyond the end.
    """
    unit, _, ranges = text.partition("=")
    first, dash, last = ranges.strip().partition("-")
    first, last = first.strip(), last.strip()
    if unit.strip().lower() != "bytes" or not dash or "," in ranges:
        return None
    if not all(_is_number(part) for part in (first, last) if part) or not (first or last):
        return None
    if not first:  # the last bytes
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(int(last) + 1, size) if last else size
        if last and int(last) < int(first):
            return None
    if start >= size or start >= end:
        detail = f"expected a range within {size} bytes, found {text[:80]!r}"
        headers = {"content-range": f"bytes */{size}"}
        raise ProblemError(Problem(RANGE_NOT_SATISFIABLE, detail, headers=headers))
    return Span(start, end)


def _span(request: Request, etag: str, size: int) -> Span | None:
    given = request.headers.get("range")
    condition = request.headers.get("if-range")
    if given is None or (condition is not None and condition != etag):
        return None
    return parse_range(given, size)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except FileNotFoundError:
        raise refused(
            RESULT_GONE, f"expected {path.name!r} in the store, found nothing; it was removed"
        ) from None


def _pieces(stream: BinaryIO, span: Span) -> Iterator[bytes]:
    with stream:
        stream.seek(span.start)
        left = span.end - span.start
        while left and (piece := stream.read(min(PIECE_BYTES, left))):
            left -= len(piece)
            yield piece
