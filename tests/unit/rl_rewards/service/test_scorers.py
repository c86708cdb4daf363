"""Scorers of a service: opened with it, closed with it, and null where they are away."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from tests.fakes.app_client import client_of
from tests.fakes.in_process_pool import VERIFIERS, InProcessPool
from tests.fakes.running_service import RunningService

from assay.domain.errors import ConfigError
from assay.web.app import Application
from assay.web.logs import open_log
from assay_judge.service.app import make_app as make_judge
from assay_judge.service.settings import JudgeServiceSettings
from assay_rl_rewards.scorer import Answer, Scored, Scorer
from assay_rl_rewards.service.app import make_app
from assay_rl_rewards.service.scorer_health import ScorerHealth
from assay_rl_rewards.service.scorers import OpenScorers, scorers_of
from assay_rl_rewards.service.settings import RewardServiceSettings
from assay_rl_rewards.verifier import Grade

ROUTES = """
id: test
version: 1
routes:
  general_chat:
    parts: [{type: KIND, name: preference, weight: 1.0}]
"""
CHAT = {"domain": "general_chat", "prompt": "What is 12 * 12?", "response": "12 * 12 = 146"}


class Liking:
    """A scorer that likes everything a little."""

    id = "reward_model"
    version = "likes-1"

    def __init__(self) -> None:
        self.is_closed = False

    async def score_answers(self, answers: Sequence[Answer]) -> list[Scored]:
        return [Grade(0.25, "liked", parts={"rm_raw": -1.5})] * len(answers)

    async def close(self) -> None:
        self.is_closed = True


def write(folder: Path, kind: str) -> str:
    path = folder / "routes.yaml"
    path.write_text(ROUTES.replace("KIND", kind))
    return str(path)


def open_app(log: StringIO, open_scorers: OpenScorers | None = None, **given: Any) -> Application:
    return make_app(
        RewardServiceSettings(workers=1, **given),
        log=open_log(log),
        open_pool=InProcessPool(VERIFIERS).opened,
        open_scorers=open_scorers,
        catalogue=VERIFIERS,
    )


def ask(app: Application) -> tuple[Any, Any]:
    """Return one reward, and what is told of its domain."""

    async def run() -> tuple[Any, Any]:
        async with client_of(app) as client:
            answer = await client.post("/v1/rewards", json={"rollouts": [CHAT]})
            domains = await client.get("/v1/domains")
            return answer.json()["rewards"][0], domains.json()["domains"][0]

    return asyncio.run(run())


def test_a_scorer_is_there_while_the_service_runs_and_its_version_is_told(tmp_path: Path) -> None:
    scorer = Liking()

    @asynccontextmanager
    async def opened() -> AsyncIterator[Mapping[str, Scorer]]:
        yield {"reward_model": scorer}
        await scorer.close()

    reward, domain = ask(open_app(StringIO(), opened, routes=write(tmp_path, "reward_model")))
    assert (reward["reward"], reward["status"]) == (0.25, "ok")
    assert reward["parts"] == {"preference": 0.25, "preference.rm_raw": -1.5}
    assert reward["version"] == domain["version"]
    assert reward["version"].partition("+")[0].endswith(":reward_model/likes-1")
    assert scorer.is_closed


def test_without_a_model_its_rollouts_are_null(tmp_path: Path) -> None:
    reward, _ = ask(open_app(StringIO(), routes=write(tmp_path, "reward_model")))
    assert (reward["reward"], reward["status"]) == (None, "judge_failed")


def test_a_judge_service_that_is_named_is_asked(tmp_path: Path) -> None:
    judge = make_judge(JudgeServiceSettings(), log=open_log(is_quiet=True))
    with RunningService(judge) as running:
        reward, _ = ask(
            open_app(StringIO(), routes=write(tmp_path, "judge"), judge_url=running.url)
        )
    assert (reward["reward"], reward["status"]) == (0.0, "ok")  # its computation is wrong
    assert "judge/" in reward["version"] and "unknown" not in reward["version"]


def test_a_judge_that_is_away_does_not_stop_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from assay.client.transport import Transport

    monkeypatch.setattr(Transport, "pause_seconds", lambda *_: 0.0)
    log = StringIO()
    app = open_app(log, routes=write(tmp_path, "judge"), judge_url="http://127.0.0.1:9")
    reward, _ = ask(app)
    assert (reward["reward"], reward["status"]) == (None, "judge_failed")
    assert "judge.away" in log.getvalue()


@pytest.mark.parametrize(
    "given",
    [
        {"reward_model_folder": "model"},
        {"reward_model_scale": "scale.json"},
        {"reward_model_url": "http://127.0.0.1:9"},
    ],
)
def test_half_a_reward_model_is_a_wrong_configuration(given: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match="reward model with its folder"):
        scorers_of(RewardServiceSettings(**given), ScorerHealth(open_log(is_quiet=True)))  # type: ignore[arg-type]


BOTH = """
id: test
version: 1
routes:
  general_chat:
    parts: [{type: judge, name: preference, weight: 1.0}]
  math:
    parts: [{type: verifier, name: correctness, verifier: math, weight: 1.0}]
"""
SUM = {"domain": "math", "prompt": "2 + 2?", "response": "4", "reference": "4"}


@pytest.mark.parametrize(("is_required", "status"), [(False, 200), (True, 503)])
def test_other_domains_go_on_while_the_judge_is_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_required: bool, status: int
) -> None:
    from assay.client.transport import Transport

    monkeypatch.setattr(Transport, "pause_seconds", lambda *_: 0.0)
    (tmp_path / "routes.yaml").write_text(BOTH)
    app = open_app(
        StringIO(),
        routes=str(tmp_path / "routes.yaml"),
        judge_url="http://127.0.0.1:9",
        require_scorers=is_required,
    )

    async def run() -> None:
        async with client_of(app) as client:
            answer = await client.post("/v1/rewards", json={"rollouts": [CHAT, SUM]})
            chat, total = answer.json()["rewards"]
            assert (chat["reward"], chat["status"]) == (None, "judge_failed")
            assert (total["reward"], total["status"]) == (1.0, "ok")
            ready = await client.get("/readyz")
            assert ready.status_code == status
            assert ("judge" in ready.text) == is_required
            assert "assay_rl_rewards_scorers_away 1.0" in (await client.get("/metrics")).text

    asyncio.run(run())
