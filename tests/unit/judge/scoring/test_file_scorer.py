import asyncio
import json
import random
import tracemalloc
from collections.abc import Callable, Iterator, Sequence

import pytest

from assay.domain.errors import BudgetError, JudgeBackendError
from assay.domain.judgement import DimensionScore, Judgement, Usage
from assay.domain.ports import Judged
from assay.domain.sample import Message, Row, Sample
from assay.domain.verdict import Decision
from assay.rubrics import load_rubric
from assay_judge.scoring import file_scorer
from assay_judge.scoring.file_scorer import FileScorer, Tally
from assay_judge.scoring.handle import JudgeHandle
from assay_judge.scoring.interrupts import Interrupts
from assay_judge.scoring.loop_thread import LoopThread
from assay_judge.scoring.rows import Problem, ReadRow

RUBRIC = load_rubric("default")
NAMES = ("correctness", "instruction_following", "completeness")
Behaviour = Callable[[str], Judged | BudgetError]


def good(text: str) -> tuple[Judgement, ...]:
    scores = {name: DimensionScore(score=5000) for name in NAMES}
    usage = Usage(num_calls=1, num_prompt_tokens=10)
    return (Judgement(judge="m", version="1", turn=1, scores=scores, usage=usage),)


class FakeJudge:
    """Answers after a random while, and knows how many samples it held at most."""

    def __init__(self, behave: Behaviour = good, *, seconds: float = 0.001) -> None:
        self._behave = behave
        self._seconds = seconds
        self._chance = random.Random(1)
        self.num_held = self.most_held = self.num_asked = self.num_cancelled = 0

    async def judge_many(self, samples: Sequence[Sample]) -> list[Judged]:
        self.num_asked += 1
        self.num_held += len(samples)
        self.most_held = max(self.most_held, self.num_held)
        try:
            if self._seconds:
                await asyncio.sleep(self._chance.random() * self._seconds)
            judged = [self._behave(sample.messages[1].content or "") for sample in samples]
        except asyncio.CancelledError:
            self.num_cancelled += 1
            raise
        finally:
            self.num_held -= len(samples)
        for one in judged:
            if isinstance(one, BudgetError):
                raise one
        return [one for one in judged if not isinstance(one, BudgetError)]

    async def close(self) -> None:
        """Nothing to let go of."""


class Lines:
    """A sink in memory."""

    def __init__(self) -> None:
        self.lines: list[dict[str, object]] = []

    def write(self, line: bytes) -> None:
        assert b"\n" not in line
        self.lines.append(json.loads(line))


def _row(number: int, text: str = "Because.", *, num_bytes: int = 100) -> ReadRow:
    sample = Sample((Message("user", f"{number}?"), Message("assistant", text)))
    return ReadRow(Row("f", number), "0" * 64, num_bytes, str(number), sample)


def _score(
    judge: FakeJudge,
    rows: Iterator[ReadRow],
    *,
    concurrency: int = 8,
    show: Callable[[Tally], None] = lambda tally: None,
) -> tuple[Tally, list[dict[str, object]], FileScorer]:
    sink = Lines()
    with LoopThread() as loop, Interrupts() as interrupts:
        handle = JudgeHandle("fake", judge)
        scorer = FileScorer(handle, loop, RUBRIC, concurrency=concurrency)
        tally = scorer.score(rows, sink, interrupts, show=show)
    return tally, sink.lines, scorer


def test_lines_keep_the_order_of_the_rows_whoever_ends_first() -> None:
    tally, lines, _ = _score(FakeJudge(seconds=0.02), map(_row, range(200)), concurrency=16)
    assert [line["id"] for line in lines] == [str(n) for n in range(200)]
    assert (tally.num_rows, tally.decisions) == (200, {Decision.ACCEPT: 200})


def test_no_more_samples_are_judged_at_a_time_than_asked() -> None:
    judge = FakeJudge(seconds=0.01)
    _score(judge, map(_row, range(100)), concurrency=5)
    assert judge.most_held == 5


