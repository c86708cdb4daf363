import asyncio
from collections.abc import Callable

import pytest
from tests.fakes.conversations import chat, rag, tool_use
from tests.fakes.model_judge import CLAIM, RUBRIC, judged, reads, says
from tests.fakes.scripted_backend import CAPABILITIES, ScriptedBackend

from assay.domain.sample import Message, Sample
from assay.rubrics import load_rubric
from assay_judge.backend.contract import Prompt
from assay_judge.cost.estimate import ASSUMED_BYTES_PER_TOKEN, Estimate, Estimator, ModeEstimate
from assay_judge.engine.settings import EngineSettings, Mode

SAMPLES = (
    chat(),
    chat("Why?", "Because it rains.", "And then?", "Then it is wet, as it always was."),
    chat("Wo liegt Wien?", "Wien liegt an der Donau, im Osten \u00d6sterreichs.", system="Kurz!"),
    rag("The Danube is 2850 km long. " * 30, "Vienna lies on it. " * 200),
    tool_use(content="Let me look."),
)
SINGLE = (Mode.FAST, Mode.STANDARD, Mode.THOROUGH)
ANSWERS: tuple[Callable[[], ScriptedBackend], ...] = (
    ScriptedBackend,
    lambda: ScriptedBackend(says(CLAIM), reads(confirm=0.9)),
)


def _estimate(*samples: Sample, rubric: str = "default") -> Estimate:
    estimator = Estimator(load_rubric(rubric), capabilities=CAPABILITIES)
    for sample in samples:
        estimator.add(sample)
    return asyncio.run(estimator.finish())


def _of(estimate: Estimate, mode: Mode) -> ModeEstimate:
    return next(one for one in estimate.modes if one.mode is mode)


def _size(prompt: Prompt) -> int:
    return sum(len(text.encode()) for text in prompt)


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize("backend", ANSWERS)
@pytest.mark.parametrize("rubric", ["default", "critical-thinking"])
def test_what_the_engine_really_asks_lies_between_the_two_ends(
    mode: Mode, backend: Callable[[], ScriptedBackend], rubric: str
) -> None:
    server = backend()
    for sample in SAMPLES:
        judged(sample, server, EngineSettings(mode=mode), rubric=load_rubric(rubric))
    estimate = _of(_estimate(*SAMPLES, rubric=rubric), mode)
    num_calls = len(server.calls) + len(server.asks)
    prompts = [call.prompt for call in server.calls] + [ask.prompt for ask in server.asks]
    tokens = sum(map(_size, prompts)) / ASSUMED_BYTES_PER_TOKEN
    assert estimate.least.num_calls <= num_calls <= estimate.most.num_calls
    assert 0.97 * estimate.least.num_prompt_tokens <= tokens
    assert tokens <= 1.01 * estimate.most.num_prompt_tokens  # code's own facts are left out


@pytest.mark.parametrize("mode", SINGLE)
def test_a_contented_model_takes_about_the_least(mode: Mode) -> None:
    server = ScriptedBackend()
    for sample in SAMPLES:
        judged(sample, server, EngineSettings(mode=mode))
    least = _of(_estimate(*SAMPLES), mode).least
    assert least.num_calls == len(server.calls) + len(server.asks)
    prompts = [call.prompt for call in server.calls] + [ask.prompt for ask in server.asks]
    tokens = sum(map(_size, prompts)) / ASSUMED_BYTES_PER_TOKEN
    assert least.num_prompt_tokens == pytest.approx(tokens, rel=0.05)


def test_a_prefix_cache_computes_each_text_once() -> None:
    once = _of(_estimate(chat()), Mode.STANDARD).least
    twice = _of(_estimate(chat(), chat()), Mode.STANDARD).least
    assert once.num_cached_tokens is not None and twice.num_cached_tokens is not None
    fresh_once = once.num_prompt_tokens - once.num_cached_tokens
    fresh_twice = twice.num_prompt_tokens - twice.num_cached_tokens
    assert fresh_twice - fresh_once < fresh_once / 2  # the static prompt is not paid again
    server = ScriptedBackend()
    judged(chat(), server)
    first = _size(server.calls[0].prompt) / ASSUMED_BYTES_PER_TOKEN
    assert first < fresh_once < 1.5 * first


def test_the_servers_tokenizer_gives_the_ratio() -> None:
    async def count(prompt: Prompt) -> int:
        return len(prompt.system.encode()) + len(prompt.user.encode()) // 5

    estimator = Estimator(RUBRIC)
    for number in range(100):
        estimator.add(chat("Why?", "So it is. " * (5 + number)))
    estimate = asyncio.run(estimator.finish(count))
    assert estimate.bytes_per_token == pytest.approx(5.0, rel=0.02)
    assert estimate.num_counted == 32
    fast = _of(estimate, Mode.FAST).least
    assert fast.num_prompt_tokens > 100 * 4000  # static prompts are counted, not extrapolated


def test_a_server_that_cannot_count_leaves_the_assumption() -> None:
    async def count(prompt: Prompt) -> None:
        return None

    estimator = Estimator(RUBRIC)
    estimator.add(chat())
    estimate = asyncio.run(estimator.finish(count))
    assert (estimate.bytes_per_token, estimate.num_counted) == (ASSUMED_BYTES_PER_TOKEN, 0)


def test_turns_without_substance_take_no_call() -> None:
    estimate = _estimate(Sample((Message("user", "Why?"), Message("assistant", ""))))
    assert (estimate.num_turns, estimate.num_without_calls) == (1, 1)
    assert all(mode.most.num_calls == 0 for mode in estimate.modes)


def test_nothing_to_judge_takes_nothing() -> None:
    estimate = _estimate()
    assert estimate.num_samples == 0
    assert all(mode.most.num_prompt_tokens == 0 for mode in estimate.modes)


def test_memory_does_not_grow_with_the_samples() -> None:
    estimator = Estimator(RUBRIC)
    for number in range(200):
        estimator.add(chat(f"Why {number}?", "Because. " * number))
    assert len(estimator._kept) == 32
