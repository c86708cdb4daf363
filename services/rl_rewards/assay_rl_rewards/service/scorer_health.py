"""Whether the judge and the reward model that a service asks are there: looked at now and then.

A service without them rewards all other domains, so being away is told (log, metric) and
stops nothing; it makes the service unready only where its operator says so.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import TypeAlias

from assay.domain.errors import ConfigError, JudgeBackendError, RewardModelError
from assay.web.logs import Log

LOOK_SECONDS = 15.0  # between two looks
PATIENCE_SECONDS = 10.0  # for one look

Look: TypeAlias = Callable[[], Awaitable[None]]


class ScorerHealth:
    """What is known of scorers by name; lives in one event loop."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._away: dict[str, str] = {}

    @property
    def num_away(self) -> int:
        """Scorers that did not answer when they were looked at last."""
        return len(self._away)

    def reason(self) -> str | None:
        """Return which scorers are away and why, None where none is."""
        return "; ".join(f"{name}: {why}" for name, why in self._away.items()) or None

    @asynccontextmanager
    async def watching(self, looks: Mapping[str, Look]) -> AsyncIterator[None]:
        """Look at each scorer once, then again and again while the block runs.

        Raises:
            ConfigError: a server is there and does not fit.
        """
        for name, look in looks.items():
            await self._look(name, look)
        task = asyncio.create_task(self._keep_looking(looks))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            self._away.clear()

    async def _keep_looking(self, looks: Mapping[str, Look]) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            for name, look in looks.items():
                try:
                    await self._look(name, look)
                except ConfigError as exc:  # it was started anew, in another way
                    self._is_away(name, str(exc))

    async def _look(self, name: str, look: Look) -> None:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await look()
        except (JudgeBackendError, RewardModelError) as exc:
            self._is_away(name, str(exc))
        except TimeoutError:
            self._is_away(name, f"no answer within {PATIENCE_SECONDS:g} s")
        else:
            if self._away.pop(name, None) is not None:
                self._log.info(f"{name}.back")

    def _is_away(self, name: str, reason: str) -> None:
        if name not in self._away:
            self._log.warning(f"{name}.away", reason=reason)
        self._away[name] = reason
