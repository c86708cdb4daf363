"""Keeps so many jobs in flight for a while, and tells how many were done at what cost."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from statistics import median
from typing import TypeAlias, TypeVar

from benchmarks.judging.meters import own_cpu_seconds
from benchmarks.judging.pairs import Middle, middle

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Rate:
    """What was done between the first start and the last end."""

    count: int
    wall_seconds: float
    cpu_seconds: float

    @property
    def per_second(self) -> float:
        return self.count / self.wall_seconds

    @property
    def cpu_milliseconds(self) -> float:
        """CPU time of one."""
        return 1000 * self.cpu_seconds / self.count


Arm: TypeAlias = Callable[[], Awaitable[Rate]]


async def drive(
    jobs: Iterable[T],
    do: Callable[[T], Awaitable[int]],
    *,
    num_in_flight: int,
    seconds: float | None = None,
    cpu: Callable[[], float] = own_cpu_seconds,
) -> Rate:
    """Do `jobs` with so many in flight, until there are none or, with `seconds`, time is up.

    Args:
        jobs: what there is to do.
        do: does one job and returns for how many it counts.
        num_in_flight: at one time.
        seconds: after which nothing new is begun; what was begun is finished and counted.
        cpu: the clock of the process whose CPU time is told.
    """
    left = iter(jobs)
    count = 0
    begun, used = time.perf_counter(), cpu()
    until = None if seconds is None else begun + seconds

    async def work() -> None:
        nonlocal count
        for job in left:
            done = await do(job)  # not `count += await`, which would read `count` before waiting
            count += done
            if until is not None and time.perf_counter() >= until:
                return

    async with asyncio.TaskGroup() as group:
        for _ in range(num_in_flight):
            group.create_task(work())
    return Rate(count, time.perf_counter() - begun, cpu() - used)


class Rounds:
    """Arms that are run one after the other, in rounds; each second round backwards."""

    def __init__(self, arms: Mapping[str, Arm]) -> None:
        self._arms = dict(arms)
        self.rates: dict[str, list[Rate]] = {name: [] for name in arms}

    async def run(self, num_rounds: int) -> None:
        for number in range(num_rounds):
            names = list(self._arms)
            for name in reversed(names) if number % 2 else names:
                self.rates[name].append(await self._arms[name]())

    def ratio(self, name: str, other: str) -> Middle:
        """Return how many times as much `name` did a second, round by round."""
        pairs = zip(self.rates[name], self.rates[other], strict=True)
        return middle([one.per_second / two.per_second for one, two in pairs])

    def cpu_ratio(self, name: str, other: str) -> Middle:
        """Return the same for a second of CPU time, which other processes disturb less."""
        pairs = zip(self.rates[name], self.rates[other], strict=True)
        return middle([two.cpu_milliseconds / one.cpu_milliseconds for one, two in pairs])

    def typical(self, name: str) -> tuple[float, float]:
        """Return the medians of what an arm did a second and of CPU milliseconds of one."""
        rates = self.rates[name]
        return median(r.per_second for r in rates), median(r.cpu_milliseconds for r in rates)

    def as_json(self) -> dict[str, object]:
        return {name: [asdict(rate) for rate in rates] for name, rates in self.rates.items()}
