"""Many samples at a time: bounded, in the order that suits the server, answers in input order.

Samples of one kind go together, so that their system prompt stays in the server's prefix cache.
Invariants: no more than the limit are in work; a sample's failure is its own; once the budget is
spent nothing new is begun, what is in work is finished, and then the error is raised; once the
server was unreachable for one, after all its retries, the rest is not asked and fails likewise.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from assay.domain.errors import BudgetError, JudgeBackendError
from assay.domain.judgement import Judgement
from assay.domain.ports import Judged
from assay.domain.sample import Sample
from assay_judge.prompts.library import extra_kinds

UNREACHABLE = "unreachable"


class Crowd:
    """One run over `samples` with `judge`, at most `limit` of them at a time."""

    def __init__(
        self,
        samples: Sequence[Sample],
        judge: Callable[[Sample], Awaitable[tuple[Judgement, ...]]],
        *,
        limit: int,
    ) -> None:
        self._samples = samples
        self._judge = judge
        self._num_workers = min(limit, len(samples))
        self._next = iter(sorted(range(len(samples)), key=lambda at: _kind(samples[at])))
        self._answers: dict[int, Judged] = {}
        self._spent: BudgetError | None = None
        self._gone: JudgeBackendError | None = None

    async def run(self) -> list[Judged]:
        """Return an answer for each sample, in order.

        Raises:
            BudgetError: the budget is spent; what was judged by then is in the cache.
        """
        await asyncio.gather(*(self._work() for _ in range(self._num_workers)))
        if self._spent is not None:
            raise self._spent
        return [self._answers[at] for at in range(len(self._samples))]

    async def _work(self) -> None:
        for at in self._next:
            if self._spent is not None:
                return
            if self._gone is not None:
                self._answers[at] = JudgeBackendError(str(self._gone), self._gone.code)
                continue
            try:
                self._answers[at] = await self._judge(self._samples[at])
            except BudgetError as exc:
                self._spent = exc
            except JudgeBackendError as exc:
                # A new one: the frames of the old one would keep every prompt in memory.
                failure = self._answers[at] = JudgeBackendError(str(exc), exc.code)
                if failure.code == UNREACHABLE:
                    self._gone = failure
            except Exception as exc:  # noqa: BLE001  one sample's failure must not cost the others
                name = type(exc).__name__
                self._answers[at] = JudgeBackendError(
                    f"expected a judgement, found a failure of the judge itself ({name}); report it"
                )


def _kind(sample: Sample) -> tuple[str, ...]:
    """What decides a sample's system prompt."""
    return (sample.type, *sorted(extra_kinds(sample)))
