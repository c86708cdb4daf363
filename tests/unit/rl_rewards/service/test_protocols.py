"""The published requests of other trainers against the service, byte for byte as they send them."""

import asyncio
import math
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from io import StringIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.fakes.app_client import client_of
from tests.fakes.in_process_pool import KILLS, VERIFIERS, InProcessPool

from assay.domain.errors import RewardModelError
from assay.web.app import Application
from assay.web.logs import open_log
from assay_rl_rewards.protocols import classify, nemo_gym
from assay_rl_rewards.reward_model.port import Conversation, Logit
from assay_rl_rewards.reward_model.scale import Constants, Scale
from assay_rl_rewards.reward_model.scorer import RewardModelScorer
from assay_rl_rewards.scorer import Scorer
from assay_rl_rewards.service.app import make_app
from assay_rl_rewards.service.settings import RewardServiceSettings

ROUTES = """
id: test
version: 1
routes:
  math:
    parts: [{type: verifier, name: correctness, verifier: math, weight: 1.0}]
"""
SCALE = Scale(model="rm", version="1", overall=Constants(mean=0.0, std=1.0, count=100))
PROMPT = "<|start_of_role|>user<|end_of_role|>2 + 2?<|end_of_text|>\n"
OPENING = "<|start_of_role|>assistant<|end_of_role|>"


class Lengths:
    """A reward model to which a response is worth its length; it cannot read `?`."""

    name = "rm"
    version = "1"

    async def score(self, conversations: Sequence[Conversation]) -> list[Logit]:
        return [
            RewardModelError("expected a shorter response", "too_long")
            if each.response == "?"
            else float(len(each.response))
            for each in conversations
        ]

    async def close(self) -> None:
        """Hold nothing."""


@pytest.fixture
def app(tmp_path: Path) -> Application:
    path = tmp_path / "routes.yaml"
    path.write_text(ROUTES)

    @asynccontextmanager
    async def scorers() -> AsyncIterator[Mapping[str, Scorer]]:
        yield {"reward_model": RewardModelScorer(Lengths(), SCALE)}

    return make_app(
        RewardServiceSettings(routes=str(path), workers=1),
        log=open_log(StringIO()),
        open_pool=InProcessPool(VERIFIERS).opened,
        open_scorers=scorers,
        catalogue=VERIFIERS,
    )


def post(app: Application, path: str, body: Any) -> httpx.Response:
    async def run() -> httpx.Response:
        async with client_of(app) as client:
            return await client.post(path, json=body)

    return asyncio.run(run())


def openrlhf_body(response: str, label: Any = "4") -> dict[str, Any]:
    return {
        "query": [PROMPT + OPENING + response],
        "prompts": [PROMPT + OPENING],
        "labels": [label],
    }


def test_openrlhf_gets_its_three_lists(app: Application) -> None:
    answer = post(app, "/get_reward?domain=math", openrlhf_body("it is 4<|end_of_text|>"))
    assert answer.status_code == 200
    told = answer.json()
    assert (told["rewards"], told["scores"]) == ([1.0], [1.0])
    assert told["extra_logs"]["correctness"] == [1.0]


def test_openrlhf_is_never_told_zero_for_what_was_not_measured(app: Application) -> None:
    lost = post(app, "/get_reward?domain=math", openrlhf_body("4", {"domain": "math"}))
    assert lost.status_code == 422
    assert (lost.json()["status"], lost.json()["reward_status"]) == (422, "invalid_task")
    unknown = post(app, "/get_reward", openrlhf_body("4"))
    assert "expected a domain" in unknown.json()["detail"]
    short = post(app, "/get_reward?domain=math", openrlhf_body("4") | {"labels": []})
    assert short.status_code == 422


def test_answer_that_kills_earns_nothing_by_every_protocol(app: Application) -> None:
    killed = post(app, "/get_reward?domain=math", openrlhf_body(KILLS))
    assert killed.json()["rewards"] == [0.0]


def test_nemo_gym_row_comes_back_with_its_reward(app: Application) -> None:
    row = {
        "responses_create_params": {"input": [{"role": "user", "content": "2 + 2?"}]},
        "response": {
            "id": "r1",
            "output": [{"type": "message", "content": [{"type": "output_text", "text": "4"}]}],
        },
        "domain": "math",
        "reference": "4",
        "_ng_task_index": 3,
    }
    assert post(app, "/seed_session", {}).json() == {}
    told = post(app, "/verify", row).json()
    assert told["reward"] == 1.0
    assert {name: told[name] for name in row} == row
    failed = post(app, "/verify", row | {"reference": None}).json()
    assert failed["_ng_failure_class"] == "judge_failed"
    metrics = post(app, "/aggregate_metrics", {"verify_responses": [told, failed]}).json()
    assert metrics["key_metrics"] == {"mean/reward": 1.0}
    assert metrics["group_level_metrics"][0]["_ng_task_index"] == 3


@pytest.mark.parametrize("changes", [{"language": ["en"]}, {"params": [1]}])
def test_nemo_gym_row_of_another_form_is_a_failure_and_no_error(
    app: Application, changes: dict[str, Any]
) -> None:
    answer = post(app, "/verify", nemo_gym.EXAMPLE | changes)
    assert answer.status_code == 200
    assert "invalid_task: expected" in answer.json()["_ng_failure_judge_error"]


def test_nemo_gym_may_verify_again(app: Application) -> None:
    async def run() -> httpx.Response:
        async with client_of(app) as client:
            return await client.get("/reverify_mode")

    assert asyncio.run(run()).json() == "stateless"


def test_slime_reads_the_reward_by_its_key(app: Application) -> None:
    body = {"prompt": "2 + 2?", "response": "it is 5", "label": "4"}
    assert post(app, "/slime?domain=math", body).json()["reward"] == 0.0
    assert post(app, "/slime", body).status_code == 422


def test_verl_gets_raw_logits_as_from_vllm(app: Application) -> None:
    text = PROMPT + OPENING + "four<|end_of_text|>"
    told = post(app, "/classify", {"model": "rm", "input": text, "use_activation": False}).json()
    assert told["data"][-1]["probs"][-1] == 4.0
    assert (told["object"], told["model"]) == ("list", "rm")
    both = post(app, "/classify", {"input": [text, text], "use_activation": False}).json()
    assert [each["index"] for each in both["data"]] == [0, 1]


def test_activation_is_on_by_default_as_in_vllm(app: Application) -> None:
    told = post(app, "/classify", classify.EXAMPLE | {"use_activation": True}).json()
    length = len(classify.EXAMPLE["messages"][-1]["content"])
    assert told["data"][0]["probs"] == [pytest.approx(1 / (1 + math.exp(-length)))]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"input": [[1, 2, 3]]},
        {"input": "no turns"},
        {"input": []},
        {"messages": [{"role": "user", "content": "a"}]},
        {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "?"}]},
    ],
)
def test_conversation_that_cannot_be_scored_is_refused(app: Application, body: Any) -> None:
    assert post(app, "/classify", body).status_code == 422
