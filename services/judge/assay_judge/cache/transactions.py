"""A thread that owns one SQLite connection and runs operations in shared transactions.

The idea: a commit costs much more than a row, so whatever arrives while one transaction commits
goes into the next, together. Nothing waits for company: a lone operation is committed at once. The
event loop only ever puts on a queue. Invariants: operations run in the order in which they came;
what one returns is known only after its commit; one that raises must have written nothing.
"""

import asyncio
import queue
import sqlite3
import threading
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from assay.domain.errors import JudgeBackendError

T = TypeVar("T")

MAX_OPERATIONS = 1000  # in one transaction, so that other processes get their turn


@dataclass(slots=True, eq=False)
class _Operation(Generic[T]):
    run: Callable[[sqlite3.Connection], T]
    future: asyncio.Future[T] | None
    result: T | None = None
    error: Exception | None = None


class TransactionThread:
    """Runs operations on a connection that it opens in its own thread.

    Args:
        connect: opens the connection, with `isolation_level=None`; its errors are raised here.
        begin: the statement that opens a transaction.
        what: what the file is, for error messages.
    """

    def __init__(
        self,
        connect: Callable[[], sqlite3.Connection],
        *,
        begin: str = "BEGIN IMMEDIATE",
        what: str,
    ) -> None:
        self._connect = connect
        self._begin = begin
        self._what = what
        self._queue: queue.SimpleQueue[_Operation[Any] | None] = queue.SimpleQueue()
        self._opened: queue.SimpleQueue[Exception | None] = queue.SimpleQueue()
        self._is_closed = False
        self.num_failed_posts = 0
        self._thread = threading.Thread(target=self._work, name=f"sqlite {what}", daemon=True)
        self._thread.start()
        error = self._opened.get()
        if error is not None:
            raise error

    async def run(self, operation: Callable[[sqlite3.Connection], T]) -> T:
        """Run an operation and return its result once it is committed.

        A caller that is cancelled does not know whether the operation was carried out.

        Raises:
            JudgeBackendError: the database failed (code `failed`), or the thread is closed.
        """
        self._refuse_closed()
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._queue.put(_Operation(operation, future))
        return await future

    def post(self, operation: Callable[[sqlite3.Connection], object]) -> None:
        """Have an operation run soon, and do not wait; failures count in `num_failed_posts`."""
        self._refuse_closed()
        self._queue.put(_Operation(operation, None))

    @property
    def is_closed(self) -> bool:
        """Whether it was closed."""
        return self._is_closed

    async def close(self) -> None:
        """Run what is still waiting, then close the connection; a second call does nothing."""
        if not self._is_closed:
            self._is_closed = True
            self._queue.put(None)
        await asyncio.to_thread(self._thread.join)

    def _refuse_closed(self) -> None:
        if self._is_closed:
            raise JudgeBackendError(f"expected an open {self._what}, found it closed; open it anew")

    def _work(self) -> None:
        try:
            connection = self._connect()
        except Exception as exc:  # noqa: BLE001  raised again by the thread that opens us
            self._opened.put(exc)
            return
        self._opened.put(None)
        is_open = True
        while is_open:
            batch = [self._queue.get()]
            while not self._queue.empty() and len(batch) < MAX_OPERATIONS:
                batch.append(self._queue.get())
            operations = [operation for operation in batch if operation is not None]
            is_open = len(operations) == len(batch)  # nothing follows the closing None
            if operations:
                self._transact(connection, operations)
                self._tell(operations)
        connection.close()

    def _transact(self, connection: sqlite3.Connection, operations: list[_Operation[Any]]) -> None:
        try:
            connection.execute(self._begin)
            for operation in operations:
                _carry_out(operation, connection)
            connection.execute("COMMIT")
        except sqlite3.Error as exc:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            for operation in operations:
                operation.error = JudgeBackendError(f"the {self._what} failed: {exc}")

    def _tell(self, operations: list[_Operation[Any]]) -> None:
        by_loop = defaultdict(list)
        for operation in operations:
            if operation.future is not None:
                by_loop[operation.future.get_loop()].append(operation)
            elif operation.error is not None:
                self.num_failed_posts += 1
        for loop, answered in by_loop.items():
            try:
                loop.call_soon_threadsafe(_resolve, answered)
            except RuntimeError:
                continue  # the loop is closed: nobody waits any more, others still do


def _carry_out(operation: _Operation[Any], connection: sqlite3.Connection) -> None:
    try:
        operation.result = operation.run(connection)
    except sqlite3.Error:
        raise  # the transaction as a whole has failed
    except Exception as exc:  # noqa: BLE001  the caller's, and raised there
        operation.error = exc


def _resolve(operations: list[_Operation[Any]]) -> None:
    for operation in operations:
        assert operation.future is not None
        if operation.future.done():
            continue  # its caller was cancelled
        if operation.error is not None:
            operation.future.set_exception(operation.error)
        else:
            operation.future.set_result(operation.result)
