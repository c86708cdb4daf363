"""The cache in Redis, for judges on several machines.

Redis decides what to forget (its `maxmemory-policy`, or a time to live); whatever is gone is judged
anew. Each command has a deadline, and none is repeated: a slow cache must not hold up a judgement.
"""

from typing import cast

import redis
import redis.asyncio
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from assay.domain.errors import ConfigError, JudgeBackendError

PREFIX = "assay:judgement:"
TIMEOUT_SECONDS = 3.0
MAX_CONNECTIONS = 32


class RedisCache:
    """A cache in Redis; it must answer when this is made, which may take three seconds.

    Args:
        url: `redis://[user:password@]host[:port][/db]`, `rediss://...` or `unix:///socket`.
        prefix: before each key.
        ttl_seconds: how long entries live; None leaves it to the server.

    Raises:
        ConfigError: the URL is wrong, or the server refuses the password.
        JudgeBackendError: the server does not answer (code `unreachable`).
    """

    def __init__(self, url: str, *, prefix: str = PREFIX, ttl_seconds: int | None = None) -> None:
        _make_sure_it_answers(url)
        pool = redis.asyncio.BlockingConnectionPool.from_url(
            url,
            max_connections=MAX_CONNECTIONS,
            timeout=TIMEOUT_SECONDS,
            socket_timeout=TIMEOUT_SECONDS,
            socket_connect_timeout=TIMEOUT_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )
        self._client = redis.asyncio.Redis.from_pool(pool)
        self._prefix = prefix
        self._ttl_seconds = ttl_seconds

    async def get(self, key: str) -> bytes | None:
        try:
            return cast("bytes | None", await self._client.get(self._prefix + key))
        except (redis.RedisError, OSError) as exc:
            raise _failed(exc) from exc

    async def put(self, key: str, value: bytes) -> None:
        try:
            await self._client.set(self._prefix + key, value, ex=self._ttl_seconds)
        except (redis.RedisError, OSError) as exc:
            raise _failed(exc) from exc

    async def close(self) -> None:
        await self._client.aclose()


def _make_sure_it_answers(url: str) -> None:
    try:
        client = redis.Redis.from_url(
            url, socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS
        )
    except ValueError as exc:
        raise ConfigError(
            "expected a cache as redis://HOST:PORT/DB, found a URL that is none; correct it"
        ) from exc
    try:
        client.ping()
    except redis.AuthenticationError as exc:
        raise ConfigError(
            f"expected Redis at {_where(url)} to take the password, found: {exc}; correct the URL"
        ) from exc
    except (redis.RedisError, OSError) as exc:
        raise JudgeBackendError(
            f"expected Redis to answer at {_where(url)}, found: {exc}; start it, or choose another "
            "cache (sqlite:///FILE needs no server)",
            "unreachable",
        ) from exc
    finally:
        client.close()


def _where(url: str) -> str:
    """Return the URL without user, password and query."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.partition('?')[0].rpartition('@')[2]}"


def _failed(exc: Exception) -> JudgeBackendError:
    return JudgeBackendError(f"the judgement cache in Redis failed: {exc}", "unreachable")
