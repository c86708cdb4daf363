"""The pool over real worker processes and verifiers that loop, crash, allocate and break out."""

import asyncio
import io
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import pytest

from assay.domain.errors import RewardError
from assay.domain.reward import RewardStatus
from assay.web.logs import open_log
from assay_rl_rewards.pool.jobs import NO_ROOM, OUT_OF_MEMORY, WORKER_LOST, Outcome, PoolItem
from assay_rl_rewards.pool.observer import EndCause
from assay_rl_rewards.pool.pool import RewardPool, open_pool
from assay_rl_rewards.pool.settings import PoolSettings

TABLE = "tests.integration.pool_verifiers:VERIFIERS"
SETTINGS = PoolSettings(
    table=TABLE, deadline_seconds=0.3, grace_seconds=0.2, memory_bytes=1 << 26, drain_seconds=0.1
)
HANG_SECONDS = 60.0  # a test that takes longer hangs
ResultT = TypeVar("ResultT")
Ending = tuple[RewardStatus, float | None]


class Recorder:
    """Counts what the pool tells."""

    def __init__(self) -> None:
        self.statuses: Counter[RewardStatus] = Counter()
        self.num_shared = 0
        self.num_started = 0
        self.num_unfiltered = 0
        self.ended: Counter[EndCause] = Counter()

    def item_done(self, status: RewardStatus, *, is_shared: bool, waited_seconds: float) -> None:
        assert waited_seconds >= 0
        self.statuses[status] += 1
        self.num_shared += is_shared

    def worker_started(self, *, is_filtered: bool) -> None:
        self.num_started += 1
        self.num_unfiltered += not is_filtered

    def worker_ended(self, cause: EndCause) -> None:
        self.ended[cause] += 1


class Bench:
    """A pool that stays open from one step of a test to the next, on a loop of its own."""

    def __init__(self, settings: PoolSettings) -> None:
        self.recorder = Recorder()
        self.log = io.StringIO()
        self._runner = asyncio.Runner()
        self._stack = AsyncExitStack()
        opened = open_pool(settings, observer=self.recorder, log=open_log(self.log))
        try:
            self.pool: RewardPool = self.do(self._stack.enter_async_context(opened))
        except RewardError:
            self._runner.close()
            raise

    def do(self, work: Coroutine[Any, Any, ResultT]) -> ResultT:
        async def in_time() -> ResultT:
            async with asyncio.timeout(HANG_SECONDS):
                return await work

        return self._runner.run(in_time())

    def run(self, items: Sequence[PoolItem]) -> list[Outcome]:
        return self.do(self.pool.run(items))

    def close(self) -> None:
        self.do(self._stack.aclose())
        self._runner.close()


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    opened = Bench(SETTINGS)
    yield opened
    opened.close()


@pytest.fixture
def open_bench() -> Iterator[Callable[[PoolSettings], Bench]]:
    opened: list[Bench] = []

    def opener(settings: PoolSettings) -> Bench:
        opened.append(Bench(settings))
        return opened[-1]

    yield opener
    for each in opened:
        each.close()


def item(text: str, reference: object = "right", **params: object) -> PoolItem:
    task: Any = {"domain": "math", "reference": reference, "params": params}
    return PoolItem("obedient", task, text)


def ending(outcome: Outcome) -> Ending:
    return outcome.status, None if outcome.grade is None else outcome.grade.score


async def until(is_so: Callable[[], bool]) -> None:
    while not is_so():  # noqa: ASYNC110  other processes set no event
        await asyncio.sleep(0.01)


def _has_started(recorder: Recorder, num_workers: int) -> bool:
    return recorder.num_started >= num_workers


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_outcomes_keep_order_and_number(bench: Bench) -> None:
    items = [item(str(n), str(n - n % 2)) for n in range(200)]
    outcomes = bench.run(items)
    assert [ending(o) for o in outcomes] == [
        (RewardStatus.OK, float(n % 2 == 0)) for n in range(200)
    ]
    assert [o.grade.extracted for o in outcomes if o.grade] == [str(n) for n in range(200)]
    assert bench.run([]) == []


