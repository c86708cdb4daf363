"""Bounded admission: so many samples at work, so many waiting, and a clear refusal beyond.

A service that takes in more than it can serve serves nobody in time. What does not fit is refused
at once, with a `Retry-After` computed from how long work has been taking. Work is counted in units
(a batch of 32 samples is 32 units), admitted as a whole and begun in order.
"""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from assay.web.problems import TOO_MANY_REQUESTS, Problem, ProblemError

MAX_RETRY_AFTER_SECONDS = 60
_SMOOTHING = 0.1  # weight of the newest service time


class Admission:
    """Admits up to `max_in_flight` + `max_queued` units; `max_in_flight` of them are at work."""

    def __init__(self, max_in_flight: int, max_queued: int) -> None:
        self.max_in_flight = max_in_flight
        self.max_queued = max_queued
        self.num_held = 0
        self.num_in_flight = 0
        self._mean_seconds = 0.5  # until work has shown how long it takes
        self._turns = asyncio.Semaphore(max_in_flight)

    @property
    def num_queued(self) -> int:
        """Units that were admitted and wait for their turn, or are being prepared."""
        return self.num_held - self.num_in_flight

    @contextmanager
    def admit(self, num_units: int = 1) -> Iterator[None]:
        """Hold room for `num_units` while the block runs.

        Raises:
            ProblemError: 429 with `Retry-After`; there is no room for all of them.
        """
        capacity = self.max_in_flight + self.max_queued
        if self.num_held + num_units > capacity:
            raise ProblemError(self._refusal(num_units, capacity))
        self.num_held += num_units
        try:
            yield
        finally:
            self.num_held -= num_units

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for one unit's turn, in order, and hold it while the block runs."""
        async with self._turns:
            self.num_in_flight += 1
            begun = time.monotonic()
            try:
                yield
                self.learn(time.monotonic() - begun)
            finally:
                self.num_in_flight -= 1

    def retry_after_seconds(self, num_units: int = 1) -> int:
        """Return whole seconds until there is probably room for `num_units` more (1..60)."""
        waves = (self.num_held + num_units - self.max_queued) / self.max_in_flight
        seconds = math.ceil(max(waves, 1.0) * self._mean_seconds)
        return min(max(seconds, 1), MAX_RETRY_AFTER_SECONDS)

    def learn(self, seconds: float) -> None:
        """Take note of how long one unit was at work; `turn` does so by itself."""
        self._mean_seconds += _SMOOTHING * (seconds - self._mean_seconds)

    def _refusal(self, num_units: int, capacity: int) -> Problem:
        seconds = self.retry_after_seconds(num_units)
        detail = (
            f"expected room for {num_units} more, found {self.num_held} of {capacity} places "
            f"taken; try again in {seconds} s"
        )
        return Problem(TOO_MANY_REQUESTS, detail, retry_after_seconds=seconds)
