import asyncio

import pytest

from assay.web.problems import ProblemError
from assay.web.saturation import MAX_RETRY_AFTER_SECONDS, Admission


def test_what_has_no_room_is_refused_with_a_time() -> None:
    admission = Admission(max_in_flight=2, max_queued=1)
    with admission.admit(3):
        with pytest.raises(ProblemError) as caught, admission.admit():
            pass
        assert admission.num_held == 3
    problem = caught.value.problem
    assert problem.kind.status == 429
    assert problem.retry_after_seconds == 1
    assert admission.num_held == 0


def test_a_batch_is_admitted_whole_or_not_at_all() -> None:
    admission = Admission(max_in_flight=4, max_queued=0)
    with admission.admit(2):
        with pytest.raises(ProblemError), admission.admit(3):
            pass
        with admission.admit(2):
            assert admission.num_held == 4


def test_no_more_than_allowed_are_at_work_and_order_is_kept() -> None:
    async def run() -> tuple[int, list[int]]:
        admission = Admission(max_in_flight=2, max_queued=8)
        most, order = 0, []

        async def work(number: int) -> None:
            nonlocal most
            with admission.admit():
                async with admission.turn():
                    order.append(number)
                    most = max(most, admission.num_in_flight)
                    await asyncio.sleep(0.001)

        await asyncio.gather(*map(work, range(10)))
        assert admission.num_held == admission.num_in_flight == 0
        return most, order

    assert asyncio.run(run()) == (2, list(range(10)))


def test_a_cancelled_waiter_leaves_its_place() -> None:
    async def run() -> int:
        admission = Admission(max_in_flight=1, max_queued=1)
        begun = asyncio.Event()

        async def work() -> None:
            with admission.admit():
                async with admission.turn():
                    begun.set()
                    await asyncio.sleep(60)

        tasks = [asyncio.create_task(work()) for _ in range(2)]
        await begun.wait()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        async with admission.turn():
            return admission.num_held

    assert asyncio.run(run()) == 0


def test_the_wait_grows_with_service_time_and_load_and_is_bounded() -> None:
    async def run() -> list[int]:
        admission = Admission(max_in_flight=1, max_queued=9)
        admission._mean_seconds = 3.0
        waits = [admission.retry_after_seconds()]
        with admission.admit(10):
            waits.append(admission.retry_after_seconds())
            waits.append(admission.retry_after_seconds(10))
            admission._mean_seconds = 1000.0
            waits.append(admission.retry_after_seconds())
        return waits

    alone, full, batch, slow = asyncio.run(run())
    assert alone == 3
    assert full == 6
    assert batch > full
    assert slow == MAX_RETRY_AFTER_SECONDS


def test_the_service_time_is_learned() -> None:
    async def run() -> int:
        admission = Admission(max_in_flight=1, max_queued=0)
        admission._mean_seconds = 30.0
        for _ in range(60):
            async with admission.turn():
                pass
        return admission.retry_after_seconds()

    assert asyncio.run(run()) == 1
