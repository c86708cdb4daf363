"""A supply of tasks that are fit: drawn by a maker, new in their set, checked one by one.

What is dropped is counted by reason and never handed out. Memory is bounded by the number of tasks:
of each question, a hash of 64 bits is kept (two of a million meet with a chance of 3 in 10^8).
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from assay.domain.reward import RewardDomain
from assay.domain.sample import Message
from assay_rl_rewards.catalogue import VERIFIERS
from assay_rl_rewards.tasks.checking import check_task
from assay_rl_rewards.tasks.making.drafts import ExhaustedError, TaskRow
from assay_rl_rewards.verifier import Task

MAX_TASKS = 1_000_000
REPEATED = "repeated"
_MAX_DROPS = 20_000  # in a row


@dataclass(slots=True)
class Supply:
    """Fit tasks of one domain; `drops` counts the others by the kind of their first fault.

    Attributes:
        is_exhausted: the maker could ask nothing new.
    """

    domain: RewardDomain
    rows: Iterator[TaskRow]
    drops: Counter[str] = field(default_factory=Counter)
    languages: Counter[str] = field(default_factory=Counter)
    is_exhausted: bool = False
    _seen: set[int] = field(default_factory=set)

    def take(self, count: int) -> Iterator[TaskRow]:
        """Yield up to `count` tasks; fewer where the maker has no more.

        Raises:
            ValueError: more are asked for than may be kept in mind.
        """
        if not 0 < count <= MAX_TASKS:
            raise ValueError(f"expected 1 to {MAX_TASKS} tasks, found {count}")
        yield from islice(self._fit_rows(), count)

    def _fit_rows(self) -> Iterator[TaskRow]:
        verifier = VERIFIERS[self.domain.value]
        num_dropped = 0
        try:
            for row in self.rows:
                fault = REPEATED if self._is_repeated(row) else None
                if fault is None:
                    check = check_task(verifier, read_row(row))
                    fault = None if check.is_fit else check.faults[0].kind.value
                num_dropped = 0 if fault is None else num_dropped + 1
                if fault is None:
                    self.languages[str(row["language"])] += 1
                    yield row
                    continue
                self.drops[fault] += 1
                if num_dropped == _MAX_DROPS:
                    break
        except ExhaustedError:
            self.is_exhausted = True
            return
        self.is_exhausted = True

    def _is_repeated(self, row: TaskRow) -> bool:
        asked = " ".join(_text(row).casefold().split())
        key = int.from_bytes(hashlib.blake2b(asked.encode(), digest_size=8).digest(), "big")
        if key in self._seen:
            return True
        self._seen.add(key)
        return False


def read_row(row: Mapping[str, Any]) -> Task:
    """Return the task of a row, as a verifier reads it."""
    messages = tuple(Message(m["role"], m["content"]) for m in row["messages"])
    return Task(row["domain"], messages, row["reference"], row["params"], row["language"])


def _text(row: Mapping[str, Any]) -> str:
    return "\n".join(message["content"] for message in row["messages"])
