"""The backend of one judgement: passes each call on and adds up what it cost.

Invariant: what was answered is counted, also when the judgement then fails.
"""

import asyncio
from collections.abc import Awaitable, Iterable, Sequence
from typing import TypeVar

from assay.domain.judgement import Usage
from assay_judge.backend.contract import Ask, Backend, Generate, Generation, LabelRead

T = TypeVar("T")


class Meter:
    """Counts the calls of one judgement."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._usages: list[Usage] = []

    @property
    def usage(self) -> Usage:
        """The sum so far."""
        return self.usage_since(0)

    def mark(self) -> int:
        """Return a mark for `usage_since`."""
        return len(self._usages)

    def usage_since(self, mark: int) -> Usage:
        """The sum of what was used since `mark`."""
        usages = self._usages[mark:]
        return sum(usages[1:], usages[0]) if usages else Usage()

    async def generate(self, call: Generate, *, is_retry: bool = False) -> Generation:
        """Ask for one text; a retry counts as one."""
        generation = await self._backend.generate(call)
        self._usages.append(generation.usage)
        if is_retry:
            self._usages.append(Usage(num_retries=1))
        return generation

    async def read_labels(self, asks: Sequence[Ask]) -> tuple[LabelRead, ...]:
        """Ask for one read each."""
        answer = await self._backend.read_labels(asks)
        self._usages.append(answer.usage)
        assert len(answer.reads) == len(asks), "a backend answers each ask"
        return answer.reads


async def together(work: Iterable[Awaitable[T]]) -> list[T]:
    """Await all at the same time; the first failure cancels the rest and is raised."""
    work = list(work)
    if len(work) == 1:
        return [await work[0]]
    started = [asyncio.ensure_future(one) for one in work]
    try:
        return await asyncio.gather(*started)
    except BaseException:
        for task in started:
            task.cancel()
        await asyncio.gather(*started, return_exceptions=True)
        raise
