"""The service over HTTP: answers, refusals, metrics, readiness, and what it says of itself."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from io import StringIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.fakes.app_client import client_of
from tests.fakes.in_process_pool import CROWDS, HANGS, VERIFIERS, InProcessPool

from assay.domain.errors import ConfigError
from assay.web.app import Application
from assay.web.auth import ApiKeys
from assay.web.logs import open_log
from assay_rl_rewards.pool.jobs import Outcome, PoolItem
from assay_rl_rewards.service.app import make_app
from assay_rl_rewards.service.schemas import MATH_ROLLOUT, DomainsAnswer, RewardsAnswer
from assay_rl_rewards.service.settings import RewardServiceSettings, read_settings

ROUTES = """
id: test
version: 1
routes:
  math:
    parts: [{type: verifier, name: correctness, verifier: math, weight: 1.0}]
"""
SOUND: dict[str, Any] = {"domain": "math", "prompt": "2 + 2?", "response": "4", "reference": "4"}


@pytest.fixture
def routes(tmp_path: Path) -> str:
    path = tmp_path / "routes.yaml"
    path.write_text(ROUTES)
    return str(path)


def open_app(
    routes: str, pool: InProcessPool | None = None, keys: ApiKeys | None = None, **settings: Any
) -> Application:
    pool = pool or InProcessPool(VERIFIERS)
    return make_app(
        RewardServiceSettings(routes=routes, workers=1, **settings),
        log=open_log(StringIO()),
        keys=keys,
        open_pool=pool.opened,
        catalogue=VERIFIERS,
    )


async def ask(client: httpx.AsyncClient, *rollouts: Any) -> httpx.Response:
    return await client.post("/v1/rewards", json={"rollouts": list(rollouts)})


def get(app: Application, path: str) -> httpx.Response:
    async def run() -> httpx.Response:
        async with client_of(app) as client:
            return await client.get(path)

    return asyncio.run(run())


def post(app: Application, *rollouts: Any) -> httpx.Response:
    async def run() -> httpx.Response:
        async with client_of(app) as client:
            return await ask(client, *rollouts)

    return asyncio.run(run())


def test_rewards_come_in_the_order_of_the_rollouts(routes: str) -> None:
    answer = post(
        open_app(routes),
        SOUND | {"id": "a", "group": "g"},
        SOUND | {"id": "b", "group": "g", "response": "5"},
        SOUND | {"id": "c", "response": HANGS},
        {"id": "d"},
    )
    assert answer.status_code == 200
    body = answer.json()
    told = [(each["id"], each["reward"], each["status"]) for each in body["rewards"]]
    assert told == [
        ("a", 1.0, "ok"),
        ("b", 0.0, "ok"),
        ("c", 0.0, "timeout"),
        ("d", None, "invalid_task"),
    ]
    (group,) = body["groups"]
    assert (group["group"], group["mean"], group["is_zero_variance"]) == ("g", 0.5, False)


def test_an_answer_fits_its_description_and_names_its_version(routes: str) -> None:
    body = post(open_app(routes), SOUND, {"no": "rollout"}).json()
    described = RewardsAnswer.model_validate(body)
    assert described.model_dump(mode="json") == body
    assert body["rewards"][0]["verifier"] == "math"
    assert body["rewards"][0]["version"].partition("+")[0].endswith(":math/3")


def test_the_examples_of_the_description_are_sound(routes: str) -> None:
    document = get(open_app(routes), "/openapi.json").json()
    content = document["paths"]["/v1/rewards"]["post"]["requestBody"]["content"]
    for example in content["application/json"]["examples"].values():
        for reward in post(open_app(routes), *example["value"]["rollouts"]).json()["rewards"]:
            known = reward["verifier"] == "math"
            assert known or "expected a domain" in reward["reason"], reward
    assert MATH_ROLLOUT["domain"] == "math"


def test_too_many_rollouts_are_refused_as_a_whole(routes: str) -> None:
    answer = post(open_app(routes, max_rollouts=2), SOUND, SOUND, SOUND)
    assert answer.status_code == 422
    assert answer.json()["fields"][0]["expected"] == "1 to 2 rollouts"


def test_a_body_over_the_limit_is_refused(routes: str) -> None:
    app = open_app(routes, max_body_bytes=2048)
    assert post(app, SOUND | {"response": "4" * 4096}).status_code == 413


def test_a_response_over_the_limit_earns_0(routes: str) -> None:
    answer = post(open_app(routes, max_response_chars=1024), SOUND | {"response": "x" * 1025})
    (reward,) = answer.json()["rewards"]
    assert (reward["reward"], reward["status"]) == (0.0, "ok")


class HeldPool(InProcessPool):
    """Answers when it is let go."""

    def __init__(self) -> None:
        super().__init__(VERIFIERS)
        self.is_asked = asyncio.Event()
        self.let_go = asyncio.Event()

    async def run(self, items: Sequence[PoolItem]) -> list[Outcome]:
        self.is_asked.set()
        await self.let_go.wait()
        return await super().run(items)


def test_what_does_not_fit_is_refused_with_a_time_to_come_back(routes: str) -> None:
    async def run() -> None:
        pool = HeldPool()
        app = open_app(routes, pool, max_rollouts=2, max_queued=2)
        async with client_of(app) as client:
            held = asyncio.create_task(ask(client, SOUND, SOUND))
            await pool.is_asked.wait()
            refused = await ask(client, SOUND, SOUND)
            assert refused.status_code == 429
            assert int(refused.headers["retry-after"]) >= 1
            assert refused.json()["retryable"] is True
            pool.let_go.set()
            assert (await held).status_code == 200
            assert (await ask(client, SOUND, SOUND)).status_code == 200

    asyncio.run(run())


def test_a_request_that_takes_too_long_is_answered_with_a_problem(routes: str) -> None:
    async def run() -> None:
        app = open_app(routes, HeldPool(), request_timeout_seconds=0.05)
        async with client_of(app) as client:
            answer = await ask(client, SOUND)
            assert (answer.status_code, answer.json()["retryable"]) == (504, True)

    asyncio.run(run())


def test_metrics_count_rewards_by_domain_and_status(routes: str) -> None:
    async def run() -> str:
        async with client_of(open_app(routes)) as client:
            await ask(client, SOUND, SOUND, SOUND | {"response": CROWDS}, {})
            return (await client.get("/metrics")).text

    text = asyncio.run(run())
    for line in (
        'assay_rl_rewards_rewards_total{domain="math",status="ok"} 2.0',
        'assay_rl_rewards_rewards_total{domain="math",status="overloaded"} 1.0',
        'assay_rl_rewards_rewards_total{domain="none",status="invalid_task"} 1.0',
        'assay_rl_rewards_nulls_total{domain="math"} 1.0',
        'assay_rl_rewards_verifier_seconds_count{domain="math"} 3.0',
        "assay_rl_rewards_workers 1.0",
        "assay_rl_rewards_rollouts_held 0.0",
    ):
        assert line in text, line


def test_it_is_ready_while_workers_can_be_had(routes: str) -> None:
    pool = InProcessPool(VERIFIERS)
    assert get(open_app(routes, pool), "/readyz").status_code == 200
    pool.worker_pids = ()
    assert get(open_app(routes, pool), "/readyz").status_code == 200, "one is on its way"
    pool.forker_pid = None
    answer = get(open_app(routes, pool), "/readyz")
    assert answer.status_code == 503
    assert "no worker can be started" in answer.json()["detail"]


def test_a_service_without_its_pool_says_so_and_gives_no_zeros(routes: str) -> None:
    class ClosedPool(InProcessPool):
        @asynccontextmanager
        async def opened(self) -> AsyncIterator["InProcessPool"]:
            yield self

    app = open_app(routes, ClosedPool(VERIFIERS))

    async def run() -> Any:
        transport = httpx.ASGITransport(app)  # its lifespan never begins
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
            assert (await client.get("/readyz")).status_code == 503
            return (await ask(client, SOUND)).json()["rewards"][0]

    reward = asyncio.run(run())
    assert (reward["reward"], reward["status"]) == (None, "overloaded")


def test_domains_tell_routes_versions_and_params(routes: str) -> None:
    app = open_app(routes)
    body = get(app, "/v1/domains").json()
    assert DomainsAnswer.model_validate(body).model_dump(mode="json") == body
    (domain,) = body["domains"]
    assert domain["version"] == post(open_app(routes), SOUND).json()["rewards"][0]["version"]
    (verifier,) = domain["verifiers"]
    assert (verifier["id"], verifier["version"]) == ("math", 3)
    assert verifier["params"]["type"] == "object"


def test_keys_are_asked_for(routes: str) -> None:
    app = open_app(routes, keys=ApiKeys.parse("a-key-of-sixteen-chars"))
    assert post(app, SOUND).status_code == 401


def test_routes_that_do_not_fit_stop_the_start(tmp_path: Path) -> None:
    path = tmp_path / "routes.yaml"
    path.write_text(ROUTES.replace("verifier: math", "verifier: maths"))
    with pytest.raises(ConfigError, match="maths"):
        open_app(str(path))


def test_settings_that_do_not_fit_are_told_without_their_values(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ASSAY_RL_REWARDS_MAX_ROLLOUTS", "99999")
    with pytest.raises(ConfigError, match="max_rollouts") as caught:
        read_settings()
    assert "99999" not in str(caught.value)
    monkeypatch.setenv("ASSAY_RL_REWARDS_MAX_ROLLOUTS", "64")
    assert read_settings(workers=3, routes=None).num_workers == 3


def test_a_batch_that_could_never_be_taken_is_a_wrong_setting() -> None:
    with pytest.raises(ConfigError, match="no batch of that size"):
        read_settings(max_rollouts=10, max_queued=5)


def test_the_body_is_json_text(routes: str) -> None:
    async def run() -> httpx.Response:
        async with client_of(open_app(routes)) as client:
            body = json.dumps({"rollouts": [SOUND]})
            return await client.post("/v1/rewards", content=body)

    assert asyncio.run(run()).status_code == 415
