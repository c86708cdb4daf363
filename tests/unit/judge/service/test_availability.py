import asyncio
from io import StringIO
from typing import Any

import httpx
import pytest
from tests.fakes.app_client import client_of
from tests.fakes.sample_judges import FakeSource

from assay.domain.errors import AssayError, ConfigError, JudgeBackendError
from assay.web.logs import open_log
from assay_judge.service import availability
from assay_judge.service.app import make_app
from assay_judge.service.settings import JudgeServiceSettings

BODY = {
    "sample": {
        "messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]
    }
}
DOWN = JudgeBackendError("no connection to the judge", "unreachable")


@pytest.fixture(autouse=True)
def no_long_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(availability, "LONGEST_WAIT_SECONDS", 0.05)


async def until_ready(client: httpx.AsyncClient) -> None:
    async with asyncio.timeout(10):
        while (await client.get("/readyz")).status_code != 200:  # noqa: ASYNC110  as balancers do
            await asyncio.sleep(0.01)


def with_service(source: FakeSource, visit: Any) -> Any:
    async def run() -> Any:
        app = make_app(JudgeServiceSettings(), log=open_log(StringIO()), source=source)
        async with client_of(app) as client:
            return await visit(client)

    return asyncio.run(run())


def test_a_service_without_its_model_starts_says_so_and_recovers() -> None:
    source = FakeSource(open_errors=[DOWN, DOWN])

    async def visit(client: httpx.AsyncClient) -> None:
        assert (await client.get("/healthz")).status_code == 200
        ready = await client.get("/readyz")
        assert ready.status_code == 503
        assert ready.json()["checks"] == {"judge": "no connection to the judge"}
        refused = await client.post("/v1/score", json=BODY)
        assert refused.status_code == 503
        assert int(refused.headers["retry-after"]) >= 1
        assert refused.json()["retryable"] is True
        told = (await client.get("/v1/capabilities")).json()
        assert (told["is_ready"], told["judge"]) == (False, None)
        assert told["reason"] == "no connection to the judge"
        await until_ready(client)
        assert (await client.post("/v1/score", json=BODY)).status_code == 200

    with_service(source, visit)
    assert source.num_opened == 3
    assert source.is_closed


@pytest.mark.parametrize("error", [ConfigError("no price for model 'x'"), AssayError("odd")])
def test_any_reason_is_shown(error: AssayError) -> None:
    async def visit(client: httpx.AsyncClient) -> str:
        return str((await client.get("/readyz")).json()["detail"])

    assert str(error) in with_service(FakeSource(open_errors=[error] * 99), visit)


def test_a_bug_in_opening_does_not_end_the_watch() -> None:
    errors: list[Any] = [TypeError("secret words"), DOWN]
    source = FakeSource(open_errors=errors)

    async def visit(client: httpx.AsyncClient) -> str:
        reason = (await client.get("/readyz")).text
        await until_ready(client)
        return reason

    reason = with_service(source, visit)
    assert "TypeError" in reason
    assert "secret" not in reason


def test_a_judge_that_is_lost_is_found_again() -> None:
    is_lost = True
    source = FakeSource(error_for=lambda _sample: DOWN if is_lost else None)

    async def visit(client: httpx.AsyncClient) -> list[int]:
        nonlocal is_lost
        source.open_errors = [DOWN] * 2
        first = await client.post("/v1/score", json=BODY)
        second = await client.post("/v1/score", json=BODY)
        is_lost = False
        await until_ready(client)
        third = await client.post("/v1/score", json=BODY)
        assert second.json()["type"] == "urn:assay:problem:not-ready"
        return [first.status_code, second.status_code, third.status_code]

    assert with_service(source, visit) == [503, 503, 200]
    assert len(source.asked) == 2  # the second request was refused without asking


@pytest.mark.parametrize("code", ["server_error", "timeout", "saturated", "malformed"])
def test_other_failures_leave_the_service_ready(code: str) -> None:
    source = FakeSource(error_for=lambda _sample: JudgeBackendError("x", code))

    async def visit(client: httpx.AsyncClient) -> int:
        await client.post("/v1/score", json=BODY)
        return (await client.get("/readyz")).status_code

    assert with_service(source, visit) == 200
    assert source.num_opened == 1


def test_a_first_try_that_hangs_does_not_hold_up_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(availability, "START_SECONDS", 0.05)

    class Hanging(FakeSource):
        async def open(self) -> None:
            await asyncio.sleep(60)

    async def visit(client: httpx.AsyncClient) -> int:
        return (await client.get("/readyz")).status_code

    source = Hanging()
    assert with_service(source, visit) == 503
    assert source.is_closed