def test_equal_items_are_graded_once(bench: Bench) -> None:
    shared, done = bench.recorder.num_shared, bench.recorder.statuses[RewardStatus.OK]
    first = bench.run([item("the same answer")] * 16)
    again = bench.run([item("the same answer")])
    assert len(set(map(id, [*first, *again]))) == 1
    assert bench.recorder.num_shared - shared == 16
    assert bench.recorder.statuses[RewardStatus.OK] - done == 17


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (item("x", reference=4), "expected a text as reference"),
        (PoolItem("obedient", {"domain": "math", "gold": "4"}, "x"), "task field 'gold'"),
        (PoolItem("nobody", {"domain": "math"}, "x"), "no such verifier"),
        (item("x", reference=object()), "not JSON"),
        (item("x", act="unknown"), "KeyError"),
        (item("x", act="loop"), "took longer than its deadline"),
    ],
)
def test_broken_task_has_no_reward_and_harms_nobody(
    bench: Bench, broken: PoolItem, reason: str
) -> None:
    before, outcome, after = bench.run([item("right"), broken, item("right", "wrong")])
    assert ending(outcome) == (RewardStatus.INVALID_TASK, None)
    assert reason in outcome.reason
    assert (ending(before), ending(after)) == ((RewardStatus.OK, 1.0), (RewardStatus.OK, 0.0))


def test_answer_has_its_whole_deadline_after_a_slow_task(
    open_bench: Callable[[PoolSettings], Bench],
) -> None:
    bench = open_bench(SETTINGS.model_copy(update={"num_workers": 1}))
    slow = [item(f"spin:0.2{n}", act="read slowly") for n in range(2)]  # one reads, both grade
    endings = [ending(bench.run([each])[0]) for each in slow]
    assert endings == [(RewardStatus.OK, 0.0)] * 2
    assert bench.recorder.ended.total() == 0


def test_lone_surrogates_and_numbers_that_are_none_do_not_end_a_worker(bench: Bench) -> None:
    endings = [ending(o) for o in bench.run([item("\ud800"), item("score:nan"), item("score:2")])]
    assert endings == [
        (RewardStatus.OK, 0.0),
        (RewardStatus.CRASHED, 0.0),
        (RewardStatus.CRASHED, 0.0),
    ]


HOSTILE = {
    "loop": RewardStatus.TIMEOUT,
    "swallow": RewardStatus.TIMEOUT,
    "loop in c": RewardStatus.TIMEOUT,
    "cancel alarms": RewardStatus.TIMEOUT,
    "allocate": RewardStatus.CRASHED,
    "segfault": RewardStatus.CRASHED,
    "exit": RewardStatus.CRASHED,
    "system exit": RewardStatus.CRASHED,
    "recurse": RewardStatus.CRASHED,
    "socket": RewardStatus.CRASHED,
    "program": RewardStatus.CRASHED,
    "shell": RewardStatus.CRASHED,
    "write": RewardStatus.CRASHED,
    "fork": RewardStatus.CRASHED,
    "kill parent": RewardStatus.CRASHED,
    "lie": RewardStatus.CRASHED,
    "print": RewardStatus.OK,
}


def test_hostile_answers_earn_nothing_and_their_neighbours_what_they_deserve(bench: Bench) -> None:
    items = [
        each
        for n, action in enumerate(HOSTILE)
        for each in (item(action), *(item(str(k), str(n * k)) for k in range(10)))
    ]
    outcomes = bench.run(items)
    hostile = {items[n].text: outcomes[n] for n in range(0, len(items), 11)}
    assert {text: ending(outcome) for text, outcome in hostile.items()} == {
        text: (status, 0.0) for text, status in HOSTILE.items()
    }
    assert hostile["allocate"].reason == OUT_OF_MEMORY
    assert "PermissionError" in hostile["socket"].reason
    normal = [(i, o) for i, o in zip(items, outcomes, strict=True) if i.text not in HOSTILE]
    assert all(
        ending(o) == (RewardStatus.OK, float(i.text == i.task["reference"])) for i, o in normal
    )
    assert not Path("hostile.txt").exists()


