"""Judges for one sample at a time, as the service sees them, and sources of them."""

import asyncio
from collections.abc import Callable

from assay.domain.errors import AssayError
from assay.domain.judgement import DIMENSIONS, DimensionScore, Judgement, Usage
from assay.domain.rubric import Rubric
from assay.domain.sample import Sample
from assay_judge.backend.contract import Capabilities
from assay_judge.engine.settings import Mode
from assay_judge.service.judges import SampleJudge

Scores = Callable[[Sample, int], int]  # thousandths, for one assistant turn


def judgement_of(turn: int, score: int, *, mode: str | None = "fast") -> Judgement:
    """A judgement with one score throughout."""
    return Judgement(
        judge="fake",
        version="v1",
        turn=turn,
        scores={name: DimensionScore(score=score, spread=10) for name in DIMENSIONS},
        mode=mode,
        usage=Usage(num_calls=1, num_prompt_tokens=100, num_completion_tokens=20, milliseconds=3),
    )


class FakeJudge:
    """Gives every turn the score that `scores` says; "fail CODE" in the text raises."""

    name = "fake"
    version = "v1"

    def __init__(self, source: "FakeSource", mode: Mode | None) -> None:
        self._source = source
        self._mode = mode

    async def judge_sample(self, sample: Sample) -> tuple[Judgement, ...]:
        source = self._source
        source.asked.append(sample)
        source.num_in_flight += 1
        source.most_in_flight = max(source.most_in_flight, source.num_in_flight)
        try:
            if source.gate is not None:
                await source.gate.wait()
            if source.seconds:
                await asyncio.sleep(source.seconds)
        except asyncio.CancelledError:
            source.num_cancelled += 1
            raise
        finally:
            source.num_in_flight -= 1
        error = source.error_for(sample) if source.error_for else None
        if error is not None:
            raise error
        return tuple(
            judgement_of(turn, source.scores(sample, turn), mode=self._mode)
            for turn in sample.assistant_turns
        )


class FakeSource:
    """A source that opens as often as `open_errors` is empty, and counts what it is asked."""

    modes = tuple(Mode)

    def __init__(
        self,
        scores: Scores = lambda _sample, _turn: 4800,
        *,
        error_for: Callable[[Sample], BaseException | None] | None = None,
        open_errors: list[AssayError] | None = None,
        seconds: float = 0.0,
    ) -> None:
        self.scores = scores
        self.error_for = error_for
        self.open_errors = open_errors or []
        self.seconds = seconds
        self.gate: asyncio.Event | None = None
        self.asked: list[Sample] = []
        self.num_in_flight = 0
        self.most_in_flight = 0
        self.num_cancelled = 0
        self.num_opened = 0
        self.is_closed = False

    async def open(self) -> None:
        self.num_opened += 1
        if self.open_errors:
            raise self.open_errors.pop(0)

    def judge(self, mode: Mode | None, rubric: Rubric) -> SampleJudge:
        return FakeJudge(self, mode)

    def capabilities(self) -> Capabilities | None:
        return None

    def concurrency(self) -> int:
        return 7

    def cost_micro_usd(self) -> int | None:
        return None

    async def close(self) -> None:
        self.is_closed = True
