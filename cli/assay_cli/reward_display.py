"""What `assay reward score` shows: progress while it works, then sums."""

import time
from collections import Counter
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table

from assay.domain.reward import Reward

REFRESH_SECONDS = 0.2
NO_ROUTE = "none"


@dataclass(slots=True)
class DomainSums:
    """The rewards of one domain."""

    num_rollouts: int = 0
    num_scored: int = 0
    total: float = 0.0

    @property
    def mean(self) -> float | None:
        """Of the rewards that were measured."""
        return self.total / self.num_scored if self.num_scored else None


@dataclass(slots=True)
class RewardTally:
    """What became of the rollouts so far; `num_unread` lines were no rollouts."""

    num_rollouts: int = 0
    num_unread: int = 0
    num_null: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    domains: dict[str, DomainSums] = field(default_factory=dict)

    def add(self, reward: Reward, *, is_read: bool) -> None:
        self.num_rollouts += 1
        self.num_unread += not is_read
        self.statuses[reward.status.value] += 1
        sums = self.domains.setdefault(reward.verifier or NO_ROUTE, DomainSums())
        sums.num_rollouts += 1
        if reward.reward is None:
            self.num_null += 1
        else:
            sums.num_scored += 1
            sums.total += reward.reward

    def summary(self) -> dict[str, Any]:
        """Return the sums as JSON values."""
        return {
            "rollouts": self.num_rollouts,
            "unread": self.num_unread,
            "null": self.num_null,
            "statuses": dict(sorted(self.statuses.items())),
            "domains": {
                name: {
                    "rollouts": sums.num_rollouts,
                    "scored": sums.num_scored,
                    "mean": sums.mean,
                }
                for name, sums in sorted(self.domains.items())
            },
        }


class Progressing:
    """A line that is kept up to date on a terminal, and nothing elsewhere.

    Args:
        console: standard error.
        total: of what `show` is told second, bytes for example; None where nobody knows.
        doing: what is done, a word.
        noun: to what, in the plural.
    """

    def __init__(self, console: Console, total: int | None, doing: str, noun: str) -> None:
        self._bar = Progress(
            TextColumn(doing),
            BarColumn(),
            TextColumn(f"{{task.fields[done]:>9,}} {noun}"),
            TextColumn("{task.fields[rate]:>8,.0f}/s"),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=console,
        )
        self._is_shown = console.is_terminal
        self._task: TaskID = self._bar.add_task(doing, total=total, done=0, rate=0.0)
        self._begun = time.monotonic()
        self._shown = 0.0

    def shown(self) -> AbstractContextManager[object]:
        """The context in which it is on the screen."""
        return self._bar if self._is_shown else nullcontext()

    def show(self, num_done: int, amount: int) -> None:
        """Bring it up to date, a few times a second."""
        now = time.monotonic()
        if not self._is_shown or now - self._shown < REFRESH_SECONDS:
            return
        self._shown = now
        rate = num_done / max(now - self._begun, 1e-3)
        self._bar.update(self._task, completed=amount, done=num_done, rate=rate)


def print_summary(console: Console, tally: RewardTally) -> None:
    """Print the sums by domain, and what was not measured."""
    table = Table(box=None, pad_edge=False)
    for name in ("domain", "rollouts", "scored", "mean"):
        table.add_column(name, justify="left" if name == "domain" else "right")
    for name, sums in sorted(tally.domains.items()):
        mean = "-" if sums.mean is None else f"{sums.mean:.4f}"
        table.add_row(name, f"{sums.num_rollouts:,}", f"{sums.num_scored:,}", mean)
    console.print(table)
    if tally.num_null:
        named = ", ".join(f"{n:,} {status}" for status, n in sorted(tally.statuses.items()))
        console.print(f"{tally.num_null:,} rewards are null; by status: {named}", highlight=False)
