"""One HTTP request to a service, tried again while that may help; errors are typed.

Scoring may be repeated freely: it changes nothing. Tried again is what says `retryable`, and what
never arrived; a refused sample is not. A wait that the service asks for (`Retry-After`) is kept, up
to a minute. A service without room (429, or 503 with a wait) is no failure: it is asked again until
patience is spent, by fewer requests at a time, and neither tries nor time are counted. Redirects
and proxies of the environment are ignored: the key goes where the configuration says and nowhere
else.
"""

import asyncio
import random
from dataclasses import replace
from types import TracebackType
from typing import NamedTuple, Self

import aiohttp
import orjson
from yarl import URL

from assay.client.limiter import Limiter, Slot
from assay.client.wire import Refusal, malformed, read_refusal
from assay.domain.errors import ConfigError, JudgeBackendError

MAX_ANSWER_BYTES = 64 << 20
FIRST_BACKOFF_SECONDS = 0.25
LONGEST_BACKOFF_SECONDS = 8.0
LONGEST_RETRY_AFTER_SECONDS = 60.0
PATIENCE_SECONDS = 600.0
_CHUNK_BYTES = 1 << 16


class Patience:
    """How long one request still waits for a service that has no room."""

    def __init__(self, seconds: float) -> None:
        self._left = seconds
        self._seconds = seconds
        self.num_waits = 0

    def spend(self, pause: float) -> bool:
        """Take a pause out of what is left; False where it is more than that."""
        if pause > self._left:
            return False
        self._left -= pause
        self.num_waits += 1
        return True

    def spent(self, refusal: Refusal) -> Refusal:
        """Return a refusal that says how long it was waited for."""
        error = refusal.error
        if not isinstance(error, JudgeBackendError) or not self.num_waits:
            return refusal
        waited = f"{error}; waited {self._seconds - self._left:.0f} s for room"
        return replace(refusal, error=JudgeBackendError(waited, error.code, error.status))


class Answer(NamedTuple):
    """What a service said with 200, and the slot it came through.

    Whoever reads it tells the slot how it went: a 200 may hold nothing but want of room.
    """

    body: bytes
    slot: Slot


