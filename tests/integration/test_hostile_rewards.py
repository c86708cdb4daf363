"""Hostile answers among normal ones: all are bounded, none wins, and nobody else suffers."""

import asyncio
import os
import random
import socket
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from tests.attacks.rewards.hostile import Hostile
from tests.attacks.rewards.suite import HOSTILE
from tests.fakes.known_rollouts import MAKERS

from assay.domain.reward import Reward, RewardStatus
from assay.domain.rollout import Rollout
from assay_rl_rewards.engine import RewardEngine
from assay_rl_rewards.opening import open_engine
from assay_rl_rewards.service.settings import RewardServiceSettings

HOSTILE_SHARE = 0.02
NUM_NORMAL = 2_000
DEADLINE_SECONDS = 0.5
MAX_GROWTH_MIB = 64
BATCH = 1_000
TRACE = Path("/tmp/assay-was-here")  # what the hostile answers try to write
NULLS = {RewardStatus.INVALID_TASK}
Checked = tuple[Rollout, float | Hostile]


def normal(count: int, begin: int = 0) -> Iterator[Checked]:
    """Yield rollouts of all kinds, half of them right."""
    kinds = list(MAKERS.values())
    for n in range(begin, begin + count):
        task = kinds[n % len(kinds)](n // 32)
        is_right = n % 2 == 0
        yield (
            task.rollout(is_right=is_right, num_chars=n % 997, name=str(n), group=str(n // 32)),
            float(is_right),
        )


def mixed(count: int, hostile: Sequence[Hostile], begin: int = 0) -> list[Checked]:
    """Return `count` normal rollouts with the hostile ones among them, in an order of chance."""
    rollouts: list[Checked] = list(normal(count, begin))
    rollouts += [(each.rollout(begin), each) for each in hostile]
    random.Random(begin).shuffle(rollouts)
    return rollouts


def faults(rollouts: Sequence[Checked], rewards: Sequence[Reward]) -> list[str]:
    """Return what came out other than it had to, rollout by rollout."""
    found = []
    for (rollout, expected), reward in zip(rollouts, rewards, strict=True):
        if isinstance(expected, Hostile):
            wanted = None if reward.status in NULLS else 0.0
            is_so = reward.reward == wanted and reward.status in expected.statuses
        else:
            is_so = reward.reward == expected and reward.status is RewardStatus.OK
        if not is_so:
            found.append(f"{rollout.id}: {reward.reward} {reward.status} {reward.reason}")
    return found


def descendants() -> set[int]:
    found, seen = [os.getpid()], set[int]()
    while found:
        pid = found.pop()
        seen.add(pid)
        for path in Path(f"/proc/{pid}/task").glob("*/children"):
            found += map(int, path.read_text().split())
    return seen - {os.getpid()}


def num_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def resident_mib() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def settings() -> RewardServiceSettings:
    return RewardServiceSettings(workers=2, deadline_seconds=DEADLINE_SECONDS)


async def _score(engine: RewardEngine, rollouts: Sequence[Checked]) -> list[str]:
    scoring = await engine.score([rollout for rollout, _ in rollouts])
    return faults(rollouts, scoring.rewards)


def test_the_suite_covers_every_domain_that_code_decides() -> None:
    assert len(HOSTILE) >= 100
    domains = {hostile.question.domain for hostile in HOSTILE}
    assert domains == {make(0).domain for make in MAKERS.values()}


@pytest.mark.faults
def test_hostile_answers_among_normal_ones_harm_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    every = len(HOSTILE) // int(NUM_NORMAL * HOSTILE_SHARE)
    rollouts = mixed(NUM_NORMAL, HOSTILE[::every])
    before, descriptors = descendants(), num_descriptors()

    async def score() -> list[str]:
        async with open_engine(settings()) as engine:
            return await _score(engine, rollouts)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        assert asyncio.run(score()) == []
        with pytest.raises(BlockingIOError):
            listener.accept()
    assert descendants() == before
    assert num_descriptors() == descriptors
    assert list(tmp_path.iterdir()) == []
    assert not TRACE.exists()


@pytest.mark.faults
def test_each_hostile_answer_is_bounded_and_earns_nothing() -> None:
    rollouts: list[Checked] = [(each.rollout(0), each) for each in HOSTILE]

    async def score() -> list[str]:
        async with open_engine(settings()) as engine:
            return await _score(engine, rollouts)

    assert asyncio.run(score()) == []
    assert not TRACE.exists()


@pytest.mark.slow
def test_a_hundred_thousand_calls_leak_nothing() -> None:
    total = int(os.environ.get("ASSAY_SOAK_CALLS", "100000"))

    async def soak() -> list[str]:
        found: list[str] = []
        async with open_engine(settings()) as engine:
            settled, descriptors, processes = 0.0, 0, 0
            for at in range(0, total, BATCH):
                number = at // BATCH
                begun = time.perf_counter()
                count = int(BATCH * HOSTILE_SHARE)
                some = [HOSTILE[(number * count + n) % len(HOSTILE)] for n in range(count)]
                found += await _score(engine, mixed(BATCH - count, some, at))
                if number == total // BATCH // 5:  # the caches of outcomes fill up to here
                    settled, descriptors = resident_mib(), num_descriptors()
                    processes = len(descendants())
                if number % 5 == 0:
                    print(  # noqa: T201 - the figures of a soak
                        f"{at + BATCH} calls: {time.perf_counter() - begun:.2f} s a thousand, "
                        f"{resident_mib():.0f} MiB, {num_descriptors()} files, "
                        f"{len(descendants())} processes, {len(found)} faults",
                        flush=True,
                    )
            assert resident_mib() - settled < MAX_GROWTH_MIB
            assert num_descriptors() <= descriptors + 2
            assert len(descendants()) <= processes
        return found

    before = descendants()
    assert asyncio.run(soak()) == []
    assert descendants() == before
    assert not TRACE.exists()
