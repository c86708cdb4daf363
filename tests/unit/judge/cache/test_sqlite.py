import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from assay.domain.errors import ConfigError, JudgeBackendError
from assay_judge.cache.sqlite import SqliteCache, num_bytes_used
from assay_judge.cache.store import open_cache

# Puts numbered values without an end, and says after each that it is put.
WRITER = """
import asyncio, sys
from pathlib import Path
from assay_judge.cache.sqlite import SqliteCache

async def put(cache, name, number):
    await cache.put(f"{name}-{number}", b"%d" % number * 500)
    print(number, flush=True)

async def main(path, name, total):
    cache = SqliteCache(Path(path))
    print("open", flush=True)
    for first in range(0, int(total), 20):
        await asyncio.gather(*(put(cache, name, first + n) for n in range(20)))
    await cache.close()

asyncio.run(main(*sys.argv[1:]))
"""


def _use(path: Path, use: Callable[[SqliteCache], Awaitable[None]], **settings: int) -> None:
    async def run() -> None:
        cache = SqliteCache(path, **settings)
        try:
            await use(cache)
        finally:
            await cache.close()

    asyncio.run(run())


def _start_writer(path: Path, name: str, total: int) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-c", WRITER, str(path), name, str(total)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, bufsize=0)


@pytest.mark.parametrize(
    "content", [b"no database, but long enough to be looked at " * 9, b"SQLite format 3\0" * 99]
)
def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "cache.db"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"sound judgement cache.*name another file"):
        open_cache(f"sqlite:///{path}")
    assert path.read_bytes() == content


def test_another_programs_database_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE precious (x)")
    other.commit()
    other.close()
    content = path.read_bytes()
    with pytest.raises(ConfigError, match="another program's database"):
        SqliteCache(path)
    assert path.read_bytes() == content
    assert list(tmp_path.iterdir()) == [path]


def test_a_cache_of_another_version_is_refused(tmp_path: Path) -> None:
    async def nothing(cache: SqliteCache) -> None:
        await cache.put("key", b"value")

    path = tmp_path / "cache.db"
    _use(path, nothing)
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(ConfigError, match=r"expected version 1 .*, found 99; .*delete this one"):
        SqliteCache(path)


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(ConfigError, match=r"expected to open .*check the path"):
        SqliteCache(tmp_path / "file" / "cache.db")


def test_damage_that_shows_later_is_a_failure_of_the_cache_alone(tmp_path: Path) -> None:
    async def fill(cache: SqliteCache) -> None:
        await asyncio.gather(*(cache.put(f"key-{n}", b"x" * 3000) for n in range(200)))

    async def read(cache: SqliteCache) -> None:
        ends = await asyncio.gather(
            *(cache.get(f"key-{n}") for n in range(200)), return_exceptions=True
        )
        assert any(isinstance(end, JudgeBackendError) for end in ends)
        assert {type(end) for end in ends} <= {JudgeBackendError, bytes, type(None)}

    path = tmp_path / "cache.db"
    _use(path, fill)
    content = bytearray(path.read_bytes())
    content[8192:] = os.urandom(len(content) - 8192)
    path.write_bytes(content)
    _use(path, read)


def test_the_file_keeps_to_its_bound_and_forgets_the_oldest(tmp_path: Path) -> None:
    max_bytes = 400_000
    path = tmp_path / "cache.db"

    async def fill(cache: SqliteCache) -> None:
        for number in range(1000):
            await cache.put(f"key-{number}", os.urandom(3000))
        assert await cache.get("key-0") is None
        kept = [n for n in range(1000) if await cache.get(f"key-{n}") is not None]
        assert kept == list(range(kept[0], 1000))  # an unbroken run of the newest
        assert len(kept) > 50

    _use(path, fill, max_bytes=max_bytes)
    connection = sqlite3.connect(path)
    assert num_bytes_used(connection) <= max_bytes
    connection.close()
    assert path.stat().st_size < 1.2 * max_bytes


def test_an_entry_beyond_the_bound_is_kept_until_the_next(tmp_path: Path) -> None:
    async def use(cache: SqliteCache) -> None:
        await cache.put("large", b"x" * 200_000)
        assert await cache.get("large") is not None
        await cache.put("small", b"x")
        assert await cache.get("large") is None
        assert await cache.get("small") == b"x"

    _use(tmp_path / "cache.db", use, max_bytes=50_000)


def test_close_flushes_what_nobody_waited_for(tmp_path: Path) -> None:
    async def put(cache: SqliteCache) -> None:
        for number in range(500):
            task = asyncio.create_task(cache.put(f"key-{number}", b"v"))
            await asyncio.sleep(0)
            task.cancel()

    async def get(cache: SqliteCache) -> None:
        assert all([await cache.get(f"key-{number}") == b"v" for number in range(500)])

    _use(tmp_path / "cache.db", put)
    _use(tmp_path / "cache.db", get)


def test_a_closed_cache_says_so(tmp_path: Path) -> None:
    async def use(cache: SqliteCache) -> None:
        await cache.close()
        with pytest.raises(JudgeBackendError, match="closed"):
            await cache.get("key")

    _use(tmp_path / "cache.db", use)


def test_a_full_disk_fails_the_put_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "cache.db"

    async def use(cache: SqliteCache) -> None:
        await cache.put("before", b"kept")
        cache._writer.post(lambda connection: connection.execute("PRAGMA max_page_count = 20"))
        with pytest.raises(JudgeBackendError, match="full"):
            await cache.put("large", b"x" * 1_000_000)
        assert await cache.get("before") == b"kept"
        await cache.put("small", b"v")
        assert await cache.get("small") == b"v"

    _use(path, use)


def test_several_processes_create_and_fill_one_file(tmp_path: Path) -> None:
    path = tmp_path / "cache.db"
    writers = [_start_writer(path, name, 400) for name in "abc"]
    outs = [writer.communicate(timeout=60)[0] for writer in writers]
    assert [writer.returncode for writer in writers] == [0, 0, 0]
    assert all(out.count(b"\n") == 401 for out in outs)

    async def read(cache: SqliteCache) -> None:
        for name in "abc":
            for number in range(400):
                assert await cache.get(f"{name}-{number}") == b"%d" % number * 500

    _use(path, read)


def test_a_killed_writer_leaves_all_that_it_was_told_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "cache.db"
    with _start_writer(path, "k", 10_000_000) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"open\n"
        time.sleep(0.3)
        writer.send_signal(signal.SIGKILL)
        told = [int(line) for line in writer.stdout.read().splitlines()]
    assert len(told) > 100

    async def read(cache: SqliteCache) -> None:
        for number in told:
            assert await cache.get(f"k-{number}") == b"%d" % number * 500
        await cache.put("after", b"v")
        assert await cache.get("after") == b"v"

    _use(path, read)
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    values = connection.execute("SELECT key, value FROM judgement WHERE key LIKE 'k-%'").fetchall()
    connection.close()
    assert all(value == key[2:].encode() * 500 for key, value in values)  # no torn row
