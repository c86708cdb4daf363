"""What the service asks of its judge, whichever it is: the ports between routes and engines."""

import asyncio
from typing import Protocol

from assay.domain.judgement import Judgement
from assay.domain.rubric import Rubric
from assay.domain.sample import Sample
from assay_judge.backend.contract import Capabilities
from assay_judge.engine.settings import Mode
from assay_judge.evidence.judge import EvidenceJudge


class SampleJudge(Protocol):
    """A judge for one mode and one rubric."""

    @property
    def name(self) -> str:
        """What judgements call it."""

    @property
    def version(self) -> str:
        """Changes whenever the same sample may be judged differently."""

    async def judge_sample(self, sample: Sample) -> tuple[Judgement, ...]:
        """Return one judgement per assistant turn, in order.

        Raises:
            JudgeBackendError: there is no usable answer.
            BudgetError: the budget is spent.
        """


class JudgeSource(Protocol):
    """Where judges come from: something to open, which may fail, be tried again, and be lost."""

    @property
    def modes(self) -> tuple[Mode, ...]:
        """The modes that a request may name; empty for a judge without modes."""

    async def open(self) -> None:
        """Make sure that judges can be had; also asked again after a failure.

        Raises:
            AssayError: they cannot be had; the message says why.
        """

    def judge(self, mode: Mode | None, rubric: Rubric) -> SampleJudge:
        """Return the judge for a mode and a rubric; `open` has succeeded before."""

    def capabilities(self) -> Capabilities | None:
        """What the model server can do; None without one, or before `open`."""

    def concurrency(self) -> int:
        """How many calls to the model server may be in flight now; 0 without one."""

    def cost_micro_usd(self) -> int | None:
        """What judging has cost since the start; None where a model has no price."""

    async def close(self) -> None:
        """Let go of everything."""


class EvidenceSource:
    """The judge without a model behind the same routes; ready at once."""

    modes: tuple[Mode, ...] = ()

    def __init__(self) -> None:
        self._judge = ThreadedEvidence()

    async def open(self) -> None:
        """Nothing to open."""

    def judge(self, mode: Mode | None, rubric: Rubric) -> SampleJudge:
        return self._judge

    def capabilities(self) -> Capabilities | None:
        return None

    def concurrency(self) -> int:
        return 0

    def cost_micro_usd(self) -> int | None:
        return 0

    async def close(self) -> None:
        """Nothing to let go of."""


class ThreadedEvidence:
    """The evidence judge in a thread: a long sample does not hold up health checks."""

    def __init__(self) -> None:
        self._judge = EvidenceJudge()

    @property
    def name(self) -> str:
        return self._judge.name

    @property
    def version(self) -> str:
        return self._judge.version

    async def judge_sample(self, sample: Sample) -> tuple[Judgement, ...]:
        (judged,) = await asyncio.to_thread(self._judge.judge_samples, [sample])
        if isinstance(judged, tuple):
            return judged
        raise judged