def test_quarantine_record_names_the_digest_and_not_the_text(bench: Bench) -> None:
    bench.run([item("segfault", "a reference of its own")])
    records = [line for line in bench.log.getvalue().splitlines() if "answer.quarantined" in line]
    assert records
    assert "digest=" in records[-1]
    assert "a reference of its own" not in bench.log.getvalue()
    assert "event=answer.quarantined" in records[-1]


@pytest.mark.parametrize("call", ["socket", "execve", "fork", "write file", "kill"])
def test_kernel_refuses_what_python_did_not_see(bench: Bench, call: str) -> None:
    refused, granted = bench.run([item(f"syscall:{call}"), item("syscall:read file")])
    assert (refused.reason, granted.reason) == ("refused", "granted")


def test_pool_tells_whether_the_kernel_filters(
    bench: Bench, open_bench: Callable[[PoolSettings], Bench]
) -> None:
    table = "tests.integration.pool_unfiltered:VERIFIERS"
    open_to_all = open_bench(SETTINGS.model_copy(update={"table": table}))
    for recorder, do in ((each.recorder, each.do) for each in (bench, open_to_all)):
        do(until(partial(_has_started, recorder, SETTINGS.num_workers)))
    assert (bench.recorder.num_unfiltered, open_to_all.recorder.num_unfiltered) == (0, 2)
    assert "worker.unfiltered" not in bench.log.getvalue()
    assert open_to_all.log.getvalue().count("worker.unfiltered") == 1


def test_worker_dying_of_a_task_is_not_laid_to_the_answer(bench: Bench) -> None:
    (outcome,) = bench.run([item("right", act="segfault")])
    assert ending(outcome) == (RewardStatus.INVALID_TASK, None)


def test_cancelled_run_takes_along_only_what_nobody_else_waits_for(bench: Bench) -> None:
    async def cancel_one() -> list[Outcome]:
        mine = [item("spin:0.2"), item("spin:0.21"), *(item(f"unshared {n}") for n in range(500))]
        leaving = asyncio.create_task(bench.pool.run([item("shared"), *mine]))
        await asyncio.sleep(0)
        staying = asyncio.create_task(bench.pool.run([item("shared"), item("spin:0.2")]))
        await asyncio.sleep(0)
        assert bench.pool.num_queued > 100
        leaving.cancel()
        await asyncio.wait([leaving])
        assert bench.pool.num_queued <= 2  # what the other run waits for may still have no worker
        return await staying

    deaths = bench.recorder.ended.total()
    outcomes = bench.do(cancel_one())
    assert [ending(o) for o in outcomes] == [(RewardStatus.OK, 0.0)] * 2
    assert bench.recorder.ended.total() - deaths <= 2  # a slow answer may have had to start anew


def test_runs_that_share_an_answer_twice_may_be_cancelled_in_any_order(
    open_bench: Callable[[PoolSettings], Bench],
) -> None:
    bench = open_bench(SETTINGS.model_copy(update={"num_workers": 1, "turn_seconds": 5.0}))

    async def cancel_both() -> list[Outcome]:
        wanted = item("wanted by both")
        # more than is admitted at once: the second run joins between the two places of the first
        others = [item(f"unwanted {n}") for n in range(300)]
        first = [*others[:100], wanted, *others[100:], wanted]
        await bench.pool.run([item("the worker is ready")])
        busy = asyncio.create_task(bench.pool.run([item("spin:0.2")]))
        await asyncio.sleep(0)
        runs = [asyncio.create_task(bench.pool.run(items)) for items in (first, [wanted])]
        for _ in range(5):
            await asyncio.sleep(0)
        for run in reversed(runs):
            run.cancel()
            await asyncio.wait([run])
            assert run.cancelled()
        assert bench.pool.num_queued == 0
        return await bench.pool.run([wanted]) + await busy

    outcomes = bench.do(cancel_both())
    assert [ending(o) for o in outcomes] == [(RewardStatus.OK, 0.0)] * 2


