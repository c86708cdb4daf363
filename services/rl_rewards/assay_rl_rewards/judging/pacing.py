"""A steady pace: at most so many a second, however many ask at once.

Each caller takes the next free stretch of time and sleeps until it begins (a virtual schedule, the
generic cell rate algorithm without a burst). Times are those of the event loop.
"""

import asyncio


class Pace:
    """Lives in one event loop.

    Args:
        per_second: how many may begin a second; None: any number.
    """

    def __init__(self, per_second: float | None) -> None:
        self._per_second = per_second
        self._free_at = 0.0

    async def wait(self, num: int) -> None:
        """Return when `num` more may begin."""
        if self._per_second is None:
            return
        now = asyncio.get_running_loop().time()
        begin = max(self._free_at, now)
        self._free_at = begin + num / self._per_second
        await asyncio.sleep(begin - now)
