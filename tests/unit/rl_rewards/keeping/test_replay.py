import asyncio
from collections.abc import Iterable

import pytest
from tests.fakes.in_process_pool import VERIFIERS, InProcessPool
from tests.unit.rl_rewards.keeping.kept_rewards import make_kept

from assay.domain.reward import RewardStatus
from assay_rl_rewards.engine import RewardEngine
from assay_rl_rewards.keeping import replay as replaying
from assay_rl_rewards.keeping.record import KeptReward
from assay_rl_rewards.keeping.replay import Change, Replay, describe_change
from assay_rl_rewards.routes.route import Route
from assay_rl_rewards.routes.versions import version_route

ROUTE = Route.model_validate(
    {"parts": [{"type": "verifier", "name": "answer", "verifier": "math", "weight": 1.0}]}
)


def run(records: Iterable[KeptReward]) -> tuple[list[Change], Replay]:
    route = version_route("math", ROUTE, VERIFIERS)
    replay = Replay(RewardEngine({"math": route}, InProcessPool(VERIFIERS)))

    async def collect() -> list[Change]:
        return [change async for change in replay.run(records)]

    return asyncio.run(collect()), replay


def test_reward_that_is_the_same_is_no_change() -> None:
    changes, replay = run([make_kept(1.0, response="144"), make_kept(0.0, response="145")])
    assert changes == []
    math = replay.domains["math"]
    assert (math.num_rollouts, math.num_compared, math.num_changed) == (2, 2, 0)
    assert math.mean_before == math.mean_after == 0.5


def test_other_reward_is_told_with_both_versions() -> None:
    changes, replay = run([make_kept(0.0, response="it is 144", id="r7")])
    (change,) = changes
    told = describe_change(change)
    assert (told["id"], told["domain"]) == ("r7", "math")
    before, after = told["before"], told["after"]
    assert isinstance(before, dict)
    assert isinstance(after, dict)
    assert (before["reward"], after["reward"]) == (0.0, 1.0)
    assert before["version"] == "math/1-abc" != after["version"]
    assert "144" not in str({name: told[name] for name in ("id", "group", "domain")})
    assert (replay.domains["math"].mean_before, replay.domains["math"].mean_after) == (0.0, 1.0)


def test_lost_and_gained_rewards_are_counted_apart() -> None:
    lost = make_kept(1.0, domain="text2sql")
    gained = make_kept(None, response="144")
    changes, replay = run([lost, gained])
    assert [change.now.status for change in changes] == [
        RewardStatus.INVALID_TASK,
        RewardStatus.OK,
    ]
    assert replay.domains["text2sql"].num_lost == 1
    assert replay.domains["math"].num_gained == 1
    assert replay.domains["math"].mean_after is None


def test_records_are_read_a_batch_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replaying, "ROLLOUTS_PER_BATCH", 2)
    taken = 0

    def records() -> Iterable[KeptReward]:
        nonlocal taken
        for _ in range(5):
            taken += 1
            yield make_kept(0.0, response="144")

    route = version_route("math", ROUTE, VERIFIERS)
    replay = Replay(RewardEngine({"math": route}, InProcessPool(VERIFIERS)))

    async def first() -> None:
        changes = replay.run(records())
        await anext(changes)
        assert taken == 2
        await changes.aclose()  # type: ignore[attr-defined]

    asyncio.run(first())