def test_full_queue_says_so_and_does_what_it_holds(
    open_bench: Callable[[PoolSettings], Bench],
) -> None:
    bench = open_bench(SETTINGS.model_copy(update={"num_workers": 1, "max_queued": 8}))
    outcomes = bench.run([item(str(n)) for n in range(40)])
    assert [ending(o) for o in outcomes[:8]] == [(RewardStatus.OK, 0.0)] * 8
    assert [ending(o) for o in outcomes[8:]] == [(RewardStatus.OVERLOADED, None)] * 32
    assert outcomes[-1].reason == NO_ROOM
    assert ending(bench.run([item("39")])[0]) == (RewardStatus.OK, 0.0)


def test_worker_is_replaced_after_its_share(open_bench: Callable[[PoolSettings], Bench]) -> None:
    bench = open_bench(SETTINGS.model_copy(update={"max_answers": 16}))
    pids = {o.grade.extracted for o in bench.run([item(f"pid:{n}") for n in range(200)]) if o.grade}
    assert len(pids) >= 200 // (16 + 8)
    assert bench.recorder.ended[EndCause.RECYCLED] >= len(pids) - 2
    assert len(bench.pool.worker_pids) <= 4


def test_memory_that_an_earlier_answer_holds_is_not_laid_to_a_later_one(
    open_bench: Callable[[PoolSettings], Bench],
) -> None:
    bench = open_bench(SETTINGS.model_copy(update={"num_workers": 1}))
    size = SETTINGS.memory_bytes * 6 // 10
    texts = (f"hoard:{size}", f"take:{size}", "allocate", "right")
    outcomes = [bench.run([item(text)])[0] for text in texts]
    assert [ending(o) for o in outcomes] == [
        (RewardStatus.OK, 0.0),
        (RewardStatus.OK, 0.0),
        (RewardStatus.CRASHED, 0.0),
        (RewardStatus.OK, 1.0),
    ]
    assert outcomes[2].reason == OUT_OF_MEMORY
    assert bench.recorder.ended[EndCause.MEMORY] == 3  # once of the hoard, twice of its own doing


def test_slow_answer_makes_way_and_is_graded_all_the_same(
    open_bench: Callable[[PoolSettings], Bench],
) -> None:
    settings = SETTINGS.model_copy(
        update={"num_workers": 1, "turn_seconds": 0.05, "deadline_seconds": 5.0}
    )
    bench = open_bench(settings)
    slow, *others = bench.run([item("spin:0.5"), *(item(str(n)) for n in range(30))])
    assert bench.recorder.ended[EndCause.YIELDED] == 1
    assert {ending(o) for o in (slow, *others)} == {(RewardStatus.OK, 0.0)}
    assert slow.milliseconds >= 500


def test_worker_without_processor_time_is_lost_and_its_answer_null(
    open_bench: Callable[[PoolSettings], Bench],
) -> None:
    bench = open_bench(SETTINGS.model_copy(update={"patience_seconds": 1.0}))
    stuck, normal = bench.run([item("sleep"), item("right")])
    assert ending(stuck) == (RewardStatus.CRASHED, None)
    assert stuck.reason == WORKER_LOST
    assert ending(normal) == (RewardStatus.OK, 1.0)
    assert bench.recorder.ended[EndCause.STUCK] == 2


