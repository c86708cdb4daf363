"""What a failed request means: which code it has, whether another try may help, what to tell.

Status and `param` decide, never the `type` text, which vLLM writes in two ways. A message quotes at
most 80 characters of the server's answer, and none where they repeat the request or the key.
"""

import email.utils
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import aiohttp
import orjson

from assay.domain.errors import JudgeBackendError

# 500 too: vLLM answers it while its engine restarts, and a question to a model may be repeated.
RETRIED_STATUSES = frozenset({500, 502, 503, 504})
QUOTED_CHARS = 80
ECHO_CHARS = 16  # as many characters in common with the request count as repeating it
ECHO_KEY_CHARS = 6
OVERFLOW_WORDS = (
    "maximum context length",  # vLLM, OpenAI
    "exceeds the available context size",  # llama.cpp
)
OVERFLOW_NAMES = frozenset({"input_tokens", "context_length_exceeded", "exceed_context_size_error"})


@dataclass(frozen=True, slots=True)
class Failure:
    """Why one try failed.

    Attributes:
        may_pass: the same request may succeed later.
        is_overload: the server had too much to do.
        retry_after_seconds: what the server asked for, if it did.
    """

    code: str
    message: str
    may_pass: bool = False
    is_overload: bool = False
    retry_after_seconds: float | None = None

    def as_error(self, num_tries: int) -> JudgeBackendError:
        """Return the error to raise after `num_tries` tries."""
        tries = f" (tried {num_tries} times)" if num_tries > 1 else ""
        return JudgeBackendError(self.message + tries, self.code)


@dataclass(frozen=True, slots=True)
class Private:
    """What no message may repeat: the conversations of a request (its JSON body) and the key."""

    body: bytes
    key: str = ""

    def is_repeated_in(self, words: str) -> bool:
        """Tell whether `words` hold a piece of the conversations or of the key."""
        said = self._conversations()
        if any(_repeats(words, text, ECHO_CHARS) for text in said):
            return True
        return _repeats(words, self.key, min(ECHO_KEY_CHARS, len(self.key)))

    def _conversations(self) -> list[str]:
        body = orjson.loads(self.body) if self.body else {}
        return [
            " ".join(text.split()) for text in _texts([body.get("messages"), body.get("prompt")])
        ]


def failure_of_answer(
    status: int, body: bytes, *, private: Private, retry_after: str | None = None
) -> Failure:
    """Read an answer whose status is not 200."""
    said = _said(body, private)
    if status in (401, 403):
        message = f"the judge refused the key (status {status}); give the right api_key"
        return Failure("refused", message)
    if status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
        message = f"the judge has too much to do (status {status}){said}; send less at one time"
        return Failure(
            "saturated",
            message,
            may_pass=True,
            is_overload=True,
            retry_after_seconds=_seconds(retry_after),
        )
    if status >= 500:
        message = f"the judge failed (status {status}){said}; look at its log"
        return Failure("server_error", message, may_pass=status in RETRIED_STATUSES)
    if status >= 400 and _is_overflow(body):
        message = f"the conversation does not fit into the judge's context{said}"
        return Failure("context_overflow", message)
    message = f"the judge refused the request (status {status}){said}; check its URL and version"
    return Failure("refused", message)


def failure_of_error(error: Exception, address: str) -> Failure:
    """Read an error of the connection. Its own text is not quoted: only what kind it is."""
    kind = type(error).__name__
    if isinstance(error, aiohttp.ClientSSLError | aiohttp.ServerFingerprintMismatch):
        message = f"no trusted connection to the judge at {address} ({kind}); check its certificate"
        return Failure("unreachable", message)
    if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
        message = f"no connection to the judge at {address} ({kind}); check that it runs"
        return Failure("unreachable", message, may_pass=True)
    if isinstance(error, TimeoutError):
        message = f"no answer from the judge at {address} in time; send less or allow more seconds"
        return Failure("timeout", message, may_pass=True, is_overload=True)
    message = f"the judge at {address} broke the connection off ({kind}); look at its log"
    return Failure("server_error", message, may_pass=True)


def malformed(what: str) -> Failure:
    """Return the failure for an answer with status 200 that is not what was asked for."""
    return Failure("malformed", f"expected a JSON answer from the judge, found {what}")


def _is_overflow(body: bytes) -> bool:
    error = _error_of(body)
    if OVERFLOW_NAMES & {str(error.get(name)) for name in ("param", "code", "type")}:
        return True
    message = str(error.get("message", "")).lower()
    return any(words in message for words in OVERFLOW_WORDS)


def _error_of(body: bytes) -> Mapping[str, Any]:
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    error = document.get("error", document) if isinstance(document, dict) else {}
    return error if isinstance(error, dict) else {"message": error}


def _said(body: bytes, private: Private) -> str:
    """Return ": 'words of the server'", or nothing where they may repeat private text."""
    message = _error_of(body).get("message") or body[: 4 * QUOTED_CHARS].decode(errors="replace")
    words = " ".join(str(message)[: 4 * QUOTED_CHARS].split())[:QUOTED_CHARS]
    return f": {words!r}" if words and not private.is_repeated_in(words) else ""


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _texts(part)


def _repeats(words: str, text: str, num_chars: int) -> bool:
    if not text:
        return False
    starts = range(max(1, len(words) - num_chars + 1))
    return any(words[start : start + num_chars] in text for start in starts)


def _seconds(retry_after: str | None) -> float | None:
    """Read a Retry-After header: seconds or a date (RFC 9110, 10.2.3)."""
    if retry_after is None:
        return None
    if retry_after.strip().isdecimal():
        return float(retry_after.strip()[:9])
    try:
        moment = email.utils.parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    return max(0.0, moment.timestamp() - time.time())
