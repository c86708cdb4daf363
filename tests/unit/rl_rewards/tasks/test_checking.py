from collections.abc import Sequence
from typing import ClassVar

import pytest

from assay.domain.errors import InvalidTaskError
from assay.domain.sample import Message
from assay_rl_rewards.domains.math import Math
from assay_rl_rewards.tasks.checking import FaultKind, TaskCheck, check_task, summarise
from assay_rl_rewards.verifier import Decoy, Grade, Task


class Exact:
    """Wins when the text is the reference, or one of the lenient texts."""

    id: ClassVar[str] = "exact"
    version: ClassVar[int] = 1

    def __init__(self, *lenient: str, decoys: Sequence[str] = ()) -> None:
        self._lenient = lenient
        self._decoys = decoys

    def read_task(self, task: Task) -> str:
        if not isinstance(task.reference, str):
            raise InvalidTaskError(f"expected a text, found {task.reference!r}")
        return task.reference

    def grade(self, task: str, text: str) -> Grade:
        is_right = text in (task, *self._lenient)
        return Grade(1.0 if is_right else 0.0, "equal" if is_right else "different", text)

    def render_gold(self, task: str) -> str | None:
        return task or None

    def list_decoys(self, task: str) -> Sequence[Decoy]:
        return [Decoy("all_options", text) for text in self._decoys]


def task_of(reference: object) -> Task:
    messages = (Message("system", "Be brief."), Message("user", "What is the capital of Peru?"))
    return Task("science", messages, reference)  # type: ignore[arg-type]


def kinds_of(check: TaskCheck) -> list[FaultKind]:
    return [fault.kind for fault in check.faults]


def test_task_whose_gold_alone_wins_is_fit() -> None:
    check = check_task(Exact(), task_of("Lima"))
    assert check.is_fit
    assert check.constants == ()


@pytest.mark.parametrize(
    ("lenient", "kind"),
    [
        ("", FaultKind.EMPTY_WINS),
        ("\\boxed{}", FaultKind.EMPTY_WINS),
        ("<answer>I don't know.</answer>", FaultKind.ABSTAINING_WINS),
        ("What is the capital of Peru?", FaultKind.ECHO_WINS),
        ("Answer: What is the capital of Peru?", FaultKind.ECHO_WINS),
    ],
)
def test_answer_that_knows_nothing_must_not_win(lenient: str, kind: FaultKind) -> None:
    assert kinds_of(check_task(Exact(lenient), task_of("Lima"))) == [kind]


def test_decoy_of_the_task_must_not_win() -> None:
    check = check_task(Exact("Lima Quito", decoys=["Quito", "Lima Quito"]), task_of("Lima"))
    assert kinds_of(check) == [FaultKind.DECOY_WINS]
    assert check.faults[0].reason == (
        "expected a decoy (all_options) to earn nothing, found 1 (equal)"
    )


@pytest.mark.parametrize("formula", ["x^2+3x+2", "$x^2+3x+2$", r"\(x^2 + 3x + 2\)"])
def test_formula_of_the_question_must_not_win(formula: str) -> None:
    messages = (Message("user", f"Factor {formula}."),)
    params = {"answer_form": "equal"}
    check = check_task(Math(), Task("math", messages, "(x+1)(x+2)", params))
    assert kinds_of(check) == [FaultKind.ECHO_WINS]
    assert check_task(Math(), Task("math", messages, "(x+1)(x+2)")).is_fit


def test_gold_that_loses_refuses_the_task() -> None:
    class Deaf(Exact):
        def grade(self, task: str, text: str) -> Grade:
            return Grade(0.0, "no")

    assert kinds_of(check_task(Deaf(), task_of("Lima"))) == [FaultKind.GOLD_LOSES]


def test_task_that_cannot_be_read_is_refused_with_its_reason() -> None:
    check = check_task(Exact(), task_of(3))
    assert kinds_of(check) == [FaultKind.INVALID]
    assert "expected a text" in check.faults[0].reason


def test_right_constant_is_counted_and_two_of_them_are_a_fault() -> None:
    one = check_task(Exact(), task_of("A"))
    assert one.is_fit
    assert one.constants == ("A",)
    two = check_task(Exact("B"), task_of("A"))
    assert kinds_of(two) == [FaultKind.CONSTANTS_WIN]


def test_summary_tells_what_a_fixed_answer_would_earn() -> None:
    tasks = ["A", "A", "B", "Lima", 3]
    summary = summarise([check_task(Exact(), task_of(reference)) for reference in tasks])
    assert (summary.num_tasks, summary.num_fit) == (5, 4)
    assert summary.faults == {"invalid": 1}
    assert summary.constant_shares == {"A": 0.5, "B": 0.25}
