"""The limit of requests in flight: how it moves, and that no slot is ever lost."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.client.limiter import Limiter


async def succeed(limiter: Limiter, times: int) -> None:
    for _ in range(times):
        async with limiter.slot() as slot:
            slot.succeeded()


def test_limit_rises_by_one_after_a_window_of_successes() -> None:
    async def scenario() -> list[int]:
        limiter, limits = Limiter(first=2, maximum=64), []
        for _ in range(6):
            await succeed(limiter, 1)
            limits.append(limiter.limit)
        return limits

    assert asyncio.run(scenario()) == [2, 3, 3, 3, 4, 4]


def test_limit_stops_at_its_maximum() -> None:
    async def scenario() -> int:
        limiter = Limiter(first=2, maximum=3)
        await succeed(limiter, 50)
        return limiter.limit

    assert asyncio.run(scenario()) == 3


def test_first_limit_is_not_above_the_maximum() -> None:
    assert Limiter(first=8, maximum=3).limit == 3


def test_a_burst_of_overload_halves_the_limit_once() -> None:
    async def scenario() -> int:
        limiter = Limiter(first=8, maximum=64)

        async def overload() -> None:
            async with limiter.slot() as slot:
                await asyncio.sleep(0.001)
                slot.overloaded()

        await asyncio.gather(*(overload() for _ in range(8)))
        return limiter.limit

    assert asyncio.run(scenario()) == 4


def test_overload_after_a_halving_halves_again_and_never_below_one() -> None:
    async def scenario() -> list[int]:
        limiter, limits = Limiter(first=4, maximum=64), []
        for _ in range(4):
            async with limiter.slot() as slot:
                slot.overloaded()
            limits.append(limiter.limit)
        return limits

    assert asyncio.run(scenario()) == [2, 1, 1, 1]


def test_no_more_than_the_limit_run_at_once() -> None:
    async def scenario() -> int:
        limiter, most = Limiter(first=3, maximum=3), 0

        async def work() -> None:
            nonlocal most
            async with limiter.slot():
                most = max(most, limiter.in_flight)
                await asyncio.sleep(0)

        await asyncio.gather(*(work() for _ in range(20)))
        assert limiter.in_flight == 0
        return most

    assert asyncio.run(scenario()) == 3


def test_a_retry_goes_before_those_that_wait() -> None:
    async def scenario() -> list[str]:
        limiter, order = Limiter(first=1, maximum=1), []

        async def work(name: str, before: float | None) -> None:
            async with limiter.slot(before=before):
                order.append(name)

        async with limiter.slot():
            later = asyncio.get_running_loop().time() + 5
            tasks = [asyncio.create_task(work("new", None))]
            await asyncio.sleep(0)
            tasks.append(asyncio.create_task(work("retry", later)))
            await asyncio.sleep(0)
        await asyncio.gather(*tasks)
        return order

    assert asyncio.run(scenario()) == ["retry", "new"]


def test_a_retry_without_a_slot_in_time_gives_up() -> None:
    async def scenario() -> int:
        limiter = Limiter(first=1, maximum=1)
        async with limiter.slot():
            with pytest.raises(TimeoutError):
                async with limiter.slot(before=asyncio.get_running_loop().time() + 0.01):
                    raise AssertionError("there was no slot")
        return limiter.in_flight

    assert asyncio.run(scenario()) == 0


def test_a_waiter_cancelled_in_the_moment_it_gets_its_slot_gives_it_on() -> None:
    async def scenario() -> list[str]:
        limiter, entered = Limiter(first=1, maximum=1), []

        async def work(name: str) -> None:
            async with limiter.slot():
                entered.append(name)

        async with limiter.slot():
            first = asyncio.create_task(work("first"))
            second = asyncio.create_task(work("second"))
            await asyncio.sleep(0)
        first.cancel()  # its turn is set, but it has not run yet
        await asyncio.wait([first, second], timeout=1)
        assert first.cancelled()
        assert limiter.in_flight == 0
        return entered

    assert asyncio.run(scenario()) == ["second"]


@settings(deadline=None)  # a busy machine is no failure
@given(st.lists(st.sampled_from(["success", "overload", "silence", "cancel"]), max_size=60))
def test_every_slot_is_given_back(fates: list[str]) -> None:
    async def one(limiter: Limiter, fate: str) -> None:
        async with limiter.slot() as slot:
            await asyncio.sleep(0)
            actions: dict[str, Callable[[], object]] = {
                "success": slot.succeeded,
                "overload": slot.overloaded,
            }
            actions.get(fate, lambda: None)()

    async def scenario() -> None:
        limiter = Limiter(first=2, maximum=4)
        tasks = [asyncio.create_task(one(limiter, fate)) for fate in fates]
        await asyncio.sleep(0)
        for task, fate in zip(tasks, fates, strict=True):
            if fate == "cancel":
                task.cancel()
        waiting: Awaitable[object] = asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.wait_for(waiting, timeout=5)
        assert limiter.in_flight == 0
        assert 1 <= limiter.limit <= 4

    asyncio.run(scenario())
