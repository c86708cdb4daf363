"""Many samples over few requests: cut into batches, asked at the same time, put back in order.

Batches are cut when they are asked for, so what waits costs no memory. A failure is that of its own
sample, also in how often and how long it is asked again; a batch that is too large for the service
is halved, and a budget that is spent stops everything.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from assay.client.limiter import Slot
from assay.client.transport import Answer, Patience, Transport
from assay.client.wire import (
    Refusal,
    ScoreResult,
    malformed,
    read_object,
    read_refusal,
    read_result,
    sample_body,
)
from assay.domain.errors import BudgetError, JudgeBackendError
from assay.domain.sample import Sample

PATH = "v1/score/batch"
MAX_BATCH_BYTES = 1 << 20

_TOO_MUCH = (413, 422)  # too many bytes, or more samples than the service takes

Scored: TypeAlias = ScoreResult | JudgeBackendError


class _Asked(NamedTuple):
    """One sample of a batch: its place among all, its JSON, the turns to be judged."""

    place: int
    body: bytes
    turns: tuple[int, ...]


class Batches:
    """Asks for one list of samples; `run` it once."""

    def __init__(
        self, transport: Transport, samples: Sequence[Sample], *, choice: bytes, max_batch: int
    ) -> None:
        self._transport = transport
        self._samples = samples
        self._choice = choice
        self._max_batch = max_batch
        self._results: dict[int, Scored] = {}

    async def run(self) -> list[Scored]:
        """Return results in order.

        Raises:
            BudgetError: the service's budget is spent.
        """
        batches = self._cut()  # shared: each worker takes the next one
        num_workers = min(self._transport.max_in_flight, len(self._samples))
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(num_workers):
                    group.create_task(self._work(batches))
        except* BudgetError as spent:
            raise BudgetError(str(spent.exceptions[0])) from None
        return [self._results[place] for place in range(len(self._samples))]

    async def _work(self, batches: Iterator[list[_Asked]]) -> None:
        for batch in batches:
            await self._finish(batch)

    def _cut(self) -> Iterator[list[_Asked]]:
        batch: list[_Asked] = []
        num_bytes = 0
        for place, sample in enumerate(self._samples):
            try:
                body = sample_body(sample)
            except JudgeBackendError as exc:
                self._results[place] = exc
                continue
            is_full = len(batch) >= self._max_batch or num_bytes + len(body) > MAX_BATCH_BYTES
            if batch and is_full:
                yield batch
                batch, num_bytes = [], 0
            batch.append(_Asked(place, body, sample.assistant_turns))
            num_bytes += len(body)
        if batch:
            yield batch

    async def _finish(self, batch: Sequence[_Asked]) -> None:
        """Ask for a batch, and again for those of it whose error may pass.

        For want of room behind the service as long as patience lasts; it counts as no try. Tries
        are counted per sample: one that keeps failing takes nothing from its neighbours.
        """
        tries: Counter[int] = Counter()
        patience, num_rounds = Patience(self._transport.patience_seconds), 0
        while refused := await self._ask(batch):
            num_rounds += 1
            tries.update(asked.place for asked, refusal in refused if not refusal.is_saturated)
            again = [r for r in refused if tries[r[0].place] <= self._transport.max_retries]
            wait = max((refusal.retry_after_seconds or 0.0 for _, refusal in again), default=0.0)
            pause = self._transport.pause_seconds(num_rounds, wait)
            again = self._wait_for_room(again, patience, pause)
            if not again:
                return
            batch = [asked for asked, _ in again]
            await asyncio.sleep(pause)

    def _wait_for_room(
        self, refused: list[tuple[_Asked, Refusal]], patience: Patience, pause: float
    ) -> list[tuple[_Asked, Refusal]]:
        """Return what is still asked for: all, or where patience is spent, what failed."""
        saturated = [(asked, refusal) for asked, refusal in refused if refusal.is_saturated]
        if not saturated or patience.spend(pause):
            return refused
        for asked, refusal in saturated:
            self._refuse(asked, patience.spent(refusal))
        return [(asked, refusal) for asked, refusal in refused if not refusal.is_saturated]

    async def _ask(self, batch: Sequence[_Asked]) -> list[tuple[_Asked, Refusal]]:
        """Keep what the service answers; return what may be asked again."""
        joined = b",".join([asked.body for asked in batch])
        try:
            answer = await self._transport.post(
                PATH, b'{"samples":[' + joined + b"]" + self._choice
            )
            if isinstance(answer, Answer):
                return self._keep(batch, _items(answer.body, len(batch)), answer.slot)
        except JudgeBackendError as exc:
            answer = Refusal(exc, False, 200)
        if answer.status in _TOO_MUCH and len(batch) > 1:
            half = len(batch) // 2
            return [*await self._ask(batch[:half]), *await self._ask(batch[half:])]
        for asked in batch:
            self._refuse(asked, answer)
        return []  # the transport has tried again already

    def _keep(
        self, batch: Sequence[_Asked], items: Sequence[Mapping[str, Any]], slot: Slot
    ) -> list[tuple[_Asked, Refusal]]:
        again = []
        for asked, item in zip(batch, items, strict=True):
            if "error" not in item:
                self._results[asked.place] = _result(item, asked.turns)
                continue
            refusal = _refusal(item["error"])
            self._refuse(asked, refusal)
            if refusal.may_pass:
                again.append((asked, refusal))
        if any(refusal.is_saturated for _, refusal in again):
            slot.overloaded()  # the service has room, its model server has none
        else:
            slot.succeeded()
        return again

    def _refuse(self, asked: _Asked, refusal: Refusal) -> None:
        if isinstance(refusal.error, BudgetError):
            raise refusal.error
        self._results[asked.place] = refusal.error


def _items(body: bytes, num_expected: int) -> list[Mapping[str, Any]]:
    answer = read_object(body)
    results = answer.get("results") if isinstance(answer, dict) else None
    if not isinstance(results, list) or len(results) != num_expected:
        raise malformed(f"no list of {num_expected} results")
    for at, item in enumerate(results):
        if not isinstance(item, dict) or item.get("index") != at:
            raise malformed(f"no result with index {at} at its place")
    return results


def _result(item: Mapping[str, Any], turns: Sequence[int]) -> Scored:
    try:
        return read_result(item, turns)
    except JudgeBackendError as exc:
        return exc


def _refusal(problem: object) -> Refusal:
    status = problem.get("status") if isinstance(problem, dict) else None
    return read_refusal(status if isinstance(status, int) else 500, problem, None)
