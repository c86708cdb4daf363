"""A reward model that goes away, through the whole service: its rollouts, and no others."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from io import StringIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.fakes.app_client import client_of
from tests.fakes.in_process_pool import VERIFIERS, InProcessPool
from tests.fakes.pooling import MAX_MODEL_LEN, PoolingServer

from assay.web.app import Application
from assay.web.logs import open_log
from assay_rl_rewards.reward_model import vllm
from assay_rl_rewards.reward_model.port import Conversation, Encoded
from assay_rl_rewards.reward_model.scale import Constants, Scale
from assay_rl_rewards.reward_model.scorer import RewardModelScorer
from assay_rl_rewards.reward_model.vllm import VllmRewardModel, VllmSettings
from assay_rl_rewards.scorer import Scorer
from assay_rl_rewards.service.app import make_app
from assay_rl_rewards.service.settings import RewardServiceSettings

ROUTES = """
id: test
version: 1
routes:
  math:
    parts: [{type: verifier, name: correctness, verifier: math, weight: 1.0}]
  general_chat:
    parts: [{type: reward_model, name: preference, weight: 1.0}]
"""
ROLLOUTS: list[dict[str, Any]] = [
    {"id": "chat", "domain": "general_chat", "prompt": "Hello", "response": "2"},
    {"id": "sum", "domain": "math", "prompt": "2 + 2?", "response": "4", "reference": "4"},
    {"id": "talk", "domain": "general_chat", "prompt": "Hello", "response": "3"},
]


class NumberEncoder:
    """The one id of a response is the number that it says."""

    max_tokens = MAX_MODEL_LEN
    digest = "0123456789abcdef"

    def encode_many(self, conversations: Sequence[Conversation]) -> list[Encoded]:
        return [[int(conversation.response)] for conversation in conversations]


def open_app(routes: Path, url: str) -> Application:
    routes.write_text(ROUTES)

    @asynccontextmanager
    async def scorers() -> AsyncIterator[Mapping[str, Scorer]]:
        model = VllmRewardModel(VllmSettings(url, "rm", timeout_seconds=5.0), NumberEncoder())
        constants = Constants(mean=0.0, std=1.0, count=100)
        scale = Scale(model=model.name, version=model.version, overall=constants)
        scorer = RewardModelScorer(model, scale)
        yield {"reward_model": scorer}
        await scorer.close()

    return make_app(
        RewardServiceSettings(routes=str(routes), workers=1),
        log=open_log(StringIO()),
        open_pool=InProcessPool(VERIFIERS).opened,
        open_scorers=scorers,
        catalogue=VERIFIERS,
    )


async def told(client: httpx.AsyncClient) -> list[tuple[str, float | None, str]]:
    answer = await client.post("/v1/rewards", json={"rollouts": ROLLOUTS})
    assert answer.status_code == 200
    return [(each["id"], each["reward"], each["status"]) for each in answer.json()["rewards"]]


def test_server_that_goes_away_makes_its_own_rollouts_null_and_no_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vllm, "RETRY_PAUSE_SECONDS", 0.001)

    async def run() -> tuple[Any, Any]:
        async with AsyncExitStack() as stack:

            async def start(url: str) -> tuple[httpx.AsyncClient, Any]:
                app = open_app(tmp_path / "routes.yaml", url)
                client = await stack.enter_async_context(client_of(app))
                return client, await told(client)

            client, before = await PoolingServer().with_url(start)  # and then the server is gone
            return before, await told(client)

    before, after = asyncio.run(run())
    assert [(name, status) for name, _, status in before] == [
        ("chat", "ok"), ("sum", "ok"), ("talk", "ok"),
    ]  # fmt: skip
    assert None not in [reward for _, reward, _ in before]
    assert after == [
        ("chat", None, "judge_failed"),
        ("sum", 1.0, "ok"),
        ("talk", None, "judge_failed"),
    ]
