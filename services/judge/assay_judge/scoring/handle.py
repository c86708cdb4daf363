"""What scoring a file asks of a judge, whichever it is, and what comes with it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from assay.domain.ports import Judged
from assay.domain.sample import Sample
from assay_judge.cost.ledger import Ledger


class ManyJudge(Protocol):
    """A judge that lives in one event loop."""

    async def judge_many(self, samples: Sequence[Sample]) -> list[Judged]:
        """Return, per sample and in order, one judgement per assistant turn, or the error.

        Raises:
            BudgetError: the budget is spent.
        """

    async def close(self) -> None:
        """Let go of what it holds."""


@dataclass(frozen=True, slots=True)
class JudgeHandle:
    """An open judge.

    Attributes:
        name: what people call it.
        judge: the judge.
        ledger: where it counts by itself, failed calls too; None: its judgements are counted.
        accept_without_score: whether a verdict may accept where nothing could be scored.
    """

    name: str
    judge: ManyJudge
    ledger: Ledger | None = None
    accept_without_score: bool = False


class EvidenceMany:
    """The judge without a model, in a thread: the loop stays free while it works."""

    def __init__(self) -> None:
        from assay_judge.evidence.judge import EvidenceJudge  # its tables take a while to load

        self._judge = EvidenceJudge()
        self._lock = asyncio.Lock()

    async def judge_many(self, samples: Sequence[Sample]) -> list[Judged]:
        async with (
            self._lock
        ):  # it is bound to the interpreter lock: more threads only get in its way
            return await asyncio.to_thread(self._judge.judge_samples, samples)

    async def close(self) -> None:
        """Nothing to let go of."""
