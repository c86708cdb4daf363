"""Judges on a running server, for the tests."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from assay.domain.ports import Judged
from assay.domain.sample import Message, Sample
from assay.rubrics import load_rubric
from assay_judge.backend.server import ServerBackend, connect
from assay_judge.backend.settings import BackendSettings
from assay_judge.engine.llm_judge import LlmJudge
from assay_judge.engine.settings import EngineSettings, Mode

T = TypeVar("T")
RUBRIC = load_rubric("default")


def with_backend(url: str, work: Callable[[ServerBackend], Awaitable[T]], **settings: object) -> T:
    """Connect, work and let go, in a loop of its own."""

    async def run() -> T:
        backend = await connect(BackendSettings.model_validate({"url": url, **settings}))
        try:
            return await work(backend)
        finally:
            await backend.close()

    return asyncio.run(run())


def judge_all(
    url: str, samples: Sequence[Sample], *, mode: Mode = Mode.STANDARD, **settings: object
) -> list[Judged]:
    """Judge samples on a fresh connection."""

    async def work(backend: ServerBackend) -> list[Judged]:
        judge = LlmJudge(backend, RUBRIC, EngineSettings(mode=mode), nonce_key=b"test")
        return await judge.judge_many(samples)

    return with_backend(url, work, **settings)


def question(text: str, answer: str) -> Sample:
    """A sample of one turn."""
    return Sample((Message("user", text), Message("assistant", answer)))