def test_each_rows_error_is_its_own() -> None:
    def behave(text: str) -> Judged | BudgetError:
        if text == "slow":
            return JudgeBackendError("too slow", "timeout")
        return BudgetError("spent") if text == "dear" else good(text)

    rows = [_row(0), _row(1, "slow"), _row(2, "dear"), _row(3)]
    rows.insert(2, ReadRow(Row("f", 9), "1" * 64, 5, problem=Problem("input.invalid_json", "no")))
    tally, lines, scorer = _score(FakeJudge(behave), iter(rows))
    codes = [None, "timeout", "input.invalid_json", "budget", None]
    errors = [line.get("error") for line in lines]
    assert [error["code"] if isinstance(error, dict) else None for error in errors] == codes
    assert tally.errors == {"timeout": 1, "input.invalid_json": 1, "budget": 1}
    assert tally.num_bad_lines == 1
    snapshot = scorer.ledger.snapshot()
    assert (snapshot.num_judgements, snapshot.errors) == (2, {"timeout": 1})
    assert snapshot.usage.num_prompt_tokens == 20


def test_a_slow_row_holds_up_a_bounded_number_behind_it() -> None:
    num_read = 0

    def rows() -> Iterator[ReadRow]:
        nonlocal num_read
        for number in range(500):
            num_read += 1
            yield _row(number, "first" if number == 0 else "other")

    num_read_at_first_line: list[int] = []

    def show(tally: Tally) -> None:
        if tally.num_rows and not num_read_at_first_line:
            num_read_at_first_line.append(num_read)

    class SlowFirst(FakeJudge):
        async def judge_many(self, samples: Sequence[Sample]) -> list[Judged]:
            if samples[0].messages[1].content == "first":
                await asyncio.sleep(0.3)
            return await super().judge_many(samples)

    _score(SlowFirst(), rows(), concurrency=8, show=show)
    assert num_read_at_first_line[0] <= 8 * file_scorer.WINDOW_PER_TASK


def test_large_rows_are_held_by_their_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_scorer, "MAX_WINDOW_BYTES", 1000)
    judge = FakeJudge(seconds=0.01)
    _score(judge, (_row(n, num_bytes=600) for n in range(40)), concurrency=32)
    assert judge.most_held <= 2


def test_an_interrupt_ends_what_is_in_work_and_writes_what_was_done() -> None:
    def rows() -> Iterator[ReadRow]:
        yield from map(_row, range(20))
        yield _row(20, "slow")
        yield from map(_row, range(21, 30))
        raise KeyboardInterrupt  # as a signal would, while the next row is read

    class SlowOne(FakeJudge):
        async def judge_many(self, samples: Sequence[Sample]) -> list[Judged]:
            if samples[0].messages[1].content == "slow":
                self._seconds = 1000.0
            return await super().judge_many(samples)

    judge = SlowOne(seconds=0.0)
    tally, lines, _ = _score(judge, rows())
    assert tally.is_interrupted
    assert [line["id"] for line in lines] == [str(n) for n in range(len(lines))]
    assert len(lines) <= 20
    assert judge.num_held == 0


def test_a_conversation_gets_the_verdict_of_its_worst_turn() -> None:
    def behave(text: str) -> tuple[Judgement, ...]:
        first = good(text)[0]
        bad = {name: DimensionScore(score=1000) for name in NAMES}
        return (first, first.model_copy(update={"turn": 3, "scores": bad}))

    _, (line,), _ = _score(FakeJudge(behave), iter([_row(0)]))
    verdict = line["verdict"]
    assert isinstance(verdict, dict)
    assert (verdict["decision"], verdict["overall"]) == ("reject", 1.0)
    assert [turn["decision"] for turn in verdict["turns"]] == ["accept", "reject"]


@pytest.mark.slow
def test_a_hundred_thousand_rows_take_bounded_memory() -> None:
    class Counting(Lines):
        def write(self, line: bytes) -> None:
            self.lines.append({}) if not self.lines else None

    def run(number: int) -> int:
        sink = Counting()
        with LoopThread() as loop, Interrupts() as interrupts:
            scorer = FileScorer(
                JudgeHandle("fake", FakeJudge(seconds=0.0)), loop, RUBRIC, concurrency=64
            )
            tracemalloc.start()
            rows = (_row(n, "Because. " * 50) for n in range(number))
            tally = scorer.score(rows, sink, interrupts, show=lambda tally: None)
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        assert tally.num_rows == number
        return peak

    few, many = run(2_000), run(100_000)
    assert many < few + 2_000_000
