"""Scores a stream of rows: reads, judges and writes at the same time, in bounded memory.

Invariants: one line per row, in input order, whatever happens to the row; no more rows are in work
than the window holds, by number and by bytes; an interrupt leaves whole lines, a prefix of the full
output. What was judged and not written is in the cache: the next run gets it at no cost.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Protocol

from assay.domain.errors import BudgetError, JudgeBackendError
from assay.domain.ports import Judged
from assay.domain.rubric import Rubric
from assay.domain.sample import Sample
from assay.domain.verdict import Decision
from assay_judge.cost.ledger import Ledger
from assay_judge.cost.prices import PriceTable
from assay_judge.scoring.handle import JudgeHandle
from assay_judge.scoring.interrupts import Interrupts
from assay_judge.scoring.lines import JudgedLine, Policy, line_of_error, line_of_judgements
from assay_judge.scoring.loop_thread import LoopThread
from assay_judge.scoring.rows import Problem, ReadRow

BUDGET = "budget"  # the code of a row that the budget did not reach
WINDOW_PER_TASK = 4  # rows that wait for a slow one before them, for each row in work
MAX_WINDOW_BYTES = 64 << 20


class Sink(Protocol):
    """Where lines go."""

    def write(self, line: bytes) -> None:
        """Take one line, without its end."""


@dataclass(slots=True)
class Tally:
    """What became of the rows written so far."""

    num_rows: int = 0
    decisions: Counter[Decision] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    num_bad_lines: int = 0
    is_interrupted: bool = False

    def add(self, row: ReadRow, line: JudgedLine) -> None:
        self.num_rows += 1
        self.num_bad_lines += row.problem is not None
        if line.decision is not None:
            self.decisions[line.decision] += 1
        if line.code is not None:
            self.errors[line.code] += 1


class FileScorer:
    """Scores rows with one judge.

    Args:
        handle: the judge, opened in `loop`.
        loop: where it lives.
        rubric: what verdicts are made by.
        concurrency: samples judged at one time.
        prices: of a judge that does not count by itself.
    """

    def __init__(
        self,
        handle: JudgeHandle,
        loop: LoopThread,
        rubric: Rubric,
        *,
        concurrency: int,
        prices: PriceTable | None = None,
    ) -> None:
        self.ledger = handle.ledger or Ledger(prices)
        self._name = handle.name
        self._counts_judgements = handle.ledger is None
        self._judge = handle.judge
        self._loop = loop
        self._policy = Policy(rubric, handle.accept_without_score)
        self._max_rows = concurrency * WINDOW_PER_TASK
        self._slots = asyncio.Semaphore(concurrency)
        self._window: deque[tuple[ReadRow, Future[Judged | BudgetError] | None]] = deque()
        self._num_bytes = 0

    def score(
        self,
        rows: Iterator[ReadRow],
        sink: Sink,
        interrupts: Interrupts,
        *,
        show: Callable[[Tally], None],
    ) -> Tally:
        """Score all rows; an interrupt ends it early, with what was done by then.

        Raises:
            InputError: the source cannot be read any further.
            OutputError: the sink cannot be written.
        """
        tally = Tally()
        try:
            while (row := _next(rows, interrupts)) is not None:
                self._take(row)
                while self._is_full() or self._is_head_done():
                    self._give(sink, tally, interrupts)
                show(tally)
            while self._window:
                self._give(sink, tally, interrupts)
                show(tally)
        except KeyboardInterrupt:
            tally.is_interrupted = True
            while self._is_head_done():
                self._write(sink, tally)
        finally:
            self._cancel()
        return tally

    def _take(self, row: ReadRow) -> None:
        begun = None if row.sample is None else self._loop.submit(self._judge_one(row.sample))
        self._window.append((row, begun))
        self._num_bytes += row.num_bytes

    def _is_full(self) -> bool:
        return len(self._window) >= self._max_rows or (
            self._num_bytes > MAX_WINDOW_BYTES and len(self._window) > 1
        )

    def _is_head_done(self) -> bool:
        if not self._window:
            return False
        begun = self._window[0][1]
        return begun is None or begun.done()

    def _give(self, sink: Sink, tally: Tally, interrupts: Interrupts) -> None:
        begun = self._window[0][1]
        if begun is not None:
            with interrupts.allowed():
                begun.exception()  # waits
        self._write(sink, tally)

    def _write(self, sink: Sink, tally: Tally) -> None:
        row, begun = self._window.popleft()
        self._num_bytes -= row.num_bytes
        line = self._line(row, None if begun is None else begun.result())
        sink.write(line.text)
        tally.add(row, line)

    def _line(self, row: ReadRow, judged: Judged | BudgetError | None) -> JudgedLine:
        if judged is None:
            assert row.problem is not None
            return line_of_error(row, row.problem)
        if isinstance(judged, tuple):
            if self._counts_judgements:
                for judgement in judged:
                    self.ledger.record_judgement(judgement)
            return line_of_judgements(row, judged, self._policy)
        if isinstance(judged, BudgetError):
            return line_of_error(row, Problem(BUDGET, str(judged)))
        if self._counts_judgements:
            self.ledger.record_failure(judged.code, model=self._name)
        return line_of_error(row, Problem(judged.code, str(judged)))

    async def _judge_one(self, sample: Sample) -> Judged | BudgetError:
        async with self._slots:
            try:
                (judged,) = await self._judge.judge_many((sample,))
            except BudgetError as exc:
                return exc
            except JudgeBackendError as exc:
                return exc
            return judged

    def _cancel(self) -> None:
        for _, begun in self._window:
            if begun is not None:
                begun.cancel()
        self._window.clear()


def _next(rows: Iterator[ReadRow], interrupts: Interrupts) -> ReadRow | None:
    with interrupts.allowed():
        return next(rows, None)
