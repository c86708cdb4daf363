import asyncio
import sqlite3
from pathlib import Path

import pytest

from assay.domain.errors import JudgeBackendError
from assay_judge.cache.transactions import TransactionThread


def _open(path: Path) -> TransactionThread:
    def connect() -> sqlite3.Connection:
        return sqlite3.connect(path, isolation_level=None)

    thread = TransactionThread(connect, what="test file")
    thread.post(lambda c: c.execute("CREATE TABLE IF NOT EXISTS number (n INTEGER UNIQUE)"))
    return thread


def _insert(connection: sqlite3.Connection, number: int) -> int:
    connection.execute("INSERT INTO number VALUES (?)", (number,))
    return number


def _refuse(connection: sqlite3.Connection) -> None:
    raise ValueError("not today")


def test_an_operation_that_refuses_fails_alone(tmp_path: Path) -> None:
    async def use() -> None:
        thread = _open(tmp_path / "f.db")
        good = [thread.run(lambda c, n=n: _insert(c, n)) for n in range(20)]  # type: ignore[misc]
        *numbers, error = await asyncio.gather(*good, thread.run(_refuse), return_exceptions=True)
        assert numbers == list(range(20))
        assert isinstance(error, ValueError)
        await thread.close()

    asyncio.run(use())


def test_what_the_database_refuses_fails_the_transaction_and_not_the_next(tmp_path: Path) -> None:
    async def use() -> None:
        thread = _open(tmp_path / "f.db")
        await thread.run(lambda c: _insert(c, 1))
        with pytest.raises(JudgeBackendError, match="test file failed: UNIQUE"):
            await thread.run(lambda c: _insert(c, 1))
        assert await thread.run(lambda c: _insert(c, 2)) == 2
        thread.post(lambda c: _insert(c, 2))
        await thread.close()
        assert thread.num_failed_posts == 1

    asyncio.run(use())


def test_a_loop_that_ended_does_not_take_the_thread_with_it(tmp_path: Path) -> None:
    thread = _open(tmp_path / "f.db")

    async def leave() -> None:
        thread.post(lambda c: c.execute("SELECT 1"))
        task = asyncio.ensure_future(thread.run(lambda c: _insert(c, 1)))
        await asyncio.sleep(0)
        task.cancel()

    async def use() -> None:
        assert await thread.run(lambda c: _insert(c, 2)) == 2
        await thread.close()

    asyncio.run(leave())
    asyncio.run(use())


def test_an_error_in_opening_is_raised_to_who_opens(tmp_path: Path) -> None:
    def connect() -> sqlite3.Connection:
        raise ValueError("no such file")

    with pytest.raises(ValueError, match="no such file"):
        TransactionThread(connect, what="test file")
