"""The engine dies in the middle of a batch: errors, no scores; and all is well when it is back."""

import asyncio
import os
import signal
import time

import pytest
from tests.vllm.conversations import made_samples
from tests.vllm.judging import RUBRIC, judge_all
from tests.vllm.running import Server

from assay.domain.errors import JudgeBackendError
from assay.domain.ports import Judged
from assay_judge.backend.server import connect
from assay_judge.backend.settings import BackendSettings
from assay_judge.engine.llm_judge import LlmJudge

pytestmark = pytest.mark.vllm

NUM_SAMPLES = 60


def test_death_gives_errors_and_return_gives_scores(server: Server) -> None:
    samples = made_samples(NUM_SAMPLES, seed=9)

    async def judge_and_kill() -> list[Judged]:
        settings = BackendSettings(url=server.url, max_retries=1, timeout_seconds=20)
        judge = LlmJudge(await connect(settings), RUBRIC, nonce_key=b"test")
        try:
            before = server.metric("vllm:generation_tokens_total")
            work = asyncio.create_task(judge.judge_many(samples))
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline:  # until the engine is in the middle of it
                await asyncio.sleep(0.2)
                now = await asyncio.to_thread(server.metric, "vllm:generation_tokens_total")
                if now > before + 200:
                    break
            for pid in server.engine_processes():
                os.kill(pid, signal.SIGKILL)
            return await work
        finally:
            await judge.close()

    answers = asyncio.run(judge_and_kill())
    failures = [answer for answer in answers if isinstance(answer, JudgeBackendError)]
    assert failures
    assert {failure.code for failure in failures} <= {"server_error", "unreachable", "timeout"}
    assert len(answers) == NUM_SAMPLES
    server.restart()
    answers = judge_all(server.url, samples[:7])
    assert not any(isinstance(answer, JudgeBackendError) for answer in answers)
