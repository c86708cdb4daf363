"""The id of a request: the caller's `X-Request-ID` where it is sound, else a new one.

It stands in the answer's header, in every log line and as `instance` in every problem, so that the
three can be found by one another.
"""

from contextvars import ContextVar
from uuid import uuid4

HEADER = b"x-request-id"
MAX_CHARS = 128
REQUEST_ID: ContextVar[str] = ContextVar("assay_request_id", default="-")

_ALLOWED = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"


def request_id_of(given: bytes | None) -> str:
    """Return the id to use; a given one that could forge a log line is replaced, not mended."""
    if given is not None and 0 < len(given) <= MAX_CHARS and not given.translate(None, _ALLOWED):
        return given.decode("ascii")
    return uuid4().hex
