"""Where no worker can be had, answers have no reward, and nothing waits for ever."""

import asyncio
import io
from collections.abc import Callable

from assay.domain.reward import RewardStatus
from assay.web.logs import open_log
from assay_rl_rewards.pool.crew import NO_WORKER, Crew
from assay_rl_rewards.pool.jobs import Job, Outcome, Run
from assay_rl_rewards.pool.lanes import Lanes
from assay_rl_rewards.pool.nursery import Kin
from assay_rl_rewards.pool.observer import SilentObserver
from assay_rl_rewards.pool.settings import PoolSettings


class BarrenNursery:
    """The system forks no more."""

    pid = 0

    def __init__(self) -> None:
        self.num_asked = 0
        self._refuse: Callable[[], None] | None = None

    def listen(self, kin: Kin) -> None:
        self._refuse = kin.refused

    def ask(self) -> None:
        self.num_asked += 1
        assert self._refuse is not None
        asyncio.get_running_loop().call_soon(self._refuse)

    async def close(self) -> None:
        return


def test_jobs_are_null_after_some_refused_starts_and_starts_become_rare() -> None:
    finished: list[Outcome] = []

    async def wait_in_vain() -> int:
        lanes, nursery = Lanes(), BarrenNursery()
        crew = Crew(
            PoolSettings(num_workers=1),
            lanes,
            finish=lambda job, outcome: finished.append(outcome),
            observer=SilentObserver(),
            log=open_log(io.StringIO()),
        )
        run = Run(1, asyncio.get_running_loop().create_future())
        lanes.put(run, Job(1, b"key", "math", b"{}", b"", 0.0, [(run, 0)]))
        crew.start(nursery)
        async with asyncio.timeout(10):
            while not finished:  # noqa: ASYNC110  the crew tells `finish` alone
                await asyncio.sleep(0.01)
        await crew.close()
        return nursery.num_asked

    num_asked = asyncio.run(wait_in_vain())
    assert [(o.status, o.grade, o.reason) for o in finished] == [
        (RewardStatus.CRASHED, None, NO_WORKER)
    ]
    assert 3 <= num_asked <= 4