def test_workers_begin_warm(open_bench: Callable[[PoolSettings], Bench]) -> None:
    warm_up = "tests.integration.pool_verifiers:WARM_UP"
    bench = open_bench(SETTINGS.model_copy(update={"warm_up": warm_up}))
    (outcome,) = bench.run([item("count:")])
    assert outcome.grade is not None
    assert outcome.grade.extracted == "4"  # three before the fork


@pytest.mark.parametrize(
    "broken",
    [
        {"table": "tests.integration.nowhere:VERIFIERS"},
        {"warm_up": "tests.integration.pool_verifiers:COLD"},
    ],
)
def test_pool_that_cannot_grade_does_not_open(
    open_bench: Callable[[PoolSettings], Bench], broken: dict[str, str]
) -> None:
    with pytest.raises(RewardError, match="could not be loaded"):
        open_bench(SETTINGS.model_copy(update=broken))


@pytest.mark.faults
def test_idle_workers_killed_from_outside_cost_no_answer(bench: Bench) -> None:
    for number in (signal.SIGKILL, signal.SIGTERM):
        for pid in bench.pool.worker_pids:
            os.kill(pid, number)
        outcomes = bench.run([item(f"{number} {n}") for n in range(50)])
        assert {ending(o) for o in outcomes} == {(RewardStatus.OK, 0.0)}


@pytest.mark.faults
def test_worker_told_to_end_at_work_is_no_answers_doing(bench: Bench) -> None:
    async def end_all_at_work() -> list[Outcome]:
        work = asyncio.create_task(bench.pool.run([item("spin:0.15"), item("spin:0.151")]))
        await asyncio.sleep(0.05)
        for pid in bench.pool.worker_pids:
            os.kill(pid, signal.SIGTERM)
        return await work

    lost = bench.recorder.ended[EndCause.LOST]
    assert {ending(o) for o in bench.do(end_all_at_work())} == {(RewardStatus.OK, 0.0)}
    assert bench.recorder.ended[EndCause.LOST] > lost


@pytest.mark.faults
def test_lost_forker_is_replaced_and_answers_in_hand_are_tried_once_more(
    open_bench: Callable[[PoolSettings], Bench],
) -> None:
    bench = open_bench(SETTINGS.model_copy(update={"num_workers": 1}))
    pool = bench.pool

    async def lose(times: int, text: str) -> list[Outcome]:
        work = asyncio.create_task(pool.run([item(text), item(f"{times} behind")]))
        for _ in range(times):
            started = bench.recorder.num_started
            await asyncio.sleep(0.05)
            forker = pool.forker_pid
            assert forker is not None
            os.kill(forker, signal.SIGKILL)
            await until(lambda before=started: bench.recorder.num_started > before)  # type: ignore[misc]
        return await work

    bench.do(until(lambda: bench.recorder.num_started > 0))
    assert [ending(o) for o in bench.do(lose(1, "spin:0.2"))] == [(RewardStatus.OK, 0.0)] * 2
    twice = [ending(o) for o in bench.do(lose(2, "sleep"))]
    assert twice == [(RewardStatus.CRASHED, None), (RewardStatus.OK, 0.0)]


@pytest.mark.faults
def test_closing_leaves_no_process_and_no_descriptor() -> None:
    descriptors = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    bench = Bench(SETTINGS)
    pids = [*bench.pool.worker_pids, bench.pool.forker_pid]

    async def close_at_work() -> list[Outcome]:
        work = asyncio.create_task(bench.pool.run([item(a) for a in ("sleep", "loop", "right")]))
        await asyncio.sleep(0.1)
        pids.extend(bench.pool.worker_pids)
        await bench.pool.close()
        return await work

    outcomes = bench.do(close_at_work())
    bench.close()
    assert outcomes[0].grade is None
    assert [pid for pid in pids if pid is not None and is_alive(pid)] == []
    assert len(os.listdir("/proc/self/fd")) == descriptors  # noqa: PTH208


