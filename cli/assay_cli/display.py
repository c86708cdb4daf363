"""Shows a run at work: a live display on a terminal, plain lines elsewhere (logs, pipes, CI)."""

import time
from collections.abc import Mapping
from types import TracebackType

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

PLAIN_INTERVAL_SECONDS = 5.0


class LiveDisplay:
    """A bar with stage, rate, time left and outcome counts."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            TextColumn("[bold]{task.description:<8}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f}%"),
            TextColumn("{task.fields[samples]:>9,} samples"),
            TextColumn("{task.fields[rate]:>8,.0f}/s"),
            TextColumn("elapsed"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[outcomes]}"),
            console=console,
        )
        self._task: TaskID | None = None
        self._begun = 0.0
        self._at_start: int | None = None

    def __enter__(self) -> "LiveDisplay":
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def start_stage(self, name: str, total: int, unit: str) -> None:
        self._begun = time.monotonic()
        self._task = self._progress.add_task(
            name, total=max(total, 1), samples=0, rate=0.0, outcomes=""
        )

    def advance(self, done: int, num_samples: int, total: int) -> None:
        assert self._task is not None
        rate = num_samples / max(time.monotonic() - self._begun, 1e-3)
        self._progress.update(
            self._task, completed=done, total=max(total, 1), samples=num_samples, rate=rate
        )

    def count(self, outcomes: Mapping[str, int]) -> None:
        assert self._task is not None
        self._progress.update(self._task, outcomes=describe_outcomes(outcomes))

    def note(self, text: str) -> None:
        self._progress.console.print(text, highlight=False, markup=False)


class PlainDisplay:
    """A line at each stage's start and end, and one every few seconds between."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._stage = ""
        self._total = 1
        self._done = self._num_samples = 0
        self._begun = self._last = 0.0
        self._outcomes = ""

    def __enter__(self) -> "PlainDisplay":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self._end_stage()

    def start_stage(self, name: str, total: int, unit: str) -> None:
        self._end_stage()
        self._stage, self._total, self._outcomes = name, max(total, 1), ""
        self._done = self._num_samples = 0
        self._begun = self._last = time.monotonic()
        self._print(f"{name}: started ({total:,} {unit})")

    def advance(self, done: int, num_samples: int, total: int) -> None:
        self._done, self._num_samples, self._total = done, num_samples, max(total, 1)
        now = time.monotonic()
        if now - self._last < PLAIN_INTERVAL_SECONDS:
            return
        self._last = now
        elapsed = now - self._begun
        share = min(done / self._total, 1.0)
        left = f"{elapsed * (1 - share) / share:.0f} s left" if share > 0 else "time left unknown"
        self._print(f"{self._stage}: {share:.0%}, {self._figures(elapsed)}, {left}")

    def count(self, outcomes: Mapping[str, int]) -> None:
        self._outcomes = f", {describe_outcomes(outcomes)}"

    def note(self, text: str) -> None:
        self._print(text)

    def _end_stage(self) -> None:
        if self._stage:
            self._print(f"{self._stage}: done, {self._figures(time.monotonic() - self._begun)}")

    def _figures(self, elapsed: float) -> str:
        rate = self._num_samples / max(elapsed, 1e-3)
        return (
            f"{self._num_samples:,} samples, {rate:,.0f}/s, {elapsed:.1f} s elapsed{self._outcomes}"
        )

    def _print(self, text: str) -> None:
        self._console.print(text, highlight=False, markup=False, soft_wrap=True)


def open_display(console: Console) -> LiveDisplay | PlainDisplay:
    """Return the display that fits where the output goes."""
    return LiveDisplay(console) if console.is_terminal else PlainDisplay(console)


def describe_outcomes(outcomes: Mapping[str, int]) -> str:
    """Return outcome counts in one line."""
    return "  ".join(f"{name} {number:,}" for name, number in outcomes.items())
