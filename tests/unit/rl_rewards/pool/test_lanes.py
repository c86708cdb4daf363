"""Runs take turns, slow answers wait behind the others, and nothing waits for nobody."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from assay_rl_rewards.pool.jobs import Job, Run
from assay_rl_rewards.pool.lanes import MAX_SLOW_WAIT_SECONDS, Lanes

LOOP = asyncio.new_event_loop()
LOOP.close()


def _run() -> Run:
    return Run(1, asyncio.Future(loop=LOOP))


def _put(lanes: Lanes, run: Run, *sequences: int) -> list[Job]:
    jobs = [Job(n, b"%d" % n, "math", b"{}", b"", 0.0, [(run, 0)]) for n in sequences]
    for job in jobs:
        run.jobs[job.sequence] = job
        lanes.put(run, job)
    return jobs


def _take_all(lanes: Lanes) -> list[int]:
    taken = []
    while (job := lanes.take_quick()) is not None:
        taken.append(job.sequence)
    return taken


def test_small_run_does_not_wait_for_a_large_one() -> None:
    lanes = Lanes()
    _put(lanes, _run(), *range(100))
    _put(lanes, _run(), 100, 101)
    assert _take_all(lanes)[:4] == [0, 100, 1, 101]
    assert len(lanes) == 0


def test_jobs_put_back_come_first_and_in_order() -> None:
    lanes = Lanes()
    run = _run()
    jobs = _put(lanes, run, 1, 2, 3, 4)
    lanes.take_quick()
    lanes.take_quick()
    lanes.put_back(jobs[:2])
    assert len(lanes) == 4
    assert _take_all(lanes) == [1, 2, 3, 4]


def test_slow_job_waits_until_it_is_due() -> None:
    lanes = Lanes()
    (job,) = _put(lanes, _run(), 1)
    assert lanes.take_quick() is job
    lanes.put_slow(job, now=5.0)
    assert (len(lanes), lanes.num_quick) == (1, 0)
    assert lanes.take_quick() is None
    assert lanes.take_slow(5.0 + MAX_SLOW_WAIT_SECONDS / 2, only_due=True) is None
    assert lanes.take_slow(5.0 + MAX_SLOW_WAIT_SECONDS, only_due=True) is job
    assert job.is_slow
    assert len(lanes) == 0


def test_slow_job_runs_at_once_where_nothing_else_waits() -> None:
    lanes = Lanes()
    (job,) = _put(lanes, _run(), 1)
    lanes.take_quick()
    lanes.put_slow(job, now=5.0)
    assert lanes.take_slow(5.0, only_due=False) is job


def test_job_for_a_fresh_worker_goes_to_no_other() -> None:
    lanes = Lanes()
    first, second = _put(lanes, _run(), 1, 2)
    lanes.take_quick()
    first.is_for_fresh = True
    lanes.put_back([first])
    assert (len(lanes), lanes.num_quick, lanes.num_fresh) == (2, 1, 1)
    assert lanes.take_quick() is second
    assert lanes.take_quick() is None
    assert lanes.take_slow(0.0, only_due=False) is None
    assert lanes.take_fresh() is first
    assert (len(lanes), lanes.take_fresh()) == (0, None)


def test_job_for_a_fresh_worker_is_dropped_with_its_run() -> None:
    lanes, run = Lanes(), _run()
    (job,) = _put(lanes, run, 1)
    lanes.take_quick()
    job.is_for_fresh = True
    lanes.put_back([job])
    job.readers.clear()
    assert lanes.drop(run) == [job]
    assert (len(lanes), lanes.num_fresh) == (0, 0)


def test_dropping_a_run_leaves_what_another_waits_for() -> None:
    lanes = Lanes()
    leaving, staying = _run(), _run()
    first, second = _put(lanes, leaving, 1, 2)
    second.readers.append((staying, 0))
    for job in (first, second):
        job.readers[:] = [reader for reader in job.readers if reader[0] is not leaving]
    assert lanes.drop(leaving) == [first]
    assert len(lanes) == 1
    assert _take_all(lanes) == [2]


@given(sizes=st.lists(st.integers(0, 5), max_size=6), dropped=st.sets(st.integers(0, 5)))
def test_every_job_leaves_exactly_once(sizes: list[int], dropped: set[int]) -> None:
    lanes = Lanes()
    runs = [_run() for _ in sizes]
    number = 0
    kept: set[int] = set()
    for place, (run, size) in enumerate(zip(runs, sizes, strict=True)):
        jobs = _put(lanes, run, *range(number, number + size))
        number += size
        if place in dropped:
            for job in jobs:
                job.readers.clear()
        else:
            kept |= {job.sequence for job in jobs}
    for place in dropped & set(range(len(runs))):
        lanes.drop(runs[place])
    assert len(lanes) == len(kept)
    taken = _take_all(lanes)
    assert len(taken) == len(kept)
    assert set(taken) == kept


def test_emptying_returns_the_jobs_of_all_lanes() -> None:
    lanes = Lanes()
    jobs = _put(lanes, _run(), 1, 2, 3)
    lanes.take_quick()
    lanes.take_quick()
    lanes.put_back(jobs[:1])
    lanes.put_slow(jobs[1], now=0.0)
    assert {job.sequence for job in lanes.empty()} == {1, 2, 3}
    assert len(lanes) == 0
    assert lanes.take_quick() is None
