"""What `assay tasks make` shows: progress while it works, then sums."""

import time
from collections import Counter
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

REFRESH_SECONDS = 0.2


@dataclass(slots=True)
class SupplySums:
    """How many tasks were made, and by reason how many were dropped."""

    domain: str
    num_wanted: int
    drops: Counter[str]
    languages: Counter[str]
    num_made: int = 0

    def summary(self) -> dict[str, Any]:
        """Return the sums as JSON values."""
        return {
            "domain": self.domain,
            "tasks": self.num_made,
            "dropped": dict(sorted(self.drops.items())),
            "languages": dict(sorted(self.languages.items())),
        }


class SupplyProgress:
    """A line that is kept up to date on a terminal, and nothing elsewhere; on standard error."""

    def __init__(self, console: Console, total: int) -> None:
        self._bar = Progress(
            TextColumn("making"),
            BarColumn(),
            TextColumn("{task.completed:>9,} tasks"),
            TextColumn("left"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[drops]:,} dropped"),
            console=console,
        )
        self._is_shown = console.is_terminal
        self._task: TaskID = self._bar.add_task("making", total=total, drops=0)
        self._shown = 0.0

    def shown(self) -> AbstractContextManager[object]:
        """The context in which it is on the screen."""
        return self._bar if self._is_shown else nullcontext()

    def show(self, sums: SupplySums) -> None:
        """Bring it up to date, a few times a second."""
        now = time.monotonic()
        if not self._is_shown or now - self._shown < REFRESH_SECONDS:
            return
        self._shown = now
        self._bar.update(self._task, completed=sums.num_made, drops=sums.drops.total())


def print_supply(console: Console, sums: SupplySums) -> None:
    """Print the sums."""
    languages = ", ".join(f"{n:,} {name}" for name, n in sorted(sums.languages.items()))
    console.print(f"{sums.domain}: {sums.num_made:,} tasks ({languages})", highlight=False)
    if sums.drops:
        told = ", ".join(f"{n:,} {kind}" for kind, n in sorted(sums.drops.items()))
        console.print(f"{sums.drops.total():,} were dropped: {told}", highlight=False)
