"""Requests to a model server: one session, a limit of requests in flight, a deadline, retries.

A question to a model changes nothing, so it may be asked again: after 500, 502, 503, 504, 429, a
connection that fails or breaks, and silence; never after another 4xx. The slot is given back while
a retry waits, so that the limit also holds for retries. A caller that is cancelled closes its
connection, which makes vLLM abort the generation at once (measured, 0.32.0).
"""

import asyncio
import io
import os
import random
from collections.abc import Sequence
from typing import Any, NamedTuple

import aiohttp
import orjson
from yarl import URL

from assay.client.limiter import Limiter, Slot
from assay_judge.backend.failures import (
    Failure,
    Private,
    failure_of_answer,
    failure_of_error,
    malformed,
)
from assay_judge.backend.parsing import chat_of, document_of
from assay_judge.backend.settings import BackendSettings

CONNECT_SECONDS = 10.0
KEEP_ALIVE_SECONDS = 4.0  # below the 5 s after which uvicorn closes an idle connection
LONGEST_BACKOFF_SECONDS = 8.0
LARGE_BODY_BYTES = 2**20  # aiohttp wants longer bodies as a file, so as not to block the loop


class Answer(NamedTuple):
    """A JSON object from the server, and what it took to get it."""

    document: dict[str, Any]
    num_retries: int
    milliseconds: int


class _Request(NamedTuple):
    method: str
    url: URL
    body: bytes
    name: str
    has_tokens: bool


class Transport:
    """Make it inside a running event loop, and close it there."""

    def __init__(self, settings: BackendSettings) -> None:
        self._settings = settings
        self._root = settings.root
        self._limiter = Limiter(first=settings.first_in_flight, maximum=settings.max_in_flight)
        self._key = settings.api_key.get_secret_value() if settings.api_key else ""
        self._urls: dict[str, URL] = {}
        self._prefix = os.urandom(6).hex()
        self._num_requests = 0
        self._loop = asyncio.get_running_loop()
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=settings.max_in_flight, keepalive_timeout=KEEP_ALIVE_SECONDS
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=_headers(self._key),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS),
            auto_decompress=False,
        )

    @property
    def limiter(self) -> Limiter:
        """The limit of requests in flight, to be looked at."""
        return self._limiter

    async def post(self, path: str, body: dict[str, Any], *, reads: Sequence[str] = ()) -> Answer:
        """Send a JSON object to `path` (below the server's root) and return the one that comes.

        With `reads`, labels whose logprobs are read, it is a chat's and parsed as `chat_of` does.

        Raises:
            JudgeBackendError: any of its codes but `low_label_mass`.
        """
        return await self._call("POST", path, orjson.dumps(body), has_tokens=bool(reads))

    async def get(self, path: str) -> Answer:
        """Return the JSON object at `path`; errors as in `post`."""
        return await self._call("GET", path, b"", has_tokens=False)

    async def close(self) -> None:
        await self._session.close()

    async def _call(self, method: str, path: str, body: bytes, *, has_tokens: bool) -> Answer:
        self._num_requests += 1
        name = f"{self._prefix}-{self._num_requests:x}"
        request = _Request(method, self._url(path), body, name, has_tokens)
        async with self._limiter.slot() as slot:
            started = self._loop.time()
            deadline = started + self._settings.timeout_seconds
            outcome = await self._attempt(request, slot, 0, deadline)
        num_retries = 0
        while isinstance(outcome, Failure):
            failure = outcome
            await self._wait(failure, num_retries, deadline)
            num_retries += 1
            try:
                async with self._limiter.slot(before=deadline) as slot:
                    outcome = await self._attempt(request, slot, num_retries, deadline)
            except TimeoutError:  # no slot in time; an attempt's own timeout is a Failure
                raise failure.as_error(num_retries) from None
        return Answer(outcome, num_retries, round((self._loop.time() - started) * 1000))

    async def _attempt(
        self, request: _Request, slot: Slot, attempt: int, deadline: float
    ) -> dict[str, Any] | Failure:
        """Ask once, and tell the limiter how it went."""
        outcome = await self._ask(request, attempt, deadline)
        if not isinstance(outcome, Failure):
            slot.succeeded()
        elif outcome.is_overload:
            slot.overloaded()
        return outcome

    async def _ask(
        self, request: _Request, attempt: int, deadline: float
    ) -> dict[str, Any] | Failure:
        # another name for each try, for the server may still hold the one before
        name = f"{request.name}-{attempt}" if attempt else request.name
        until = min(deadline, self._loop.time() + self._settings.longest_attempt_seconds)
        try:
            async with (
                asyncio.timeout_at(until),
                self._session.request(
                    request.method,
                    request.url,
                    data=_payload(request.body),
                    headers={"X-Request-Id": name},
                    allow_redirects=False,
                ) as response,
            ):
                answer = await self._read(response)
        except (aiohttp.ClientError, OSError) as error:  # TimeoutError is an OSError
            return failure_of_error(error, str(self._root))
        if answer is None:
            limit = self._settings.max_answer_bytes
            return malformed(f"more than {limit} bytes; allow more or ask for less")
        if response.status != 200:
            return failure_of_answer(
                response.status,
                answer,
                private=Private(request.body, self._key),
                retry_after=response.headers.get("Retry-After"),
            )
        return chat_of(answer) if request.has_tokens else document_of(answer)

    async def _read(self, response: aiohttp.ClientResponse) -> bytes | None:
        """Return the body, or None as soon as it is longer than allowed."""
        limit = self._settings.max_answer_bytes
        if response.content_length is not None:
            return await response.read() if response.content_length <= limit else None
        body = bytearray()
        async for chunk in response.content.iter_any():
            body += chunk
            if len(body) > limit:
                return None
        return bytes(body)

    async def _wait(self, failure: Failure, attempt: int, deadline: float) -> None:
        """Sleep until the next try is due, or raise where there will be none."""
        settings = self._settings
        pause = min(settings.backoff_seconds * 2.0**attempt, LONGEST_BACKOFF_SECONDS)
        pause *= random.uniform(0.5, 1.0)  # so that many clients do not come back together
        asked = min(failure.retry_after_seconds or 0.0, settings.max_retry_after_seconds)
        pause = max(pause, asked)
        is_last = attempt >= settings.max_retries or self._loop.time() + pause >= deadline
        if is_last or not failure.may_pass:
            raise failure.as_error(attempt + 1)
        await asyncio.sleep(pause)

    def _url(self, path: str) -> URL:
        url = self._urls.get(path)
        if url is None:
            url = self._urls[path] = self._root / path.lstrip("/")
        return url


def _headers(key: str) -> dict[str, str]:
    headers = {
        "Content-Type": "application/json",
        "Accept": "application/json",
        # no compression: the length of an answer is then known before it is read
        "Accept-Encoding": "identity",
        "User-Agent": "assay",
    }
    if key:
        headers["Authorization"] = f"Bearer {key}"
    return headers


def _payload(body: bytes) -> bytes | io.BytesIO | None:
    if len(body) > LARGE_BODY_BYTES:
        return io.BytesIO(body)
    return body or None
