import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.fakes.redis_server import RedisServer

from assay.domain.errors import ConfigError, JudgeBackendError
from assay_judge.cache.store import open_cache


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    started = RedisServer(tmp_path)
    yield started
    started.stop()


def test_an_absent_server_is_said_at_the_start_without_the_password() -> None:
    with pytest.raises(JudgeBackendError, match=r"unix:///nowhere/redis\.sock") as caught:
        open_cache("unix://:hidden@/nowhere/redis.sock?ttl_seconds=9")
    assert caught.value.code == "unreachable"
    assert "hidden" not in str(caught.value)


def test_a_refused_password_is_a_wrong_configuration(server: RedisServer) -> None:
    server.execute("CONFIG", "SET", "requirepass", "right")
    url = f"unix://:hidden@{server.socket}"
    with pytest.raises(ConfigError) as caught:
        open_cache(url)
    assert "hidden" not in str(caught.value)


def test_a_url_that_redis_cannot_read_is_a_wrong_configuration() -> None:
    with pytest.raises(ConfigError, match="redis://HOST:PORT/DB"):
        open_cache("redis://host:notaport/0")


def test_keys_have_a_prefix_and_live_as_long_as_was_asked(server: RedisServer) -> None:
    async def use() -> None:
        cache = open_cache(f"{server.url}?prefix=mine:&ttl_seconds=60")
        assert cache is not None
        await cache.put("key", b"value")
        await cache.close()

    asyncio.run(use())
    assert server.execute("KEYS", "*") == [b"mine:key"]
    assert server.execute("TTL", "mine:key") in (59, 60)


def test_without_a_time_to_live_entries_stay(server: RedisServer) -> None:
    async def use() -> None:
        cache = open_cache(server.url)
        assert cache is not None
        await cache.put("key", b"value")
        await cache.close()

    asyncio.run(use())
    assert server.execute("TTL", "assay:judgement:key") == -1


def test_a_server_that_dies_raises_the_error_of_the_port(server: RedisServer) -> None:
    async def use() -> None:
        cache = open_cache(server.url)
        assert cache is not None
        await cache.put("key", b"value")
        server.stop()
        with pytest.raises(JudgeBackendError):
            await cache.get("key")
        with pytest.raises(JudgeBackendError):
            await cache.put("key", b"value")
        await cache.close()

    asyncio.run(use())
