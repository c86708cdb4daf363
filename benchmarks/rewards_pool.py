"""What the worker pool of the reward service costs, clean and with hostile answers in the mix.

    python -m benchmarks.rewards_pool [--items N] [--workers N] [--milliseconds M] [--repeats N]

The verifier spins for a fixed processor time an answer, so that verifier time is known; 64 groups
of 16 answers a step. Three things are measured on the same items:

clean    items/s, and processor time of the pool (parent and workers) beyond the verifier's, as a
         share of it. Target: at most 15 %.
hostile  2 % of the items loop for ever. Target: elapsed at most clean + hostile x deadline /
         workers + 10 %; every normal item graded right.
normal   p50 and p99 of the normal items in both: milliseconds of work, and of waiting for a turn.

Run it on an idle machine: the load is shown. The exit code is 1 when a target was missed.
"""

import argparse
import asyncio
import os
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from assay.domain.reward import RewardStatus
from assay_rl_rewards.pool.jobs import Outcome, PoolItem
from assay_rl_rewards.pool.observer import EndCause
from assay_rl_rewards.pool.pool import RewardPool, open_pool
from assay_rl_rewards.pool.settings import PoolSettings

HOSTILE_EVERY = 50
GROUP = 16
MAX_OVERHEAD = 0.15
SLACK = 1.10
LOOP = "loop"


@dataclass(slots=True)
class Waits:
    """Observes the pool: how long items waited, what became of workers."""

    seconds: list[float] = field(default_factory=list)
    ended: list[EndCause] = field(default_factory=list)

    def item_done(self, status: RewardStatus, *, is_shared: bool, waited_seconds: float) -> None:
        if status is RewardStatus.OK:
            self.seconds.append(waited_seconds)

    def worker_started(self, *, is_filtered: bool) -> None:
        pass

    def worker_ended(self, cause: EndCause) -> None:
        self.ended.append(cause)


@dataclass(frozen=True, slots=True)
class Measured:
    """One step through the pool."""

    seconds: float
    pool_cpu_seconds: float
    work_ms: Sequence[float]
    wait_ms: Sequence[float]
    num_timeouts: int


def main() -> None:
    arguments = _arguments()
    print(f"load {os.getloadavg()[0]:.2f}, {os.cpu_count()} cores")
    sys.exit(1 if asyncio.run(_measure_all(arguments)) else 0)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--items", type=int, default=1024)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--milliseconds", type=float, default=1.0)
    parser.add_argument("--repeats", type=int, default=5)
    return parser.parse_args()


async def _measure_all(arguments: argparse.Namespace) -> bool:
    settings = PoolSettings(
        num_workers=arguments.workers, table="tests.integration.pool_verifiers:VERIFIERS"
    )
    waits = Waits()
    async with open_pool(settings, observer=waits) as pool:
        await _step(pool, waits, _items(arguments, "warm", hostile=False))
        clean = [
            await _step(pool, waits, _items(arguments, f"clean {n}", hostile=False))
            for n in range(arguments.repeats)
        ]
        waits.ended.clear()
        hostile = await _step(pool, waits, _items(arguments, "mixed", hostile=True))
    return _print(arguments, settings, clean, hostile, waits)


def _items(arguments: argparse.Namespace, name: str, *, hostile: bool) -> list[PoolItem]:
    items = []
    for n in range(arguments.items):
        task = {"domain": "math", "reference": f"{name} {n // GROUP}"}
        is_hostile = hostile and n % HOSTILE_EVERY == HOSTILE_EVERY // 2
        # distinct within a group by the digits that come last, so that nothing is shared
        seconds = arguments.milliseconds / 1000 + (n % GROUP) * 1e-9
        items.append(PoolItem("obedient", task, LOOP if is_hostile else f"spin:{seconds:.9f}"))
    return items


async def _step(pool: RewardPool, waits: Waits, items: Sequence[PoolItem]) -> Measured:
    waits.seconds.clear()
    before, started = _cpu_seconds(pool), time.perf_counter()
    outcomes = await pool.run(items)
    seconds, cpu = time.perf_counter() - started, _cpu_seconds(pool) - before
    _check(items, outcomes)
    return Measured(
        seconds,
        cpu,
        [o.milliseconds for o in outcomes if o.status is RewardStatus.OK],
        [1000 * s for s in waits.seconds],
        sum(o.status is RewardStatus.TIMEOUT for o in outcomes),
    )


def _check(items: Sequence[PoolItem], outcomes: Sequence[Outcome]) -> None:
    for item, outcome in zip(items, outcomes, strict=True):
        expected = RewardStatus.TIMEOUT if item.text == LOOP else RewardStatus.OK
        assert outcome.status is expected, (item.text, outcome)


def _cpu_seconds(pool: RewardPool) -> float:
    """Processor time of this process and of the workers there are (`clock_getcpuclockid(3)`)."""
    return time.process_time() + sum(time.clock_gettime(~p << 3 | 2) for p in pool.worker_pids)


def _print(
    arguments: argparse.Namespace,
    settings: PoolSettings,
    clean: Sequence[Measured],
    hostile: Measured,
    waits: Waits,
) -> bool:
    seconds = statistics.median(m.seconds for m in clean)
    verifier = arguments.items * arguments.milliseconds / 1000
    overhead = statistics.median(m.pool_cpu_seconds for m in clean) / verifier - 1
    bound = SLACK * (
        seconds + hostile.num_timeouts * settings.deadline_seconds / settings.num_workers
    )
    print(f"clean    {arguments.items / seconds:8.0f} items/s, {seconds:.2f} s a step")
    print(f"overhead {overhead:8.1%} of verifier time (target {MAX_OVERHEAD:.0%})")
    print(
        f"hostile  {hostile.seconds:8.2f} s with {hostile.num_timeouts} hostile,"
        f" bound {bound:.2f} s, ratio {hostile.seconds / bound:.2f};"
        f" workers ended: {_counts(waits.ended)}"
    )
    work = [ms for m in clean for ms in m.work_ms]
    wait = clean[-1].wait_ms
    for name, before, after in (
        ("work", work, hostile.work_ms),
        ("wait", wait, hostile.wait_ms),
    ):
        p50, p99 = (_percentile(after, q) / _percentile(before, q) for q in (50, 99))
        print(
            f"{name}     p50 {_percentile(before, 50):8.2f} ms,"
            f" p99 {_percentile(before, 99):8.2f} ms; with hostile x{p50:.2f}, x{p99:.2f}"
        )
    return overhead > MAX_OVERHEAD or hostile.seconds > bound


def _percentile(values: Sequence[float], percent: int) -> float:
    return sorted(values)[min(len(values) - 1, len(values) * percent // 100)]


def _counts(causes: Sequence[EndCause]) -> str:
    return ", ".join(f"{cause} {causes.count(cause)}" for cause in sorted(set(causes)))


if __name__ == "__main__":
    main()
