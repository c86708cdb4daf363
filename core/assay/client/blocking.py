"""An event loop in a thread of its own, for callers that have none."""

import asyncio
import threading
from collections.abc import AsyncIterator, Coroutine, Iterator
from concurrent.futures import Future
from typing import Any, TypeVar

from assay.domain.errors import AssayError

JOIN_SECONDS = 5.0

T = TypeVar("T")


class LoopThread:
    """Runs coroutines from any thread; `close` ends what still runs."""

    def __init__(self, name: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._is_closed = False
        self._thread.start()

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        """Return what a coroutine returns.

        Raises:
            AssayError: the loop is closed.
        """
        if self._is_closed:
            work.close()
            raise AssayError("expected an open client, found a closed one; open another")
        future: Future[T] = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()  # an interrupted caller's work is of use to nobody
            raise

    def iterate(self, values: AsyncIterator[T]) -> Iterator[T]:
        """Yield what an asynchronous iterator yields, one at a time as it is asked for."""
        try:
            while not isinstance(value := self.wait(_next(values)), _End):
                yield value
        finally:
            if not self._is_closed:
                self.wait(_close(values))

    def close(self, last: Coroutine[Any, Any, None]) -> None:
        """Cancel what still runs, run `last`, end the thread; again does nothing."""
        if self._is_closed:
            last.close()
            return
        try:
            self.wait(self._end(last))
        finally:
            self._is_closed = True
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(JOIN_SECONDS)
            if not self._thread.is_alive():
                self._loop.close()

    async def _end(self, last: Coroutine[Any, Any, None]) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await last

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()


class _End:
    """Stands behind the last value."""


async def _next(values: AsyncIterator[T]) -> T | _End:
    return await anext(values, _End())


async def _close(values: AsyncIterator[Any]) -> None:
    close = getattr(values, "aclose", None)
    if close is not None:
        await close()
