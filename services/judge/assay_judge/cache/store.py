"""The port of the judgement cache, bytes by key, and which implementation a URL means.

A key addresses all that a judgement depends on (`keys`), so entries never go stale: they are only
ever added or pruned. Losing one costs money, never a wrong answer.
"""

from pathlib import Path
from typing import NamedTuple, Protocol
from urllib.parse import parse_qsl, urlencode

from assay.domain.errors import ConfigError
from assay_judge.cache.memory import MAX_ENTRIES, MemoryCache
from assay_judge.cache.sqlite import SqliteCache

_SQLITE = "sqlite:///"
_REDIS = ("redis://", "rediss://", "unix://")
_MEMORY = "memory:"
_PREFIX_CHARS = 100


class JudgementCache(Protocol):
    """A store of bytes by key, safe for any number of tasks of one event loop.

    `get` and `put` raise `JudgeBackendError` when the store fails, and nothing else;
    `SharedJudgements` goes on without it.
    """

    async def get(self, key: str) -> bytes | None:
        """Return what stands under `key`, or None."""

    async def put(self, key: str, value: bytes) -> None:
        """Keep `value` under `key`, in place of what stood there; durable when this returns."""

    async def close(self) -> None:
        """Flush and let go of the store; a second call does nothing."""


class _Address(NamedTuple):
    """A URL, and the options for the cache that were taken out of its query."""

    url: str
    options: dict[str, str]


def open_cache(url: str | None) -> JudgementCache | None:
    """Open the cache that `url` names; None for no cache. Call it at start-up: it may block.

    Args:
        url: `sqlite:///FILE` with `?max_bytes=N` to bound it; `redis://HOST[:PORT]/DB`, `rediss://`
            or `unix:///SOCKET` with `?ttl_seconds=N&prefix=P`; `memory:` or `memory:N` for the last
            N entries; `off` or None.

    Raises:
        ConfigError: it is none of these, or the file is no cache of this version.
        JudgeBackendError: Redis does not answer within seconds (code `unreachable`).
    """
    if url is None or url == "off":
        return None
    if url.startswith(_SQLITE):
        return _open_sqlite(url)
    if url.startswith(_REDIS):
        return _open_redis(url)
    if url.startswith(_MEMORY):
        size = url.removeprefix(_MEMORY)
        return MemoryCache(_positive(size, "memory:N") if size else MAX_ENTRIES)
    raise ConfigError(
        "expected a cache as sqlite:///FILE, redis://HOST:PORT/DB, memory: or off, found "
        f"{url.rpartition('@')[2]!r:.80}; correct it"
    )


def _open_sqlite(url: str) -> JudgementCache:
    address = _take_options(url, ("max_bytes",))
    path = address.url.removeprefix(_SQLITE)
    if not path or "?" in path:
        raise ConfigError(
            "expected a cache as sqlite:///FILE or sqlite:///FILE?max_bytes=N, found "
            f"{url!r:.80}; correct it"
        )
    max_bytes = address.options.get("max_bytes")
    size = None if max_bytes is None else _positive(max_bytes, "max_bytes=N")
    return SqliteCache(Path(path), max_bytes=size)


def _open_redis(url: str) -> JudgementCache:
    from assay_judge.cache.redis import PREFIX, RedisCache  # the client loads where it is wanted

    address = _take_options(url, ("ttl_seconds", "prefix"))
    prefix = address.options.get("prefix", PREFIX)
    if len(prefix) > _PREFIX_CHARS:
        raise ConfigError(f"expected a prefix of at most {_PREFIX_CHARS} characters; shorten it")
    ttl = address.options.get("ttl_seconds")
    seconds = None if ttl is None else _positive(ttl, "ttl_seconds=N")
    return RedisCache(address.url, prefix=prefix, ttl_seconds=seconds)


def _take_options(url: str, names: tuple[str, ...]) -> _Address:
    base, _, query = url.partition("?")
    pairs = parse_qsl(query, keep_blank_values=True)
    rest = [(name, value) for name, value in pairs if name not in names]
    return _Address(
        f"{base}?{urlencode(rest)}" if rest else base,
        {name: value for name, value in pairs if name in names},
    )


def _positive(text: str, what: str) -> int:
    if text.isascii() and text.isdigit() and 0 < int(text[:20]) < 1 << 62:
        return int(text[:20])
    raise ConfigError(f"expected a positive whole number in {what}, found {text!r:.80}; correct it")
