import asyncio
from pathlib import Path

import pytest

from assay.domain.errors import ConfigError
from assay_judge.cache.memory import MemoryCache
from assay_judge.cache.store import open_cache


@pytest.mark.parametrize("url", [None, "off"])
def test_no_cache_can_be_asked_for(url: str | None) -> None:
    assert open_cache(url) is None


@pytest.mark.parametrize(
    "url",
    [
        "",
        "cache.db",
        "sqlite://",
        "sqlite:///",
        "sqlite:///cache.db?max_bytes=0",
        "sqlite:///cache.db?max_bytes=1e9",
        "sqlite:///cache.db?max_byte=5",
        "memory:0",
        "memory:-5",
        "memory:many",
        "http://user:hidden@host/",
        f"redis://host/0?prefix={'x' * 101}",
        "redis://host/0?ttl_seconds=never",
    ],
)
def test_other_urls_are_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="expected") as caught:
        open_cache(url)
    assert "hidden" not in str(caught.value)


def test_memory_forgets_what_was_not_used_for_longest() -> None:
    async def use() -> None:
        cache = open_cache("memory:2")
        assert isinstance(cache, MemoryCache)
        await cache.put("a", b"1")
        await cache.put("b", b"2")
        await cache.get("a")
        await cache.put("c", b"3")
        assert [await cache.get(key) for key in "abc"] == [b"1", None, b"3"]

    asyncio.run(use())


def test_a_sqlite_path_may_have_folders_that_do_not_exist_yet(tmp_path: Path) -> None:
    async def use() -> None:
        cache = open_cache(f"sqlite:///{tmp_path}/a/b/cache.db?max_bytes=1000000")
        assert cache is not None
        await cache.close()

    asyncio.run(use())
    assert (tmp_path / "a" / "b" / "cache.db").is_file()
