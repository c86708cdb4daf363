"""How much of a judgement's prompts a real server takes from its prefix cache.

Static tokens are those of the system prompt with what the chat template puts around it, as the
server counts them; of an evidence call no more can be expected from the cache. The one-token reads
of standard mode come in one batch request, whose usage tells nothing of the cache, so all calls
together are taken from the server's counters. The cache is empty at the start.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import fmean

import aiohttp
import orjson
from benchmarks.judging.meters import Watch
from benchmarks.judging.recording import Exchange, record
from benchmarks.judging.samples import make_samples
from benchmarks.judging.tables import print_table
from benchmarks.judging.vllm_server import Counters, empty_cache, read_counters
from tests.vllm.running import Server

from assay_judge.backend.dialect import CHAT
from assay_judge.engine.settings import Mode

SEED = 13
HIT_TARGET = 0.9
COMPUTED_TARGET = 1.3
ROWS = (
    "judgements",
    "static part of an evidence call",
    "whole prompt of an evidence call",
    "prompts of all calls of a judgement",
    "of these computed",
    "share of static tokens from the cache",
    "computed, in uncached calls",
)


@dataclass(frozen=True, slots=True)
class Options:
    """How much is measured."""

    num_samples: int = 210
    num_in_flight: int = 32
    low_chars: int = 300
    high_chars: int = 3000


@dataclass(frozen=True, slots=True)
class Found:
    """What one run in one mode used.

    Attributes:
        num_judgements: assistant turns.
        static: tokens of one static part, mean over the evidence calls.
        static_hits: share of the static tokens that evidence calls took from the cache.
        prompt: tokens of one evidence call's prompt, mean.
        computed: prompt tokens that the server computed, all calls of a judgement together, mean.
        asked: prompt tokens of all calls of a judgement, mean.
        counters: what the server counted.
    """

    num_judgements: int
    static: float
    static_hits: float
    prompt: float
    computed: float
    asked: float
    counters: Counters

    @property
    def computed_share(self) -> float:
        """Of what one call without a cache computes."""
        return self.computed / self.prompt

    def column(self) -> tuple[str, ...]:
        """The figures under the names of `ROWS`."""
        tokens = (self.static, self.prompt, self.asked, self.computed)
        shares = (self.static_hits, self.computed_share)
        return (
            f"{self.num_judgements}",
            *(f"{mean:,.0f}" for mean in tokens),
            *(f"{share:.3f}" for share in shares),
        )


def run(server: Server, options: Options) -> dict[str, object]:
    """Measure, print, and return what was printed."""
    watch = Watch()
    found = {
        mode: asyncio.run(_measure(server, mode, options)) for mode in (Mode.FAST, Mode.STANDARD)
    }
    conditions = watch.conditions()
    print(
        f"(c) prefix cache, {options.num_samples} samples of {options.low_chars} to"
        f" {options.high_chars} characters, {options.num_in_flight} in flight; {conditions}"
    )
    print_table(
        ("tokens, means", *(str(mode) for mode in found)),
        list(zip(ROWS, *(one.column() for one in found.values()), strict=True)),
    )
    standard = found[Mode.STANDARD]
    print(f"    static tokens from the cache: {standard.static_hits:.3f}; target {HIT_TARGET}")
    print(f"    computed: {standard.computed_share:.3f} calls; target at most {COMPUTED_TARGET}\n")
    return {
        "conditions": asdict(conditions),
        "modes": {
            mode.value: asdict(one) | {"counters": one.counters._asdict()}
            for mode, one in found.items()
        },
        "is_reached": standard.static_hits >= HIT_TARGET
        and standard.computed_share <= COMPUTED_TARGET,
    }


async def _measure(server: Server, mode: Mode, options: Options) -> Found:
    samples = make_samples(
        options.num_samples, seed=SEED, low=options.low_chars, high=options.high_chars
    )
    await record(server.url, samples[:1], mode, num_in_flight=1)  # the probe's prompts aside
    empty_cache(server)
    before = read_counters(server)
    recorder = await record(server.url, samples, mode, num_in_flight=options.num_in_flight)
    counters = read_counters(server).since(before)
    evidence = [e for e in recorder.exchanges if _is_evidence(e)]
    static = await _static_tokens(server, [_system(exchange) for exchange in evidence])
    hits = sum(
        min(_cached(exchange), most) for exchange, most in zip(evidence, static, strict=True)
    )
    return Found(
        num_judgements=recorder.num_judgements,
        static=fmean(static),
        static_hits=hits / sum(static),
        prompt=fmean(exchange.usage["prompt_tokens"] for exchange in evidence),
        computed=(counters.prompt - counters.cached) / recorder.num_judgements,
        asked=counters.prompt / recorder.num_judgements,
        counters=counters,
    )


def _is_evidence(exchange: Exchange) -> bool:
    """Whether a request asks for a text: it says how, and a read of one token does not."""
    path, body = exchange.request
    return path == CHAT and "structured_outputs" in orjson.loads(body)


def _system(exchange: Exchange) -> str:
    first: dict[str, str] = orjson.loads(exchange.request.body)["messages"][0]
    assert first["role"] == "system", "the static part comes first"
    return first["content"]


def _cached(exchange: Exchange) -> int:
    details = exchange.usage["prompt_tokens_details"]
    cached: int = details["cached_tokens"]
    return cached


async def _static_tokens(server: Server, systems: Sequence[str]) -> list[int]:
    """Count the tokens of each system prompt with the template around it."""
    counts: dict[str, int] = {}
    async with aiohttp.ClientSession() as session:
        for system in dict.fromkeys(systems):
            messages = [{"role": "system", "content": system}]
            body = {"messages": messages, "add_generation_prompt": False}
            async with session.post(f"{server.url}/tokenize", json=body) as answer:
                answer.raise_for_status()
                counts[system] = (await answer.json())["count"]
    return [counts[system] for system in systems]
