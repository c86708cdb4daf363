"""A steady pace: nobody begins early, and nobody waits without a reason."""

import asyncio
import time

from assay_rl_rewards.judging.pacing import Pace

SLACK_SECONDS = 0.005  # what clocks may differ


def begun(pace: Pace, nums: list[int]) -> list[float]:
    """Return when each of several callers at once may begin, in seconds from now."""

    async def run() -> list[float]:
        start = time.monotonic()

        async def one(num: int) -> float:
            await pace.wait(num)
            return time.monotonic() - start

        return list(await asyncio.gather(*map(one, nums)))

    return asyncio.run(run())


def test_callers_at_once_begin_one_after_the_other() -> None:
    first, second, third = begun(Pace(100.0), [2, 3, 1])
    assert first < second < third
    assert second >= 0.02 - SLACK_SECONDS
    assert third >= 0.05 - SLACK_SECONDS


def test_pause_is_not_saved_up_for_a_burst() -> None:
    pace = Pace(100.0)

    async def run() -> float:
        await pace.wait(1)
        await asyncio.sleep(0.05)
        start = time.monotonic()
        await pace.wait(3)
        await pace.wait(1)
        return time.monotonic() - start

    assert asyncio.run(run()) >= 0.03 - SLACK_SECONDS


def test_without_a_rate_nobody_waits() -> None:
    assert max(begun(Pace(None), [1_000_000] * 3)) < 1.0
