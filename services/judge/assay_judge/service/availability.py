"""Whether the judge can be had: opened at the start, tried again later, lost and found.

A service whose model server is down still starts, says so in `/readyz`, and refuses to score at
once instead of letting callers wait for time-outs. Each failed try waits longer than the last.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from assay.domain.errors import AssayError
from assay.web.logs import Log, where_raised
from assay.web.problems import ProblemError
from assay_judge.service.judges import JudgeSource
from assay_judge.service.problems import not_ready

FIRST_WAIT_SECONDS = 0.5
LONGEST_WAIT_SECONDS = 10.0
START_SECONDS = 5.0  # the start waits so long for the first try
REASON_CHARS = 200


class Availability:
    """Opens the source of judges and watches over it."""

    def __init__(
        self, source: JudgeSource, log: Log, *, first_wait_seconds: float = FIRST_WAIT_SECONDS
    ) -> None:
        self._source = source
        self._log = log
        self._first_wait_seconds = first_wait_seconds
        self._wait_seconds = first_wait_seconds
        self._reason: str | None = "the judge has not been tried yet"
        self._is_lost = asyncio.Event()
        self._was_tried = asyncio.Event()

    def reason(self) -> str | None:
        """Return why there is no judge now, or None where there is."""
        return self._reason

    def require(self) -> None:
        """Refuse where there is no judge.

        Raises:
            ProblemError: 503 with `Retry-After`.
        """
        if self._reason is not None:
            raise ProblemError(not_ready(self._reason, max(1, round(self._wait_seconds))))

    def suspect(self, reason: str) -> None:
        """Take note that the judge was not there; the background finds out."""
        if self._reason is None:
            self._reason = reason[:REASON_CHARS]
            self._log.warning("judge.lost")
            self._is_lost.set()

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Open and watch while the block runs, then close the source."""
        watcher = asyncio.create_task(self._watch())
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(START_SECONDS):
                    await self._was_tried.wait()
            yield
        finally:
            watcher.cancel()
            with suppress(asyncio.CancelledError):
                await watcher
            await self._source.close()

    async def _watch(self) -> None:
        while True:
            if self._reason is None:
                await self._is_lost.wait()
            self._is_lost.clear()
            if not await self._try_once():
                await asyncio.sleep(self._wait_seconds)
                self._wait_seconds = min(2 * self._wait_seconds, LONGEST_WAIT_SECONDS)

    async def _try_once(self) -> bool:
        reason = await self._why_not()
        if reason is None:
            self._wait_seconds = self._first_wait_seconds
            self._log.info("judge.available")
        elif reason != self._reason:
            self._log.warning("judge.unavailable", reason=reason)
        self._reason = reason
        self._was_tried.set()
        return reason is None

    async def _why_not(self) -> str | None:
        try:
            await self._source.open()
        except AssayError as exc:
            return str(exc)[:REASON_CHARS]
        except Exception as exc:  # noqa: BLE001  the watcher must live on; the reason is shown
            self._log.error("judge.open_failed", where=where_raised(exc))
            return f"the judge cannot be opened ({type(exc).__name__}); the log says more"
        return None
