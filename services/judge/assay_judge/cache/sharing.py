"""One judgement per key at a time: the cache first, then whoever is making it, then making it.

Invariants: however many ask for a key at once, one makes it; a failure reaches all who wait at that
moment and is not kept; a cancelled maker's waiters make it themselves; and no failure of the cache
ever fails a judgement: it is counted, and after a few in a row the cache is left alone for a while,
so that a dead server does not cost its timeout each time.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from assay.domain.errors import JudgeBackendError
from assay.domain.judgement import Judgement
from assay_judge.cache.codec import as_free, decode_judgement, encode_judgement
from assay_judge.cache.store import JudgementCache

MAX_FAILURES_IN_A_ROW = 3
PAUSE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class SharingCounts:
    """What became of the questions asked so far.

    Attributes:
        num_hits: answered by the cache.
        num_joined: answered by another's making.
        num_made: made.
        num_unreadable: found in the cache, but not a judgement; made anew.
        num_cache_failures: the cache raised, in reading or writing.
    """

    num_hits: int = 0
    num_joined: int = 0
    num_made: int = 0
    num_unreadable: int = 0
    num_cache_failures: int = 0


class SharedJudgements:
    """Shares judgements between all tasks of one event loop, and with others through `cache`."""

    def __init__(self, cache: JudgementCache | None) -> None:
        self._cache = cache
        self._makings: dict[str, asyncio.Future[Judgement]] = {}
        self._counts = SharingCounts()
        self._num_failures_in_a_row = 0
        self._paused_until = 0.0

    @property
    def counts(self) -> SharingCounts:
        """The counts so far."""
        return self._counts

    async def get_or_make(self, key: str, make: Callable[[], Awaitable[Judgement]]) -> Judgement:
        """Return the judgement under `key`, making it with `make` where there is none.

        An answer that this caller did not make has `usage=Usage(from_cache=1)`.

        Raises:
            Exception: whatever `make` raised, to all who waited for it.
        """
        while (making := self._makings.get(key)) is not None:
            await asyncio.wait((making,))  # unlike awaiting it, this ends the waiter alone
            if making.cancelled():
                continue  # its maker was cancelled: ask again, or make it
            error = making.exception()
            if error is not None:
                raise error.with_traceback(None)
            self._count(num_joined=1)
            return as_free(making.result())
        return await self._get_or_make_alone(key, make)

    async def close(self) -> None:
        """Close the cache."""
        if self._cache is not None:
            await self._cache.close()

    async def _get_or_make_alone(
        self, key: str, make: Callable[[], Awaitable[Judgement]]
    ) -> Judgement:
        making: asyncio.Future[Judgement] = asyncio.get_running_loop().create_future()
        self._makings[key] = making
        try:
            judgement = await self._read(key)
            if judgement is None:
                judgement = await make()
                making.set_result(judgement)  # who waits need not wait for the disk
                self._count(num_made=1)
                await self._write(key, judgement)
            else:
                making.set_result(judgement)
            return judgement
        except Exception as exc:
            if not making.done():
                making.set_exception(exc)
                making.exception()  # nobody may be waiting, and that is no fault
            raise
        finally:
            del self._makings[key]
            if not making.done():
                making.cancel()

    async def _read(self, key: str) -> Judgement | None:
        if self._cache is None or self._is_paused():
            return None
        try:
            value = await self._cache.get(key)
        except JudgeBackendError:
            self._note_failure()
            return None
        self._num_failures_in_a_row = 0
        if value is None:
            return None
        judgement = decode_judgement(value)
        if judgement is None:
            self._count(num_unreadable=1)
            return None
        self._count(num_hits=1)
        return as_free(judgement)

    async def _write(self, key: str, judgement: Judgement) -> None:
        if self._cache is None or self._is_paused():
            return
        try:
            await self._cache.put(key, encode_judgement(judgement))
        except JudgeBackendError:
            self._note_failure()
        else:
            self._num_failures_in_a_row = 0

    def _is_paused(self) -> bool:
        return time.monotonic() < self._paused_until

    def _note_failure(self) -> None:
        self._count(num_cache_failures=1)
        self._num_failures_in_a_row += 1
        if self._num_failures_in_a_row >= MAX_FAILURES_IN_A_ROW:
            self._paused_until = time.monotonic() + PAUSE_SECONDS

    def _count(self, **more: int) -> None:
        self._counts = replace(
            self._counts, **{name: getattr(self._counts, name) + n for name, n in more.items()}
        )
