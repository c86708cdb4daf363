"""What `assay reward validate` shows: tasks by domain, faults by kind, what fixed answers win."""

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:  # the extra rl-rewards
    from assay_rl_rewards.tasks.screening import ScreenedTask

NO_DOMAIN = "none"


@dataclass(slots=True)
class DomainTasks:
    """The tasks of one domain; `constants` counts, of the fit ones, what each answer wins."""

    num_tasks: int = 0
    num_fit: int = 0
    num_unchecked: int = 0
    num_without_gold: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    constants: Counter[str] = field(default_factory=Counter)

    def shares(self) -> dict[str, float]:
        """Return the share of the fit tasks that each fixed answer wins, the largest first."""
        return {name: wins / self.num_fit for name, wins in self.constants.most_common()}


@dataclass(slots=True)
class TaskTally:
    """What became of the tasks so far; `num_unread` lines were none."""

    num_unread: int = 0
    domains: dict[str, DomainTasks] = field(default_factory=dict)
    statuses: Counter[str] = field(default_factory=Counter)

    @property
    def num_tasks(self) -> int:
        return sum(each.num_tasks for each in self.domains.values())

    @property
    def num_fit(self) -> int:
        return sum(each.num_fit for each in self.domains.values())

    @property
    def num_unchecked(self) -> int:
        return sum(each.num_unchecked for each in self.domains.values())

    def add(self, screened: "ScreenedTask") -> None:
        self.num_unread += not screened.is_read
        sums = self.domains.setdefault(screened.domain or NO_DOMAIN, DomainTasks())
        sums.num_tasks += 1
        check = screened.checked.check
        if check is None:
            sums.num_unchecked += 1
            self.statuses[screened.checked.status.value] += 1
            return
        sums.faults.update(fault.kind.value for fault in check.faults)
        if check.is_fit:
            sums.num_fit += 1
            sums.num_without_gold += not check.has_gold
            sums.constants.update(check.constants)

    def faults(self) -> Counter[str]:
        """Return how many tasks have each kind of fault."""
        return sum((each.faults for each in self.domains.values()), Counter[str]())

    def summary(self) -> dict[str, Any]:
        """Return the sums as JSON values."""
        return {
            "tasks": self.num_tasks,
            "fit": self.num_fit,
            "refused": self.num_tasks - self.num_fit - self.num_unchecked,
            "unchecked": self.num_unchecked,
            "unread": self.num_unread,
            "statuses": dict(sorted(self.statuses.items())),
            "faults": dict(sorted(self.faults().items())),
            "domains": {
                name: {
                    "tasks": sums.num_tasks,
                    "fit": sums.num_fit,
                    "without_gold": sums.num_without_gold,
                    "faults": dict(sorted(sums.faults.items())),
                    "constant_shares": sums.shares(),
                }
                for name, sums in sorted(self.domains.items())
            },
        }


def print_tasks(console: Console, tally: TaskTally) -> None:
    """Print the sums by domain, the faults by kind, and what was not checked."""
    table = Table(box=None, pad_edge=False)
    for name in ("domain", "tasks", "fit", "without gold", "a fixed answer wins"):
        table.add_column(name, justify="left" if name == "domain" else "right")
    for name, sums in sorted(tally.domains.items()):
        shares = ", ".join(f"{key} {share:.0%}" for key, share in list(sums.shares().items())[:3])
        counts = (sums.num_tasks, sums.num_fit, sums.num_without_gold)
        table.add_row(name, *[f"{count:,}" for count in counts], shares or "-")
    console.print(table)
    faults = tally.faults()
    if faults:
        refused = Table(box=None, pad_edge=False)
        refused.add_column("refused for")
        refused.add_column("tasks", justify="right")
        for kind, count in sorted(faults.items(), key=lambda each: (-each[1], each[0])):
            refused.add_row(kind, f"{count:,}")
        console.print(refused)
    if tally.num_unchecked:
        named = ", ".join(f"{n:,} {status}" for status, n in sorted(tally.statuses.items()))
        console.print(f"{tally.num_unchecked:,} tasks were not checked: {named}", highlight=False)