class Transport:
    """Talks to one service; lives in one event loop.

    Args:
        url: where the service is; `http` or `https`, without credentials.
        api_key: sent as a bearer token.
        timeout_seconds: the longest that one request may take, with all its repetitions; waiting
            for room is not counted.
        max_in_flight: requests at a time; fewer while the service has no room.
        max_retries: repetitions of one request.
        patience_seconds: the longest that one request waits for room.

    Raises:
        ConfigError: the URL is none, or holds credentials.
    """

    def __init__(
        self,
        url: str,
        *,
        api_key: str | None,
        timeout_seconds: float,
        max_in_flight: int,
        max_retries: int,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self._root = _checked(url)
        self._headers = {"authorization": f"Bearer {api_key}"} if api_key else {}
        self._timeout_seconds = timeout_seconds
        self.max_in_flight = max_in_flight
        self.max_retries = max_retries
        self.patience_seconds = patience_seconds
        self.limiter = Limiter(first=max_in_flight, maximum=max_in_flight)
        self._session: aiohttp.ClientSession | None = None

    async def get(self, path: str, **query: str | None) -> bytes:
        """Return the answer to a GET; waits for room.

        Raises:
            JudgeBackendError: there is none; the code says why, `malformed` where it is no judge
                service that answers.
        """
        given = {name: value for name, value in query.items() if value is not None}
        answer = await self._ask_patiently("GET", self._url(path).with_query(given), None)
        if isinstance(answer, Refusal):
            raise malformed(f"that {answer.error}") if answer.is_foreign else answer.error
        answer.slot.succeeded()
        return answer.body

    async def post(self, path: str, body: bytes) -> Answer | Refusal:
        """Return the answer to a POST of JSON, or why there is none; waits for room.

        The caller tells the answer's slot how it went.
        """
        return await self._ask_patiently("POST", self._url(path), body)

    def pause_seconds(self, num_tries: int, retry_after_seconds: float | None) -> float:
        """Return how long to wait before the next try: doubling, shortened by up to half.

        On top of what the service asks for, so that those it told the same do not come together.
        """
        backoff = min(
            FIRST_BACKOFF_SECONDS * 2.0 ** min(num_tries - 1, 32), LONGEST_BACKOFF_SECONDS
        )
        backoff *= 1 - random.random() / 2
        return backoff + min(retry_after_seconds or 0.0, LONGEST_RETRY_AFTER_SECONDS)

    async def close(self) -> None:
        """Let go of the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def _ask_patiently(self, method: str, url: URL, body: bytes | None) -> Answer | Refusal:
        patience = Patience(self.patience_seconds)
        while True:
            answer = await self._ask(method, url, body)
            if not isinstance(answer, Refusal) or not answer.is_saturated:
                return answer
            pause = self.pause_seconds(patience.num_waits + 1, answer.retry_after_seconds)
            if not patience.spend(pause):
                return patience.spent(answer)
            await asyncio.sleep(pause)

    async def _ask(self, method: str, url: URL, body: bytes | None) -> Answer | Refusal:
        """Ask until there is an answer, a final refusal, no room, or no time left."""
        loop = asyncio.get_running_loop()
        left = self._timeout_seconds  # waiting for one's turn is the crowd's fault, not counted
        num_tries = 0
        while True:
            async with self.limiter.slot() as slot:
                begun = loop.time()
                answer = await self._ask_once(method, url, body, left)
                left -= loop.time() - begun
                if not isinstance(answer, Refusal):
                    return Answer(answer, slot)
                if answer.is_saturated:
                    slot.overloaded()
            num_tries += 1
            if not answer.may_pass or answer.is_saturated:
                return answer
            pause = self.pause_seconds(num_tries, answer.retry_after_seconds)
            left -= pause
            if num_tries > self.max_retries or left <= 0:
                return answer
            await asyncio.sleep(pause)

    async def _ask_once(
        self, method: str, url: URL, body: bytes | None, seconds: float
    ) -> bytes | Refusal:
        session = self._open_session()
        headers = {} if body is None else {"content-type": "application/json"}
        try:
            async with asyncio.timeout(max(seconds, 0.0)):
                async with session.request(
                    method, url, data=body, headers=headers, allow_redirects=False
                ) as response:
                    answer = await _read(response)
                    if response.status == 200:
                        return answer
                    return read_refusal(
                        response.status, _parsed(answer), response.headers.get("retry-after")
                    )
        except TimeoutError:
            return _lost("no answer within the time allowed", "timeout", may_pass=False)
        except aiohttp.ClientConnectorError as exc:
            return _lost(f"no connection ({type(exc).__name__})", "unreachable")
        except (aiohttp.ClientError, OSError) as exc:
            return _lost(f"a broken connection ({type(exc).__name__})", "unreachable")

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0),
                headers=self._headers,
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=10),
                trust_env=False,
                auto_decompress=False,
            )
        return self._session

    def _url(self, path: str) -> URL:
        return self._root.joinpath(path)


async def _read(response: aiohttp.ClientResponse) -> bytes:
    answer = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
        answer += chunk
        if len(answer) > MAX_ANSWER_BYTES:
            raise malformed(f"more than {MAX_ANSWER_BYTES} bytes")
    return bytes(answer)


def _parsed(body: bytes) -> object:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None  # not a problem of ours, a proxy's page for example; the status says enough


def _lost(what: str, code: str, *, may_pass: bool = True) -> Refusal:
    error = JudgeBackendError(f"expected an answer of the judge service, found {what}", code)
    return Refusal(error, may_pass, 0)


def _checked(text: str) -> URL:
    try:
        url = URL(text)
    except ValueError:
        url = URL()
    if url.scheme not in ("http", "https") or not url.host:
        raise ConfigError(
            "expected the URL of a judge service such as http://127.0.0.1:8001, found another "
            "text; correct it"
        )
    if url.user or url.password or url.query_string or url.fragment:
        raise ConfigError(
            "expected a URL without credentials, query or fragment, found one with them; give the "
            "key as api_key"
        )
    return url
