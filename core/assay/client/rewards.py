"""The reward service from Python: rollouts in, rewards out, in their order; async or blocking.

Asking for rewards changes nothing, so a request that failed is asked again: after a broken
connection, and while the service has no room (429, 503) for as long as it says. A reward that is
None was not measured and must be masked; what cannot be had at all raises, and is never a zero.
"""

import asyncio
from collections.abc import Iterator, Sequence
from typing import Any, Self

from assay.client.blocking import LoopThread
from assay.client.limiter import Limiter
from assay.client.reward_wire import (
    RewardsAnswer,
    ServiceDomains,
    read_domains,
    read_rewards,
    rollouts_body,
)
from assay.client.service_errors import UnavailableError
from assay.client.service_transport import Call, ServiceTransport
from assay.domain.rollout import Rollout

_PATH = "v1/rewards"
_JSON = {"content-type": "application/json"}


class RewardsClient:
    """Asks a reward service; lives in one event loop.

    Args:
        url: where the service is, for example `http://127.0.0.1:8003`.
        api_key: one of the service's keys.
        timeout_seconds: the longest silence of the service within an answer.
        max_in_flight: requests at a time; fewer while the service has no room.
        max_batch: rollouts in one request; a group is never split, so a larger one goes alone.
        max_retries: repetitions of one request.

    Every method raises `ServiceError` (see `assay.client.service_errors`) where the service does
    not do what it was asked.

    Raises:
        ConfigError: the URL is none, or holds credentials.
    """

    def __init__(
        self,
        url: str,
        *,
        api_key: str | None = None,
        timeout_seconds: float = 300.0,
        max_in_flight: int = 8,
        max_batch: int = 1024,
        max_retries: int = 5,
    ) -> None:
        self._transport = ServiceTransport(
            url, api_key=api_key, timeout_seconds=timeout_seconds, max_retries=max_retries
        )
        self._limiter = Limiter(first=max_in_flight, maximum=max_in_flight)
        self._max_batch = max_batch

    async def score(self, rollouts: Sequence[Rollout]) -> RewardsAnswer:
        """Return one reward per rollout, in order, and how their groups compare.

        Raises:
            InputError: a rollout holds what JSON cannot say.
            ServiceError: the service did not answer for all of them.
        """
        batches = list(cut_batches(rollouts, self._max_batch))
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [
                    group.create_task(self._ask([rollouts[at] for at in batch]))
                    for batch in batches
                ]
        except BaseExceptionGroup as failed:
            raise failed.exceptions[0] from None
        answers = [task.result() for task in tasks]
        placed = {
            at: reward
            for batch, answer in zip(batches, answers, strict=True)
            for at, reward in zip(batch, answer.rewards, strict=True)
        }
        first_of_group = {g.group: g for answer in answers for g in answer.groups}
        names = dict.fromkeys(r.group for r in rollouts if r.group is not None)
        return RewardsAnswer(
            tuple([placed[at] for at in range(len(rollouts))]),
            tuple([first_of_group[name] for name in names if name in first_of_group]),
        )

    async def domains(self) -> ServiceDomains:
        """Return what the service rewards, with routes, versions and limits."""
        return read_domains(await self._transport.ask(Call("GET", "v1/domains")))

    async def close(self) -> None:
        """Let go of the connections."""
        await self._transport.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _ask(self, rollouts: Sequence[Rollout]) -> RewardsAnswer:
        body = rollouts_body(rollouts)
        async with self._limiter.slot() as slot:
            try:
                answer = await self._transport.ask(
                    Call("POST", _PATH, headers=_JSON, make_body=lambda: body)
                )
            except UnavailableError:
                slot.overloaded()
                raise
            slot.succeeded()
        return read_rewards(answer, rollouts)


class BlockingRewardsClient:
    """`RewardsClient` from any thread; takes its arguments.

    Raises:
        ConfigError: the URL is none, or holds credentials.
    """

    def __init__(self, url: str, **options: Any) -> None:
        self._client = RewardsClient(url, **options)
        self._loop = LoopThread("assay-rewards-client")

    def score(self, rollouts: Sequence[Rollout]) -> RewardsAnswer:
        """Return one reward per rollout, in order, and how their groups compare."""
        return self._loop.wait(self._client.score(rollouts))

    def domains(self) -> ServiceDomains:
        """Return what the service rewards, with routes, versions and limits."""
        return self._loop.wait(self._client.domains())

    def close(self) -> None:
        """Let go of the connections and end the thread; again does nothing."""
        self._loop.close(self._client.close())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def cut_batches(rollouts: Sequence[Rollout], max_batch: int) -> Iterator[list[int]]:
    """Yield places of rollouts, at most `max_batch` at a time but for a group that is larger.

    A group stays whole, or its diagnostics would be those of a part.
    """
    units: dict[object, list[int]] = {}
    for at, rollout in enumerate(rollouts):
        units.setdefault(at if rollout.group is None else rollout.group, []).append(at)
    batch: list[int] = []
    for unit in units.values():
        if batch and len(batch) + len(unit) > max_batch:
            yield batch
            batch = []
        batch = [*batch, *unit]
    if batch:
        yield batch
