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


class RewardProgress:
    """A line that is kept up to date on a terminal, and nothing elsewhere.

    Args:
        console: standard error.
        total_bytes: size of the input as stored; None where nobody knows.
    """

    def __init__(self, console: Console, total_bytes: int | None) -> None:
        self._bar = Progress(
            TextColumn("rewarding"),
            BarColumn(),
            TextColumn("{task.fields[rollouts]:>9,} rollouts"),
            TextColumn("{task.fields[rate]:>8,.0f}/s"),
            TextColumn("left"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[nulls]:,} null"),
            console=console,
        )
        self._is_shown = console.is_terminal
        self._task: TaskID = self._bar.add_task(
            "rewarding", total=total_bytes, rollouts=0, rate=0.0, nulls=0
        )
        self._begun = time.monotonic()
        self._shown = 0.0

    def shown(self) -> AbstractContextManager[object]:
        """The context in which it is on the screen."""
        return self._bar if self._is_shown else nullcontext()

    def show(self, tally: RewardTally, num_bytes: int) -> None:
        """Bring it up to date, a few times a second."""
        now = time.monotonic()
        if not self._is_shown or now - self._shown < REFRESH_SECONDS:
            return
        self._shown = now
        self._bar.update(
            self._task,
            completed=num_bytes,
            rollouts=tally.num_rollouts,
            rate=tally.num_rollouts / max(now - self._begun, 1e-3),
            nulls=tally.num_null,
        )


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
