"""What judging costs where the model costs nothing: engine and service on an instant fake server.

The client, the service and the fake server are processes of their own. The bare loops send the
bodies that the engine sends, with as many in flight, and read the answers without parsing them.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import cycle, islice
from statistics import fmean

import aiohttp
from benchmarks.judging.bare import BareAiohttp, BareHttpx
from benchmarks.judging.driving import Arm, Rate, Rounds, drive
from benchmarks.judging.meters import ServerProcess, Watch, cpu_seconds
from benchmarks.judging.recording import Recorded, backend_settings, make_judge, record
from benchmarks.judging.samples import make_samples
from benchmarks.judging.tables import print_table

from assay.client.judge import JudgeClient
from assay.client.wire import sample_body
from assay.domain.errors import JudgeBackendError
from assay.domain.sample import Sample
from assay_judge.backend.server import connect
from assay_judge.engine.collecting import collect_rarely
from assay_judge.engine.llm_judge import LlmJudge
from assay_judge.engine.settings import Mode

SEED = 11
FAST_TARGET = 0.3
START_SECONDS = 30
CLIENT_SAMPLES = 256  # of one call of `judge_many`

BARE = "bare aiohttp, fast bodies"
PARSED = "bare aiohttp, fast bodies, answers parsed"
HTTPX = "bare httpx, fast bodies"
ENGINE = "engine, fast"
BARE_STANDARD = "bare aiohttp, standard bodies"
ENGINE_STANDARD = "engine, standard"
POSTS = "service, single posts, fast"
CLIENT = "service, JudgeClient, fast"
POSTS_STANDARD = "service, single posts, standard"


RATIOS = (
    (ENGINE, BARE, Mode.FAST),
    (ENGINE, PARSED, Mode.FAST),
    (ENGINE, HTTPX, Mode.FAST),
    (POSTS, BARE, Mode.FAST),
    (CLIENT, BARE, Mode.FAST),
    (ENGINE_STANDARD, BARE_STANDARD, Mode.STANDARD),
    (POSTS_STANDARD, BARE_STANDARD, Mode.STANDARD),
)


@dataclass(frozen=True, slots=True)
class Options:
    """How much is measured."""

    num_rounds: int = 7
    arm_seconds: float = 1.0
    num_in_flight: int = 64
    num_samples: int = 256
    sample_chars: int = 3000


def run(options: Options) -> dict[str, object]:
    """Measure, print, and return what was printed."""
    return asyncio.run(_run(options))


async def _run(options: Options) -> dict[str, object]:
    watch = Watch()
    collect_rarely()  # as every process that judges does; the bare loops are in this one, too
    size = options.sample_chars
    samples = make_samples(options.num_samples, seed=SEED, low=size - 1, high=size)
    with (
        ServerProcess("benchmarks.judging.fake_process") as fake,
        ServerProcess("benchmarks.judging.service_process", fake.url) as service,
    ):
        await _wait_ready(service.url)
        bodies = {
            mode: (await record(fake.url, samples, mode, num_in_flight=64)).requests
            for mode in (Mode.FAST, Mode.STANDARD)
        }
        rounds = await _measure(options, samples, bodies, fake, service)
    return _report(rounds, samples, bodies, watch)


async def _measure(
    options: Options,
    samples: Sequence[Sample],
    bodies: dict[Mode, list[Recorded]],
    fake: ServerProcess,
    service: ServerProcess,
) -> Rounds:
    num = options.num_in_flight
    backend = await connect(backend_settings(fake.url, num))
    bare, httpx = BareAiohttp(fake.url), BareHttpx(fake.url, num_in_flight=num)
    poster = _Poster(service.url)
    client = JudgeClient(service.url, mode=Mode.FAST, max_in_flight=8)
    driven = partial(drive, num_in_flight=num, seconds=options.arm_seconds)
    fast, standard = (
        make_judge(backend, mode, num_in_flight=num) for mode in (Mode.FAST, Mode.STANDARD)
    )
    by_service = partial(cpu_seconds, service.pid)
    arms: dict[str, Arm] = {
        BARE: lambda: driven(cycle(bodies[Mode.FAST]), bare.send),
        ENGINE: lambda: driven(cycle(samples), partial(_judge, fast)),
        PARSED: lambda: driven(cycle(bodies[Mode.FAST]), bare.send_and_parse),
        HTTPX: lambda: driven(cycle(bodies[Mode.FAST]), httpx.send),
        POSTS: lambda: driven(
            cycle(poster.bodies(samples, Mode.FAST)), poster.send, cpu=by_service
        ),
        CLIENT: lambda: _by_client(client, samples, options.arm_seconds, by_service),
        BARE_STANDARD: lambda: driven(cycle(bodies[Mode.STANDARD]), bare.send),
        ENGINE_STANDARD: lambda: driven(cycle(samples), partial(_judge, standard)),
        POSTS_STANDARD: lambda: driven(
            cycle(poster.bodies(samples, Mode.STANDARD)), poster.send, cpu=by_service
        ),
    }
    try:
        await Rounds(arms).run(1)  # warms connections, caches and imports
        rounds = Rounds(arms)
        await rounds.run(options.num_rounds)
    finally:
        for part in (backend, bare, httpx, poster, client):
            await part.close()
    return rounds


async def _judge(judge: LlmJudge, sample: Sample) -> int:
    return len(await judge.judge_sample(sample))


async def _by_client(
    client: JudgeClient, samples: Sequence[Sample], seconds: float, cpu: Callable[[], float]
) -> Rate:
    """Calls of `judge_many`, one after the other, as a program would make them."""
    endless = cycle(samples)
    count = 0
    begun, used = time.perf_counter(), cpu()
    while time.perf_counter() < begun + seconds:
        for judged in await client.judge_many(list(islice(endless, CLIENT_SAMPLES))):
            if isinstance(judged, JudgeBackendError):
                raise judged
            count += len(judged)
    return Rate(count, time.perf_counter() - begun, cpu() - used)


class _Poster:
    """Posts samples to `/v1/score`, one at a time, and counts the judgements that come back."""

    def __init__(self, url: str) -> None:
        self._url = f"{url}/v1/score"
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0), headers={"Content-Type": "application/json"}
        )
        self._bodies: dict[Mode, list[tuple[bytes, int]]] = {}

    def bodies(self, samples: Sequence[Sample], mode: Mode) -> list[tuple[bytes, int]]:
        if mode not in self._bodies:
            choice = b',"mode":"%s"}' % mode.encode()
            self._bodies[mode] = [
                (b'{"sample":' + sample_body(sample) + choice, len(sample.assistant_turns))
                for sample in samples
            ]
        return self._bodies[mode]

    async def send(self, body: tuple[bytes, int]) -> int:
        sent, num_judgements = body
        async with self._session.post(self._url, data=sent) as response:
            answer = await response.read()
        if response.status != 200:
            raise RuntimeError(f"expected status 200, found {response.status}: {answer[:300]!r}")
        return num_judgements

    async def close(self) -> None:
        await self._session.close()


async def _wait_ready(url: str) -> None:
    until = time.monotonic() + START_SECONDS
    async with aiohttp.ClientSession() as session:
        while time.monotonic() < until:
            try:
                async with session.get(f"{url}/readyz") as response:
                    if response.status == 200:
                        return
            except aiohttp.ClientConnectionError:  # not listening yet
                pass
            await asyncio.sleep(0.1)
    raise RuntimeError(
        f"expected the service to be ready within {START_SECONDS} s, found it is not"
    )


def _report(
    rounds: Rounds,
    samples: Sequence[Sample],
    bodies: dict[Mode, list[Recorded]],
    watch: Watch,
) -> dict[str, object]:
    num_turns = sum(len(sample.assistant_turns) for sample in samples)
    conditions = watch.conditions()
    print(f"(a) instant fake server, {len(samples)} samples of all types; {conditions}")
    each = {mode: len(requests) / num_turns for mode, requests in bodies.items()}
    sizes = {mode: fmean(len(r.body) for r in requests) for mode, requests in bodies.items()}
    for mode, size in sizes.items():
        print(f"    {mode}: {each[mode]:.2f} requests a judgement, {size:,.0f} bytes on average")
    print_table(
        ("", "a second", "CPU ms each", "for a CPU second", "of"),
        [_row(rounds, name) for name in rounds.rates],
    )
    ratios = {
        f"{name} / {other}": {
            "wall": rounds.ratio(name, other).times(each[mode]),
            "cpu": rounds.cpu_ratio(name, other).times(each[mode]),
        }
        for name, other, mode in RATIOS
    }
    print_table(
        ("judgements / judgements' worth of requests", "in wall time", "in CPU time"),
        [(name, str(both["wall"]), str(both["cpu"])) for name, both in ratios.items()],
    )
    reached = ratios[f"{ENGINE} / {BARE}"]["wall"].median
    print(
        f"target: engine at least {FAST_TARGET} of bare aiohttp in fast mode; found {reached:.3f}"
    )
    return {
        "conditions": asdict(conditions),
        "requests_per_judgement": {mode.value: number for mode, number in each.items()},
        "mean_request_bytes": {mode.value: size for mode, size in sizes.items()},
        "rates": rounds.as_json(),
        "ratios": {n: {k: asdict(v) for k, v in both.items()} for n, both in ratios.items()},
        "is_reached": reached >= FAST_TARGET,
    }


def _row(rounds: Rounds, name: str) -> tuple[str, ...]:
    per_second, milliseconds = rounds.typical(name)
    of = "requests" if name.startswith("bare") else "judgements"
    return name, f"{per_second:,.0f}", f"{milliseconds:.3f}", f"{1000 / milliseconds:,.0f}", of
