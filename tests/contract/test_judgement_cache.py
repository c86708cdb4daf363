"""What every judgement cache promises, checked on each of them."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from tests.fakes.redis_server import RedisServer

from assay_judge.cache.store import JudgementCache, open_cache

Use = Callable[[JudgementCache], Awaitable[None]]
_PREFIXES = itertools.count()


@pytest.fixture(scope="module")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    yield server
    server.stop()


@pytest.fixture(params=["memory", "sqlite", "redis"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "redis":
        server: RedisServer = request.getfixturevalue("redis_server")
        return f"{server.url}?prefix=test{next(_PREFIXES)}:"
    return f"sqlite:///{tmp_path / 'cache.db'}" if request.param == "sqlite" else "memory:"


def _with_cache(url: str, use: Use) -> None:
    async def run() -> None:
        cache = open_cache(url)
        assert cache is not None
        try:
            await use(cache)
        finally:
            await cache.close()

    asyncio.run(run())


def test_what_was_never_put_is_absent(url: str) -> None:
    async def use(cache: JudgementCache) -> None:
        assert await cache.get("a" * 64) is None

    _with_cache(url, use)


@pytest.mark.parametrize("value", [b"", b"\x00\xff\n" * 7, b"x" * (3 << 20)])
def test_bytes_come_back_as_they_were_put(url: str, value: bytes) -> None:
    async def use(cache: JudgementCache) -> None:
        await cache.put("key", value)
        assert await cache.get("key") == value
        assert await cache.get("KEY") is None

    _with_cache(url, use)


def test_a_later_put_replaces_an_earlier_one(url: str) -> None:
    async def use(cache: JudgementCache) -> None:
        await cache.put("key", b"old")
        await cache.put("key", b"new")
        assert await cache.get("key") == b"new"

    _with_cache(url, use)


def test_many_tasks_may_use_it_at_once(url: str) -> None:
    async def put_and_get(cache: JudgementCache, number: int) -> bytes | None:
        await cache.put(f"key-{number}", b"%d" % number)
        return await cache.get(f"key-{number}")

    async def use(cache: JudgementCache) -> None:
        found = await asyncio.gather(*(put_and_get(cache, n) for n in range(300)))
        assert found == [b"%d" % n for n in range(300)]

    _with_cache(url, use)


def test_a_cancelled_caller_harms_nobody_else(url: str) -> None:
    async def use(cache: JudgementCache) -> None:
        tasks = [asyncio.create_task(cache.put(f"key-{n}", b"v")) for n in range(50)]
        await asyncio.sleep(0)
        for task in tasks[::2]:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(end is None for end in ended[1::2])
        assert [await cache.get(f"key-{n}") for n in range(1, 50, 2)] == [b"v"] * 25

    _with_cache(url, use)


def test_closing_twice_is_allowed(url: str) -> None:
    async def use(cache: JudgementCache) -> None:
        await cache.close()

    _with_cache(url, use)


@pytest.mark.parametrize("url", ["sqlite", "redis"], indirect=True)
def test_the_next_process_finds_what_was_put(url: str) -> None:
    async def put(cache: JudgementCache) -> None:
        await cache.put("key", b"kept")

    async def get(cache: JudgementCache) -> None:
        assert await cache.get("key") == b"kept"

    _with_cache(url, put)
    _with_cache(url, get)