OWNER = """
import asyncio, os
from tests.integration.test_reward_pool import SETTINGS, item, open_pool

async def main():
    async with open_pool(SETTINGS.model_copy(update={"patience_seconds": 600.0})) as pool:
        await pool.run([item("right"), item("wrong")])
        asyncio.create_task(pool.run([item("sleep"), item("sleep", "too")]))
        await asyncio.sleep(0.1)
        print(pool.forker_pid, *pool.worker_pids, flush=True)
        await asyncio.sleep(600)

asyncio.run(main())
"""


@pytest.mark.faults
def test_pool_dies_with_its_owner() -> None:
    with subprocess.Popen([sys.executable, "-c", OWNER], stdout=subprocess.PIPE) as owner:
        assert owner.stdout is not None
        pids = [int(pid) for pid in owner.stdout.readline().split()]
        owner.kill()
    assert len(pids) == 3
    end = time.monotonic() + HANG_SECONDS
    while any(map(is_alive, pids)):
        assert time.monotonic() < end, "a process outlived the pool's owner"
        time.sleep(0.01)


NUM_SOAK_CALLS = 100_000
SOAK_STEP = 2_000
SOAK_HOSTILE = ("loop", "loop in c", "allocate", "segfault", "exit", "recurse", "socket", "lie")
MAX_GROWTH_BYTES = 24 << 20  # of parent and forker together, once the cache is full


@pytest.mark.slow
@pytest.mark.faults
def test_nothing_grows_over_a_hundred_thousand_calls(
    open_bench: Callable[[PoolSettings], Bench],
) -> None:
    settings = SETTINGS.model_copy(
        update={"deadline_seconds": 0.05, "grace_seconds": 0.05, "max_cached": 4 * SOAK_STEP}
    )
    bench = open_bench(settings)
    num_calls = int(os.environ.get("ASSAY_SOAK_CALLS", NUM_SOAK_CALLS))
    sizes = []
    for start in range(0, num_calls, SOAK_STEP):
        soak_once(bench, start)
        sizes.append(Size.of(bench.pool))
        print(start + SOAK_STEP, sizes[-1], dict(bench.recorder.ended))  # noqa: T201
    filled, last = sizes[min(5, len(sizes) - 2)], sizes[-1]
    assert last.num_descriptors <= filled.num_descriptors
    assert last.num_processes <= filled.num_processes
    assert last.resident_bytes - filled.resident_bytes <= MAX_GROWTH_BYTES


def soak_once(bench: Bench, start: int) -> None:
    """Run a step with 2 % hostile answers: each bounded, and every other one right."""
    items = [
        item(SOAK_HOSTILE[n // 50 % len(SOAK_HOSTILE)], f"{start} {n}")
        if n % 50 == 0
        else item(f"{n % 3}", f"{n % 2}", n=start + n)
        for n in range(SOAK_STEP)
    ]
    for n, outcome in enumerate(bench.run(items)):
        if n % 50 == 0:
            assert outcome.grade is not None
            assert outcome.grade.score == 0
            assert outcome.status in (RewardStatus.TIMEOUT, RewardStatus.CRASHED)
        else:
            assert ending(outcome) == (RewardStatus.OK, float(n % 3 == n % 2))


class Size(NamedTuple):
    """What the pool holds of the machine: parent, forker and workers."""

    num_descriptors: int
    num_processes: int
    resident_bytes: int
    worker_bytes: int

    @classmethod
    def of(cls, pool: RewardPool) -> "Size":
        forker = pool.forker_pid
        assert forker is not None
        children = Path(f"/proc/{forker}/task/{forker}/children").read_text("ascii").split()
        fixed = (os.getpid(), forker)
        return cls(
            sum(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in fixed),
            len(children),
            sum(map(resident_bytes, fixed)),
            max(resident_bytes(pid) for pid in pool.worker_pids),
        )


def resident_bytes(pid: int) -> int:
    """Memory of a process that is resident; 0 once it is gone."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
