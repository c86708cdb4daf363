"""What tests of `ServerBackend` share: a connection, asks, a model that tells them apart."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

from tests.fakes.vllm import FakeVllm

from assay_judge.backend.contract import Ask, Prompt, Reads
from assay_judge.backend.server import ServerBackend, connect
from assay_judge.backend.settings import BackendSettings

T = TypeVar("T")
DIGITS = ("1", "2", "3", "4", "5")
PROMPT = Prompt("You grade.", "Grade this.")
SIX = ("correctness", "completeness", "conciseness", "naturalness", "calibration", "form")


def use(server: FakeVllm, work: Callable[[ServerBackend], Awaitable[T]], **changes: object) -> T:
    async def scenario() -> T:
        settings = {"url": server.url, "backoff_seconds": 0.001, **changes}
        backend = await connect(BackendSettings.model_validate(settings))
        server.requests.clear()
        try:
            return await work(backend)
        finally:
            await backend.close()

    return asyncio.run(scenario())


def asks(names: Sequence[str], *, with_choice: bool = False) -> list[Ask]:
    made = [
        Ask(PROMPT._replace(assistant=f'{{"{name}":'), DIGITS, f"How {name}? One digit, 1 to 5.")
        for name in names
    ]
    if with_choice:
        prompt = PROMPT._replace(assistant='{"answer":"')
        made.append(Ask(prompt, ("yes", "no"), "Is it so? Reply yes or no."))
    return made


def scores_by_name(
    messages: Sequence[Mapping[str, Any]], labels: Sequence[str]
) -> dict[str, float]:
    """Give each dimension a digit of its own, so that a mixed-up answer shows."""
    prefix = messages[-1]["content"]
    if prefix.endswith('"answer":"'):
        return {"yes": 0.75, "no": 0.2}
    for number, name in enumerate(SIX):
        if name in prefix:
            return {DIGITS[number % 5]: 0.9, DIGITS[(number + 1) % 5]: 0.05}
    return {"4": 0.9, "5": 0.05}


def likeliest(reads: Reads) -> list[str]:
    return [max(r.probabilities, key=lambda label: r.probabilities[label]) for r in reads.reads]
