"""Loops that send recorded requests and read the answers whole; one also parses them."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

import aiohttp
import httpx
import orjson
from benchmarks.judging.recording import Recorded
from yarl import URL

Send: TypeAlias = Callable[[Recorded], Awaitable[int]]

HEADERS = {"Content-Type": "application/json", "Accept-Encoding": "identity"}
TIMEOUT_SECONDS = 120.0


class BareAiohttp:
    """One aiohttp session, tuned as the engine's: no cookies, no limit of its own, no redirects."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._urls: dict[str, URL] = {}
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=HEADERS,
            timeout=aiohttp.ClientTimeout(total=TIMEOUT_SECONDS),
            auto_decompress=False,
        )

    async def send(self, request: Recorded) -> int:
        await self._ask(request)
        return 1

    async def send_and_parse(self, request: Recorded) -> int:
        """The least that a client does which reads what it is told."""
        orjson.loads(await self._ask(request))
        return 1

    async def close(self) -> None:
        await self._session.close()

    async def _ask(self, request: Recorded) -> bytes:
        url = self._urls.get(request.path)
        if url is None:
            url = self._urls[request.path] = URL(self._root) / request.path
        async with self._session.post(url, data=request.body, allow_redirects=False) as response:
            body = await response.read()
        _check(response.status, body)
        return body


class BareHttpx:
    """One httpx client, as its manual makes it, with room for all that is in flight."""

    def __init__(self, root: str, *, num_in_flight: int) -> None:
        self._client = httpx.AsyncClient(
            base_url=root,
            headers=HEADERS,
            timeout=TIMEOUT_SECONDS,
            limits=httpx.Limits(
                max_connections=num_in_flight, max_keepalive_connections=num_in_flight
            ),
            trust_env=False,
        )

    async def send(self, request: Recorded) -> int:
        response = await self._client.post(f"/{request.path}", content=request.body)
        _check(response.status_code, response.content)
        return 1

    async def close(self) -> None:
        await self._client.aclose()


def _check(status: int, body: bytes) -> None:
    if status != 200:
        raise RuntimeError(f"expected status 200, found {status}: {body[:200]!r}")
