"""Model judges behind the service, on a fake server: what they share, and what a change means."""

import asyncio
from collections.abc import Iterator
from io import StringIO
from typing import Any

import httpx
import pytest
from tests.fakes.app_client import client_of
from tests.fakes.relay import Relay
from tests.fakes.vllm import FakeVllm, Features

from assay.domain.errors import ConfigError, JudgeBackendError
from assay.rubrics import load_rubric
from assay.web.logs import open_log
from assay_judge.engine.settings import Mode
from assay_judge.service.app import make_app
from assay_judge.service.llm_source import LlmSource, make_llm_source
from assay_judge.service.settings import JudgeServiceSettings

RUBRIC = load_rubric("default")


def body(text: str = "It is 144.") -> dict[str, Any]:
    question = {"role": "user", "content": "What is 12 * 12?"}
    return {"sample": {"messages": [question, {"role": "assistant", "content": text}]}}


def settings_for(url: str, **settings: Any) -> JudgeServiceSettings:
    return JudgeServiceSettings(backend_url=url, mode=Mode.FAST, **settings)


def source_for(url: str, **settings: Any) -> LlmSource:
    return make_llm_source(settings_for(url, **settings), b"key")


@pytest.fixture
def model() -> Iterator[FakeVllm]:
    with FakeVllm() as server:
        yield server


async def _post_twice(url: str, **settings: Any) -> tuple[httpx.Response, httpx.Response, str]:
    app = make_app(settings_for(url, **settings), log=open_log(StringIO()))
    async with client_of(app) as client:
        first = await client.post("/v1/score", json=body())
        second = await client.post("/v1/score", json=body())
        return first, second, (await client.get("/metrics")).text


def test_what_was_judged_is_not_judged_again(model: FakeVllm) -> None:
    first, second, metrics = asyncio.run(_post_twice(model.url, cache="memory:"))
    assert first.json()["usage"]["num_calls"] == 1
    assert second.json()["usage"]["from_cache"] == 1
    assert "assay_judge_cache_hits_total 1.0" in metrics
    judgements = [answer.json()["judgements"][0] for answer in (first, second)]
    assert {**judgements[0], "usage": None} == {**judgements[1], "usage": None}


def test_a_spent_budget_is_told(model: FakeVllm) -> None:
    first, _, _ = asyncio.run(_post_twice(model.url, budget="10"))
    assert first.status_code == 402
    assert "budget" in first.json()["detail"]


def test_a_model_without_a_price_and_a_budget_in_money_are_not_ready(model: FakeVllm) -> None:
    async def run() -> None:
        source = source_for(model.url, budget="5 usd")
        try:
            with pytest.raises(ConfigError, match="price"):
                await source.open()
        finally:
            await source.close()

    asyncio.run(run())


def test_each_mode_and_rubric_has_one_judge_with_its_own_version(model: FakeVllm) -> None:
    async def run() -> None:
        source = source_for(model.url)
        await source.open()
        try:
            fast = source.judge(Mode.FAST, RUBRIC)
            assert source.judge(None, RUBRIC) is fast
            assert source.judge(Mode.STANDARD, RUBRIC).version != fast.version
            assert source.judge(Mode.FAST, load_rubric("critical-thinking")).version != fast.version
            assert source.concurrency() >= 1
        finally:
            await source.close()

    asyncio.run(run())


def test_the_same_server_again_is_the_same_judge_and_another_one_is_not(model: FakeVllm) -> None:
    async def run(relay: Relay, other: FakeVllm) -> None:
        source = source_for(relay.url)
        await source.open()
        try:
            first = source.judge(Mode.FAST, RUBRIC)
            await source.open()
            assert source.judge(Mode.FAST, RUBRIC) is first
            relay.cut()
            with pytest.raises(JudgeBackendError):
                await source.open()
            assert source.judge(Mode.FAST, RUBRIC) is first
            relay.lead_to(other.url)
            relay.restore()
            await source.open()
            second = source.judge(Mode.FAST, RUBRIC)
            assert (first.name, second.name) == ("tiny", "larger")
            assert first.version != second.version
        finally:
            await source.close()

    with Relay(model.url) as relay, FakeVllm(features=Features(models=("larger",))) as other:
        asyncio.run(run(relay, other))
