"""One request to a vLLM server: the body of a 200, or why there is none.

Nothing is tried again here. Redirects and proxies of the environment are ignored: conversations and
key go where the configuration says and nowhere else.
"""

import asyncio
from dataclasses import dataclass

import aiohttp
from yarl import URL

from assay.client.limiter import Slot
from assay.domain.errors import ConfigError, RewardModelError

MAX_ANSWER_BYTES = 4 << 20
CONNECT_SECONDS = 10.0
_CHUNK_BYTES = 1 << 16
_ONE_TOO_MANY = (400, 413, 422, 500)  # one item may be to blame: too long, or a logit that is NaN
_MAY_PASS = (429, 502, 503, 504)
_CODES = {429: "saturated", 503: "saturated", 504: "timeout"}


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request was not answered; whether it may pass, and whether one item may be to blame."""

    error: RewardModelError
    may_pass: bool = False
    is_of_one_item: bool = False


class VllmTransport:
    """Talks to one server; lives in one event loop.

    Args:
        url: where the server is; `http` or `https`, without credentials.
        api_key: sent as a bearer token.
        timeout_seconds: the longest that one request may take.

    Raises:
        ConfigError: the URL is none, or holds credentials.
    """

    def __init__(self, url: str, *, api_key: str | None, timeout_seconds: float) -> None:
        self._root = _checked(url)
        self._headers = {"content-type": "application/json"}
        if api_key:
            self._headers["authorization"] = f"Bearer {api_key}"
        self._timeout_seconds = timeout_seconds
        self._session: aiohttp.ClientSession | None = None

    async def ask(self, method: str, path: str, body: bytes | None, slot: Slot) -> bytes | Refusal:
        """Return the answer to one request, and tell its slot how the server bears the load."""
        try:
            async with asyncio.timeout(self._timeout_seconds):
                async with self._open_session().request(
                    method, self._root.joinpath(path), data=body, allow_redirects=False
                ) as response:
                    answer = await _read(response)
        except TimeoutError:
            slot.overloaded()
            return _lost("no answer in time", "timeout", may_pass=False)
        except (aiohttp.ClientError, OSError) as exc:
            return _lost(f"a broken connection ({type(exc).__name__})", "unreachable")
        if response.status == 200:
            slot.succeeded()
            return answer
        if response.status in _MAY_PASS:
            slot.overloaded()
        return _refusal(response.status)

    async def close(self) -> None:
        """Let go of the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0),
                headers=self._headers,
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS),
                trust_env=False,
                auto_decompress=False,
            )
        return self._session


async def _read(response: aiohttp.ClientResponse) -> bytes:
    answer = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
        answer += chunk
        if len(answer) > MAX_ANSWER_BYTES:
            raise aiohttp.ClientPayloadError(f"more than {MAX_ANSWER_BYTES} bytes")
    return bytes(answer)


def _refusal(status: int) -> Refusal:
    code = _CODES.get(status, "server_error" if status >= 500 else "refused")
    error = RewardModelError(
        f"expected scores of a vLLM pooling server, found HTTP status {status}", code
    )
    return Refusal(error, may_pass=status in _MAY_PASS, is_of_one_item=status in _ONE_TOO_MANY)


def _lost(found: str, code: str, *, may_pass: bool = True) -> Refusal:
    error = RewardModelError(f"expected an answer of the reward model, found {found}", code)
    return Refusal(error, may_pass)


def _checked(text: str) -> URL:
    try:
        url = URL(text)
    except ValueError:
        url = URL()
    if url.scheme not in ("http", "https") or not url.host or url.user or url.query_string:
        raise ConfigError(
            "expected the URL of a vLLM server such as http://127.0.0.1:8000, without credentials "
            "or query, found another text; correct it"
        )
    return url
