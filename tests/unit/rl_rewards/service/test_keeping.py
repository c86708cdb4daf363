"""What is answered is kept: written while the service runs, at its end, and refused, not lost."""

import asyncio
import os
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.fakes.app_client import client_of
from tests.fakes.in_process_pool import CROWDS, VERIFIERS, InProcessPool

from assay.domain.errors import OutputError
from assay.web.app import Application
from assay.web.logs import open_log
from assay_rl_rewards.keeping.store import read_kept
from assay_rl_rewards.service import keeping
from assay_rl_rewards.service.app import make_app
from assay_rl_rewards.service.settings import RewardServiceSettings

ROUTES = """
id: test
version: 1
routes:
  math:
    parts: [{type: verifier, name: correctness, verifier: math, weight: 1.0}]
"""
SOUND: dict[str, Any] = {"domain": "math", "prompt": "2 + 2?", "response": "4", "reference": "4"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "routes.yaml").write_text(ROUTES)
    return tmp_path


def open_app(folder: Path, log: StringIO | None = None, **settings: Any) -> Application:
    given: dict[str, Any] = {
        "routes": str(folder / "routes.yaml"),
        "keep": folder / "kept",
        "workers": 1,
    }
    return make_app(
        RewardServiceSettings(**(given | settings)),
        log=open_log(log or StringIO()),
        open_pool=InProcessPool(VERIFIERS).opened,
        catalogue=VERIFIERS,
    )


async def ask(client: httpx.AsyncClient, *rollouts: Any) -> httpx.Response:
    return await client.post("/v1/rewards", json={"rollouts": list(rollouts)})


async def until(is_true: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not is_true():  # noqa: ASYNC110  a thread writes
            await asyncio.sleep(0.002)


def kept_ids(folder: Path) -> list[str | None]:
    return [kept.rollout.id for kept in read_kept(folder / "kept")]


def refuse(_descriptor: int) -> None:
    raise OSError(28, "No space left on device")


def test_the_rest_is_written_when_the_service_leaves(folder: Path) -> None:
    async def run() -> None:
        async with client_of(open_app(folder)) as client:
            await ask(client, SOUND | {"id": "a"}, {"id": "unread"}, SOUND | {"id": "b"})
            await ask(client, SOUND | {"id": "c", "response": CROWDS})
            text = (await client.get("/metrics")).text
            assert "assay_rl_rewards_keep_waiting 3.0" in text
            assert not list((folder / "kept").iterdir())

    asyncio.run(run())
    kept = list(read_kept(folder / "kept"))
    assert [each.rollout.id for each in kept] == ["a", "b", "c"]
    assert [each.reward.reward for each in kept] == [1.0, 1.0, None]
    assert kept[0].rollout.reference == "4"
    assert kept[0].at_milliseconds > 1_700_000_000_000


def test_what_is_due_is_written_while_the_service_runs(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "LOOK_SECONDS", 0.001)

    log = StringIO()

    async def run() -> str:
        async with client_of(open_app(folder, log, keep_rows_per_file=2)) as client:
            await ask(client, SOUND | {"id": "a"}, SOUND | {"id": "b"})
            await until(lambda: "rewards.kept" in log.getvalue())
            assert kept_ids(folder) == ["a", "b"]
            return (await client.get("/metrics")).text

    text = asyncio.run(run())
    assert "assay_rl_rewards_kept_rows_total 2.0" in text
    assert "assay_rl_rewards_kept_files_total 1.0" in text
    assert "assay_rl_rewards_keep_waiting 0.0" in text


def test_a_full_disk_refuses_requests_and_loses_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "LOOK_SECONDS", 0.001)
    monkeypatch.setattr(keeping, "RETRY_SECONDS", 0.001)
    log = StringIO()

    async def run() -> None:
        app = open_app(folder, log, keep_max_waiting=2, keep_seconds_per_file=0.001)
        async with client_of(app) as client:
            with monkeypatch.context() as patch:
                patch.setattr(os, "fsync", refuse)
                answer = await ask(client, SOUND | {"id": "a"}, SOUND | {"id": "b"})
                assert answer.status_code == 200
                await until(lambda: log.getvalue().count("rewards.not_kept") >= 2)
                refused = await ask(client, SOUND | {"id": "c"})
                assert refused.status_code == 503
                assert refused.json()["type"].endswith("rewards-not-kept")
                assert refused.json()["retryable"] is True
                assert refused.headers["retry-after"] == "10"
                ready = await client.get("/readyz")
                assert ready.status_code == 503
                assert "keeping" in ready.json()["checks"]
                assert (
                    "assay_rl_rewards_keep_failures_total 0.0"
                    not in (await client.get("/metrics")).text
                )
            await until(lambda: "rewards.kept" in log.getvalue())
            assert kept_ids(folder) == ["a", "b"]
            assert (await client.get("/readyz")).status_code == 200
            assert (await ask(client, SOUND | {"id": "d"})).status_code == 200

    asyncio.run(run())
    assert kept_ids(folder) == ["a", "b", "d"]


def test_rewards_that_are_lost_at_the_end_are_told_and_fail_the_service(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = StringIO()

    async def run() -> None:
        async with client_of(open_app(folder, log)) as client:
            await ask(client, SOUND)
            monkeypatch.setattr(os, "fsync", refuse)

    with pytest.raises(OutputError, match="No space left"):
        asyncio.run(run())
    assert "rewards.lost" in log.getvalue()


def test_a_folder_that_cannot_be_made_stops_the_start(folder: Path) -> None:
    (folder / "kept").write_text("a file")
    with pytest.raises(OutputError, match="expected to make the folder"):
        open_app(folder)


def test_nothing_is_kept_unless_asked_for(folder: Path) -> None:
    async def run() -> str:
        async with client_of(open_app(folder, keep=None)) as client:
            await ask(client, SOUND)
            return (await client.get("/metrics")).text

    assert "assay_rl_rewards_keep" not in asyncio.run(run())
    assert not (folder / "kept").exists()
