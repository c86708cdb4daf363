"""Logical reasoning: a typed answer compared whole, or a plan that is checked for itself.

No part of an answer earns part of the reward, and no text of a model is evaluated. A planning task
(numbers game, colouring, grid to fill, way through a grid) has many right answers: its checker
tests the plan against the task, never against the one solution that the reference may hold.
"""

from collections.abc import Sequence
from typing import Annotated, ClassVar, TypeAlias

from pydantic import Field, TypeAdapter

from assay_rl_rewards.answers.expected import (
    AnswerTask,
    grade_answer,
    read_answer_task,
    render_decoys,
    render_gold_answer,
)
from assay_rl_rewards.answers.typed import (
    BoolAnswer,
    ChoiceAnswer,
    IntegerAnswer,
    LabelAnswer,
    ListAnswer,
    MappingAnswer,
    SetAnswer,
)
from assay_rl_rewards.plans.puzzles import (
    ColouringPlan,
    CountdownPlan,
    PathPlan,
    SudokuPlan,
)
from assay_rl_rewards.verifier import Decoy, Grade, Task

LogicParams: TypeAlias = Annotated[
    BoolAnswer
    | ChoiceAnswer
    | IntegerAnswer
    | LabelAnswer
    | ListAnswer
    | SetAnswer
    | MappingAnswer
    | CountdownPlan
    | ColouringPlan
    | SudokuPlan
    | PathPlan,
    Field(discriminator="answer_type"),
]
_PARAMS: TypeAdapter[LogicParams] = TypeAdapter(LogicParams)


class LogicalReasoning:
    """Grades the one answer of a task in logic."""

    id: ClassVar[str] = "logical_reasoning"
    version: ClassVar[int] = 1

    def read_task(self, task: Task) -> AnswerTask:
        return read_answer_task(task, _PARAMS)

    def grade(self, task: AnswerTask, text: str) -> Grade:
        return grade_answer(task, text)

    def render_gold(self, task: AnswerTask) -> str | None:
        return render_gold_answer(task)

    def list_decoys(self, task: AnswerTask) -> Sequence[Decoy]:
        return render_decoys(task)
