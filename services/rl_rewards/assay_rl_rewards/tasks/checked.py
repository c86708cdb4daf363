"""Checks of tasks as work for the pool: reading a hostile or heavy task must harm nobody either.

To a worker a check is one more verifier, `check.NAME`, which grades the task itself and no answer.
What it finds travels as a grade: faults as parts by kind, fixed winners as the extracted text.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from assay.domain.reward import RewardStatus
from assay_rl_rewards.catalogue import VERIFIERS
from assay_rl_rewards.pool.jobs import Outcome
from assay_rl_rewards.tasks.checking import FaultKind, TaskCheck, TaskFault, check_task
from assay_rl_rewards.verifier import Decoy, Grade, Task, Verifier

PREFIX = "check."
_HAS_GOLD = "has_gold"
_FIT = "the task is fit to be trained on"
_KINDS: Mapping[FaultKind, str] = {
    FaultKind.INVALID: "the task cannot be graded",
    FaultKind.GOLD_LOSES: "the gold answer does not earn 1",
    FaultKind.EMPTY_WINS: "an empty answer earns something",
    FaultKind.ABSTAINING_WINS: "an answer that abstains earns something",
    FaultKind.ECHO_WINS: "the echoed question earns something",
    FaultKind.DECOY_WINS: "an answer that exploits the task earns something",
    FaultKind.CONSTANTS_WIN: "different fixed answers are all right",
}


@dataclass(frozen=True, slots=True)
class CheckedTask:
    """What became of a check; `check` None: it was not carried out, and `reason` says why."""

    status: RewardStatus
    reason: str
    check: TaskCheck | None


class TaskChecker:
    """Checks tasks of one verifier; the text of the item does not matter."""

    id: ClassVar[str] = "check"
    version: ClassVar[int] = 1

    def __init__(self, verifier: Verifier[Any]) -> None:
        self._verifier = verifier

    def read_task(self, task: Task) -> Task:
        """Return the task; whether it can be read is what is checked."""
        return task

    def grade(self, task: Task, text: str) -> Grade:
        check = check_task(self._verifier, task)
        parts = {fault.kind.value: 1.0 for fault in check.faults}
        parts[_HAS_GOLD] = float(check.has_gold)
        reason = check.faults[0].reason if check.faults else _FIT
        return Grade(float(check.is_fit), reason, ",".join(check.constants) or None, parts)

    def render_gold(self, task: Task) -> str | None:
        """Return None: a check has no answer."""
        return None

    def list_decoys(self, task: Task) -> Sequence[Decoy]:
        """Return nothing: there is no answer to mistake."""
        return ()


def read_check(outcome: Outcome) -> CheckedTask:
    """Return what a worker found; of several faults, the first has its own words."""
    grade = outcome.grade
    if grade is None or outcome.status is not RewardStatus.OK:
        return CheckedTask(outcome.status, outcome.reason, None)
    kinds = [kind for kind in FaultKind if kind.value in grade.parts]
    ordered = sorted(kinds, key=list(grade.parts).index)
    faults = tuple(
        TaskFault(kind, grade.reason if at == 0 else _KINDS[kind])
        for at, kind in enumerate(ordered)
    )
    constants = tuple(grade.extracted.split(",")) if grade.extracted else ()
    has_gold = bool(grade.parts.get(_HAS_GOLD))
    return CheckedTask(outcome.status, outcome.reason, TaskCheck(faults, constants, has_gold))


def with_checks(verifiers: Mapping[str, Verifier[Any]]) -> dict[str, Verifier[Any]]:
    """Return verifiers with a check beside each."""
    checks = {f"{PREFIX}{name}": TaskChecker(verifier) for name, verifier in verifiers.items()}
    return {**verifiers, **checks}


WORK: Mapping[str, Verifier[Any]] = with_checks(VERIFIERS)  # all that a worker does
