"""How much of a real server's throughput the engine leaves unused.

The bare loop sends the bodies that the engine has sent, in the same order and with as many in
flight, and waits for nothing but an answer. Both begin with an empty prefix cache. On a tiny model
on the CPU the server is still the slow part, as on a GPU; what the engine adds is waiting between
its two calls and work on the same cores.
"""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from statistics import fmean

from benchmarks.judging.bare import BareAiohttp
from benchmarks.judging.driving import Arm, Rate, Rounds, drive
from benchmarks.judging.meters import Watch
from benchmarks.judging.pairs import Middle
from benchmarks.judging.recording import backend_settings, make_judge, record
from benchmarks.judging.samples import make_samples
from benchmarks.judging.tables import print_table
from benchmarks.judging.vllm_server import Counters, empty_cache, read_counters
from tests.vllm.running import Server

from assay.domain.errors import JudgeBackendError
from assay.domain.sample import Sample
from assay_judge.backend.server import connect
from assay_judge.engine.llm_judge import LlmJudge
from assay_judge.engine.settings import Mode

SEED = 12
TARGET = 0.9
MODES = (Mode.FAST, Mode.STANDARD)
BARE = "bare aiohttp"
ENGINE = "engine"


@dataclass(frozen=True, slots=True)
class Options:
    """How much is measured."""

    num_rounds: int = 6
    num_samples: int = 56
    num_in_flight: int = 32
    low_chars: int = 300
    high_chars: int = 3000


def run(server: Server, options: Options) -> dict[str, object]:
    """Measure, print, and return what was printed."""
    watch = Watch()
    samples = make_samples(
        options.num_samples, seed=SEED, low=options.low_chars, high=options.high_chars
    )
    found = {mode: asyncio.run(_measure(server, samples, mode, options)) for mode in MODES}
    conditions = watch.conditions()
    print(
        f"(b) vLLM on the CPU, {len(samples)} samples of {options.low_chars} to"
        f" {options.high_chars} characters, {options.num_in_flight} in flight; {conditions}"
    )
    print_table(
        ("", "judgements/s", "client CPU ms", "prompt tokens", "of these cached", "written"),
        [row for mode, pairs in found.items() for row in pairs.rows(mode)],
    )
    for mode, pairs in found.items():
        print(f"    {mode}: engine / bare loop {pairs.ratio}; target {TARGET}")
    print()
    return {
        "conditions": asdict(conditions),
        "modes": {mode.value: pairs.as_json() for mode, pairs in found.items()},
        "is_reached": all(pairs.ratio.median >= TARGET for pairs in found.values()),
    }


class _Pairs:
    """Engine and bare loop by turns, and what the server counted for each."""

    def __init__(self, server: Server, arms: dict[str, Arm]) -> None:
        self._server = server
        self._rounds = Rounds({name: self._counted(name, arm) for name, arm in arms.items()})
        self._counters: dict[str, list[Counters]] = {name: [] for name in arms}

    async def run(self, num_rounds: int) -> None:
        await self._rounds.run(num_rounds)

    @property
    def ratio(self) -> Middle:
        return self._rounds.ratio(ENGINE, BARE)

    def rows(self, mode: Mode) -> Iterator[tuple[str, ...]]:
        for name, counters in self._counters.items():
            per_second, milliseconds = self._rounds.typical(name)
            tokens = (
                fmean(values)
                for values in zip(
                    *((c.prompt, c.cached, c.generated) for c in counters), strict=True
                )
            )
            yield (
                f"{name}, {mode}",
                f"{per_second:.2f}",
                f"{milliseconds:.1f}",
                *(f"{mean:,.0f}" for mean in tokens),
            )

    def as_json(self) -> dict[str, object]:
        return {
            "rates": self._rounds.as_json(),
            "counters": {n: [c._asdict() for c in each] for n, each in self._counters.items()},
            "ratio": asdict(self.ratio),
        }

    def _counted(self, name: str, arm: Arm) -> Arm:
        async def run() -> Rate:
            empty_cache(self._server)
            before = read_counters(self._server)
            rate = await arm()
            self._counters[name].append(read_counters(self._server).since(before))
            return rate

        return run


async def _measure(
    server: Server, samples: Sequence[Sample], mode: Mode, options: Options
) -> _Pairs:
    num = options.num_in_flight
    recorder = await record(server.url, samples, mode, num_in_flight=num)
    bare = BareAiohttp(server.url)
    backend = await connect(backend_settings(server.url, num))
    judge = make_judge(backend, mode, num_in_flight=num)

    async def by_engine() -> Rate:
        return await drive([samples], partial(_judge_all, judge), num_in_flight=1)

    async def by_bare_loop() -> Rate:
        rate = await drive(recorder.requests, bare.send, num_in_flight=num)
        return replace(rate, count=recorder.num_judgements)

    try:
        pairs = _Pairs(server, {BARE: by_bare_loop, ENGINE: by_engine})
        await pairs.run(options.num_rounds)
    finally:
        await backend.close()
        await bare.close()
    return pairs


async def _judge_all(judge: LlmJudge, samples: Sequence[Sample]) -> int:
    count = 0
    for judged in await judge.judge_many(samples):
        if isinstance(judged, JudgeBackendError):
            raise judged
        count += len(judged)
    return count
