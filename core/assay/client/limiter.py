"""How many requests may be in flight: additive increase, multiplicative decrease.

The limit rises by one after as many successes as the limit is (one window), and halves when the
server is overloaded (503, 429, a timeout). Requests that were already under way when the limit
halved say nothing new, so a burst of 503 halves it once: each slot remembers the epoch it began in.
Invariant: every slot entered is left exactly once, also when its task is cancelled while it waits.
Source: TCP congestion avoidance (Jacobson 1988, RFC 5681), without its slow start.
"""

import asyncio
from collections import deque
from types import TracebackType


class Limiter:
    """One per server. Not for use from more than one event loop."""

    def __init__(self, *, first: int = 8, maximum: int = 64) -> None:
        self._limit = min(first, maximum)
        self._maximum = maximum
        self._in_flight = 0
        self._num_successes = 0
        self._epoch = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    @property
    def limit(self) -> int:
        """Requests that may be in flight now."""
        return self._limit

    @property
    def in_flight(self) -> int:
        """Slots taken now."""
        return self._in_flight

    def slot(self, *, before: float | None = None) -> "Slot":
        """Return an async context manager that takes a slot.

        With `before` (a time of the event loop) it is for a retry: it goes ahead of those that have
        not begun, and raises TimeoutError when it is not its turn in time.
        """
        return Slot(self, before)

    async def _enter(self, before: float | None) -> int:
        if self._in_flight < self._limit and not self._waiting:
            self._in_flight += 1
            return self._epoch
        async with asyncio.timeout_at(before):
            return await self._wait(is_retry=before is not None)

    async def _wait(self, *, is_retry: bool) -> int:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if is_retry:
            self._waiting.appendleft(turn)
        else:
            self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._leave()  # the slot was handed over in the same moment
            else:
                self._waiting.remove(turn)
            raise
        return self._epoch

    def _leave(self) -> None:
        self._in_flight -= 1
        self._wake()

    def _wake(self) -> None:
        while self._waiting and self._in_flight < self._limit:
            turn = self._waiting.popleft()
            if not turn.done():
                self._in_flight += 1
                turn.set_result(None)

    def _succeeded(self) -> None:
        self._num_successes += 1
        if self._num_successes >= self._limit:
            self._num_successes = 0
            if self._limit < self._maximum:
                self._limit += 1

    def _overloaded(self, epoch: int) -> None:
        if epoch != self._epoch:
            return
        self._epoch += 1
        self._num_successes = 0
        self._limit = max(1, self._limit // 2)


class Slot:
    """A place among the requests in flight. Say how it went before leaving; silence is neutral."""

    __slots__ = ("_before", "_epoch", "_limiter")

    def __init__(self, limiter: Limiter, before: float | None) -> None:
        self._limiter = limiter
        self._before = before
        self._epoch = -1

    async def __aenter__(self) -> "Slot":
        self._epoch = await self._limiter._enter(self._before)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._limiter._leave()

    def succeeded(self) -> None:
        """Count an answer that shows no overload."""
        self._limiter._succeeded()

    def overloaded(self) -> None:
        """Halve the limit, once for all requests that were in flight together."""
        self._limiter._overloaded(self._epoch)
