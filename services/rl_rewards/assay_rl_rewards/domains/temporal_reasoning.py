"""Temporal reasoning: dates, times, durations and orders by a grammar, schedules by a checker.

Answers are read whole by the type that the task declares, in any of the twelve languages, and
compared by value: `March 5, 2024` is `2024-03-05`. Nothing is completed from today's date, and a
numeric date that two orders would read differently needs a declared order.
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
from assay_rl_rewards.answers.times import IntervalAnswer, TimeAnswer, TimeListAnswer
from assay_rl_rewards.answers.typed import BoolAnswer, IntegerAnswer, LabelAnswer, ListAnswer
from assay_rl_rewards.plans.schedule import SchedulePlan
from assay_rl_rewards.verifier import Decoy, Grade, Task

TemporalParams: TypeAlias = Annotated[
    TimeAnswer
    | IntervalAnswer
    | TimeListAnswer
    | LabelAnswer
    | ListAnswer
    | BoolAnswer
    | IntegerAnswer
    | SchedulePlan,
    Field(discriminator="answer_type"),
]
_PARAMS: TypeAdapter[TemporalParams] = TypeAdapter(TemporalParams)


class TemporalReasoning:
    """Grades the one answer of a task about time."""

    id: ClassVar[str] = "temporal_reasoning"
    version: ClassVar[int] = 1

    def read_task(self, task: Task) -> AnswerTask:
        return read_answer_task(task, _PARAMS)

    def grade(self, task: AnswerTask, text: str) -> Grade:
        return grade_answer(task, text)

    def render_gold(self, task: AnswerTask) -> str | None:
        return render_gold_answer(task)

    def list_decoys(self, task: AnswerTask) -> Sequence[Decoy]:
        return render_decoys(task)
