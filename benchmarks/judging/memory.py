"""Whether memory stays flat over many judgements, without a cache and with one on disk.

Every sample is another one and no judgement is kept, so what grows is held by the engine, the
backend, the client library or the cache. Resident memory moves in steps of the allocator, so the
trend is a median of slopes (Theil and Sen), and flat means that the trend over the whole run after
the warm-up is less than a twentieth of what is resident.
"""

import asyncio
import math
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import combinations, islice
from pathlib import Path
from statistics import median

from benchmarks.judging.driving import drive
from benchmarks.judging.meters import ServerProcess, Watch, resident_mib
from benchmarks.judging.recording import backend_settings, make_judge
from benchmarks.judging.samples import iter_samples, make_samples
from benchmarks.judging.tables import print_table

from assay.domain.sample import Sample, SampleType
from assay_judge.backend.server import connect
from assay_judge.cache.sharing import SharedJudgements
from assay_judge.cache.store import open_cache
from assay_judge.engine.llm_judge import LlmJudge
from assay_judge.engine.settings import Mode

SEED = 14
MOST_GROWTH = 0.05


@dataclass(frozen=True, slots=True)
class Options:
    """How much is measured."""

    num_judgements: int = 50_000
    every: int = 2_000
    warm_up: int = 10_000
    num_in_flight: int = 64
    low_chars: int = 300
    high_chars: int = 3000


@dataclass(frozen=True, slots=True)
class Reading:
    """Resident memory after so many judgements."""

    num_judgements: int
    mib: float


@dataclass(frozen=True, slots=True)
class Trend:
    """How memory went after the warm-up.

    Attributes:
        slope: MiB for 10,000 judgements.
        span: between the least and the most, in MiB.
        growth: the slope over the whole stretch, as a share of the median.
    """

    slope: float
    span: float
    growth: float
    readings: tuple[Reading, ...]


def run(options: Options) -> dict[str, object]:
    """Measure, print, and return what was printed."""
    watch = Watch()
    with tempfile.TemporaryDirectory(prefix="assay-bench-") as scratch:
        caches = {"no cache": None, "SQLite cache": f"sqlite:///{Path(scratch) / 'cache.db'}"}
        found = {
            name: trend_of(asyncio.run(_measure(url, options)), options.warm_up)
            for name, url in caches.items()
        }
    conditions = watch.conditions()
    print(f"(d) memory over {options.num_judgements:,} judgements, fast mode; {conditions}")
    columns = [trend.readings for trend in found.values()]
    print_table(
        ("resident MiB after judgements", *found),
        [
            (f"{row[0].num_judgements:,}", *(f"{reading.mib:.1f}" for reading in row))
            for row in zip(*columns, strict=True)
        ],
    )
    for name, trend in found.items():
        print(
            f"    {name}: after {options.warm_up:,}, {trend.slope:+.2f} MiB for 10,000 judgements"
            f" ({trend.growth:+.1%} in all), {trend.span:.1f} MiB between least and most"
        )
    print(f"    target: flat, a trend of less than {MOST_GROWTH:.0%} in all\n")
    return {
        "conditions": asdict(conditions),
        "trends": {name: asdict(trend) for name, trend in found.items()},
        "is_reached": all(trend.growth < MOST_GROWTH for trend in found.values()),
    }


def trend_of(readings: Sequence[Reading], warm_up: int) -> Trend:
    """Return the trend of the readings after the warm-up."""
    late = [reading for reading in readings if reading.num_judgements >= warm_up]
    slope = median(
        (b.mib - a.mib) / (b.num_judgements - a.num_judgements) for a, b in combinations(late, 2)
    )
    sizes = [reading.mib for reading in late]
    stretch = late[-1].num_judgements - late[0].num_judgements
    return Trend(
        slope=slope * 10_000,
        span=max(sizes) - min(sizes),
        growth=slope * stretch / median(sizes),
        readings=tuple(readings),
    )


async def _measure(cache_url: str | None, options: Options) -> list[Reading]:
    with ServerProcess("benchmarks.judging.fake_process") as fake:
        num = options.num_in_flight
        backend = await connect(backend_settings(fake.url, num))
        shared = SharedJudgements(open_cache(cache_url)) if cache_url else None
        judge = make_judge(backend, Mode.FAST, num_in_flight=num, shared=shared)
        samples = iter_samples(seed=SEED, low=options.low_chars, high=options.high_chars)
        readings: list[Reading] = []
        count = 0
        while count < options.num_judgements:
            some = islice(samples, _num_samples(options.every))
            rate = await drive(some, partial(_judge, judge), num_in_flight=num)
            count += rate.count
            readings.append(Reading(count, resident_mib()))
        await judge.close()
    return readings


async def _judge(judge: LlmJudge, sample: Sample) -> int:
    return len(await judge.judge_sample(sample))


def _num_samples(num_judgements: int) -> int:
    """How many samples of all types have about so many assistant turns."""
    kinds = make_samples(len(SampleType), seed=SEED, low=300, high=300)
    return math.ceil(num_judgements * len(kinds) / sum(len(k.assistant_turns) for k in kinds))
