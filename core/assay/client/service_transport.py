"""HTTP to a service that keeps state: bodies stream both ways, repetitions respect what is safe.

A request that changes something is repeated only where the first one cannot have arrived, or where
the service says that it did nothing (429, 503): reading, deleting and what carries an
Idempotency-Key may always be repeated. `Retry-After` is kept, up to a minute. Redirects and proxies
of the environment are ignored: the key goes where the configuration says and nowhere else.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import orjson
from yarl import URL

from assay.client.service_errors import (
    BrokenAnswerError,
    ServiceError,
    UnavailableError,
    error_of,
    may_pass,
)
from assay.domain.errors import ConfigError

MAX_ANSWER_BYTES = 64 << 20
MAX_PROBLEM_BYTES = 1 << 20
FIRST_BACKOFF_SECONDS = 0.25
LONGEST_BACKOFF_SECONDS = 8.0
LONGEST_RETRY_AFTER_SECONDS = 60.0
CONNECT_SECONDS = 10.0
_CHUNK_BYTES = 1 << 16
_REFUSED_UNDONE = (429, 503)


@dataclass(frozen=True, slots=True)
class Call:
    """One request; `path` is percent-encoded, `make_body` gives its body anew for each try.

    `is_safe`: it may be repeated though it may have arrived. `accepted`: statuses that answer it.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    make_body: Callable[[], Any] | None = None
    is_safe: bool = True
    accepted: tuple[int, ...] = (200, 201, 202)
    silence_seconds: float | None = None


class ServiceTransport:
    """Talks to one service; lives in one event loop.

    Args:
        url: where the service is; `http` or `https`, without credentials.
        api_key: sent as a bearer token.
        timeout_seconds: the longest silence of the service within an answer.
        max_retries: repetitions of one request.

    Raises:
        ConfigError: the URL is none, or holds credentials.
    """

    def __init__(
        self, url: str, *, api_key: str | None, timeout_seconds: float, max_retries: int
    ) -> None:
        self._root = _checked(url)
        self._headers = {"authorization": f"Bearer {api_key}"} if api_key else {}
        self._timeout_seconds = timeout_seconds
        self.max_retries = max_retries
        self._session: aiohttp.ClientSession | None = None

    async def ask(self, call: Call) -> Any:
        """Return the JSON that answers a call.

        Raises:
            ServiceError: there is none; its class says why.
        """
        num_tries = 0
        while True:
            try:
                async with self.open(call) as response:
                    return _json(await _read(response, MAX_ANSWER_BYTES))
            except (aiohttp.ClientError, OSError, TimeoutError) as exc:
                num_tries += 1
                if not call.is_safe or num_tries > self.max_retries:
                    raise _lost(exc) from exc
                await asyncio.sleep(pause_seconds(num_tries, None))

    @asynccontextmanager
    async def open(self, call: Call) -> AsyncIterator[aiohttp.ClientResponse]:
        """Give the response to a call as soon as its head is there; its body is for the caller.

        Raises:
            ServiceError: no accepted status came.
        """
        num_tries = 0
        while True:
            num_tries += 1
            refusal: ServiceError
            try:
                response = await self._send(call)
            except (aiohttp.ClientError, OSError, TimeoutError) as exc:
                refusal, wait = _lost(exc), None
                is_again = call.is_safe or isinstance(exc, aiohttp.ClientConnectorError)
            else:
                if response.status in call.accepted:
                    break
                refusal, wait, is_again = await _refusal(response, call)
            if not is_again or num_tries > self.max_retries:
                raise refusal
            await asyncio.sleep(pause_seconds(num_tries, wait))
        async with response:
            yield response

    async def close(self) -> None:
        """Let go of the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _send(self, call: Call) -> aiohttp.ClientResponse:
        silence = call.silence_seconds or self._timeout_seconds
        return await self._open_session().request(
            call.method,
            self._root.joinpath(call.path, encoded=True).with_query(dict(call.query)),
            data=None if call.make_body is None else call.make_body(),
            headers=dict(call.headers),
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(
                total=None, sock_connect=CONNECT_SECONDS, sock_read=silence
            ),
        )

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                headers=self._headers, trust_env=False, auto_decompress=False
            )
        return self._session


def pause_seconds(num_tries: int, retry_after_seconds: float | None) -> float:
    """Return how long to wait before the next try: doubling, shortened by up to half."""
    backoff = min(FIRST_BACKOFF_SECONDS * 2.0 ** (num_tries - 1), LONGEST_BACKOFF_SECONDS)
    backoff *= 1 - random.random() / 2
    return max(backoff, min(retry_after_seconds or 0.0, LONGEST_RETRY_AFTER_SECONDS))


async def _refusal(
    response: aiohttp.ClientResponse, call: Call
) -> tuple[ServiceError, float | None, bool]:
    """Return what a response means, when to ask again, and whether that is of use."""
    async with response:
        try:
            problem = orjson.loads(await _read(response, MAX_PROBLEM_BYTES))
        except (orjson.JSONDecodeError, aiohttp.ClientError, OSError, BrokenAnswerError):
            problem = None  # a proxy's page for example; the status says enough
    status = response.status
    is_again = may_pass(status, problem) and (call.is_safe or status in _REFUSED_UNDONE)
    header = response.headers.get("retry-after", "")
    wait = float(header[:9]) if header.isascii() and header.isdigit() else None
    return error_of(status, problem), wait, is_again


async def _read(response: aiohttp.ClientResponse, limit: int) -> bytes:
    answer = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
        answer += chunk
        if len(answer) > limit:
            raise broken(f"more than {limit} bytes", response.status)
    return bytes(answer)


def _json(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as exc:
        raise broken("no JSON") from exc


def broken(found: str, status: int = 200) -> BrokenAnswerError:
    """Return the error of an answer that is not of the form agreed on."""
    return BrokenAnswerError(
        f"expected an answer of the service, found {found}; check the URL and the versions",
        status,
        "broken-answer",
    )


def _lost(exc: BaseException) -> UnavailableError:
    return UnavailableError(
        f"expected an answer of the service, found a broken connection ({type(exc).__name__}); "
        "check the URL, and that the service runs"
    )


def _checked(text: str) -> URL:
    try:
        url = URL(text)
    except ValueError:
        url = URL()
    if url.scheme not in ("http", "https") or not url.host:
        raise ConfigError(
            "expected the URL of a service such as http://127.0.0.1:8002, found another "
            "text; correct it"
        )
    if url.user or url.password or url.query_string or url.fragment:
        raise ConfigError(
            "expected a URL without credentials, query or fragment, found one with them; give the "
            "key as api_key"
        )
    return url
