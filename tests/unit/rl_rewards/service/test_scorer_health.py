"""Scorers that go and come back are told once each way, and a slow look is an absence."""

import asyncio
from io import StringIO

import pytest

from assay.domain.errors import ConfigError, JudgeBackendError, RewardModelError
from assay.web.logs import open_log
from assay_rl_rewards.service import scorer_health
from assay_rl_rewards.service.scorer_health import ScorerHealth


class Server:
    """Answers a look with what it is told to."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.num_looks = 0

    async def look(self) -> None:
        self.num_looks += 1
        if self.error is not None:
            raise self.error

    async def is_looked_at(self, times: int = 2) -> None:
        """Wait until it was looked at again, and what was seen is known."""
        until = self.num_looks + times
        async with asyncio.timeout(20):
            while self.num_looks < until:  # noqa: ASYNC110  looks set no event
                await asyncio.sleep(0.001)


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scorer_health, "LOOK_SECONDS", 0.001)


@pytest.mark.parametrize(
    "error",
    [
        JudgeBackendError("away", "unreachable"),
        RewardModelError("away", "unreachable"),
        ConfigError("it takes shorter texts now"),
    ],
)
def test_one_that_goes_and_comes_back_is_told_once_each_way(error: Exception) -> None:
    log, server = StringIO(), Server()
    health = ScorerHealth(open_log(log))

    async def run() -> None:
        async with health.watching({"judge": server.look}):
            assert health.reason() is None
            server.error = error
            await server.is_looked_at(4)
            assert (health.num_away, health.reason()) == (1, f"judge: {error}")
            server.error = None
            await server.is_looked_at()
            assert (health.num_away, health.reason()) == (0, None)

    asyncio.run(run())
    assert log.getvalue().count("judge.away") == 1
    assert log.getvalue().count("judge.back") == 1


def test_a_look_that_takes_too_long_is_an_absence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scorer_health, "PATIENCE_SECONDS", 0.01)
    health = ScorerHealth(open_log(StringIO()))

    async def never() -> None:
        await asyncio.Event().wait()

    async def run() -> None:
        async with health.watching({"reward_model": never}):
            assert health.reason() == "reward_model: no answer within 0.01 s"

    asyncio.run(run())


def test_a_server_that_does_not_fit_stops_the_start() -> None:
    health = ScorerHealth(open_log(StringIO()))

    async def run() -> None:
        async with health.watching({"reward_model": Server(ConfigError("too short")).look}):
            pytest.fail("it must not start")

    with pytest.raises(ConfigError, match="too short"):
        asyncio.run(run())
