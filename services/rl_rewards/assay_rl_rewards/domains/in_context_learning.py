"""In-context learning: the answer that the demonstrations of a prompt lead to, compared whole.

A hidden rule must be found, so nothing else may pay: a label outside the label space, several
labels, the commonest label or a copied demonstration. Where a task tells its demonstrations, they
are checked when it is read: the query is none of them, and no label is shown more often than
another by more than one.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from assay.domain.sample import JsonValue
from assay_rl_rewards.answers.expected import (
    AnswerKind,
    AnswerTask,
    Expected,
    grade_answer,
    read_answer_task,
    render_decoys,
    render_gold_answer,
)
from assay_rl_rewards.answers.labels import fold_label
from assay_rl_rewards.answers.typed import (
    WRONG,
    IntegerAnswer,
    LabelAnswer,
    ListAnswer,
)
from assay_rl_rewards.verifier import Decoy, Grade, Task

_MAX_DECOYS = 8


class Demonstration(BaseModel):
    """One example of the prompt: what was given and what came of it, as written there."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    input: str
    output: str


class InductionParams(AnswerKind):
    """What answers are compared by.

    `normaliser`: `label` (case, width and dress do not count), `exact` (outer blanks do not),
    `integer`, `list` (the items' folded texts in order).
    """

    normaliser: Literal["label", "exact", "integer", "list"] = "label"
    labels: Sequence[str] = ()
    aliases: Mapping[str, Sequence[str]] = Field(default_factory=dict)
    demonstrations: Sequence[Demonstration] = ()
    query: str | None = None

    def expect(self, reference: JsonValue) -> Expected:
        self._check_demonstrations()
        expected = self._expect(reference)
        copies = dict.fromkeys(shown.output for shown in self.demonstrations)
        wrong = [
            Decoy(kind, text)
            for kind, text in (*(("copy", copy) for copy in copies), ("echo", self.query or ""))
            if text.strip() and expected.find_fault(text) is not None
        ]
        return Expected(
            expected.find_fault, expected.gold, (*expected.wrong, *wrong[-_MAX_DECOYS:])
        )

    def _expect(self, reference: JsonValue) -> Expected:
        if self.normaliser == "integer":
            return IntegerAnswer(answer_type="integer").expect(reference)
        if self.normaliser == "list":
            return ListAnswer(answer_type="list", labels=self.labels).expect(reference)
        if self.normaliser == "label":
            kind = LabelAnswer(answer_type="label", labels=self.labels, aliases=self.aliases)
            return kind.expect(reference)
        if not isinstance(reference, str) or not reference.strip():
            raise ValueError("expected a text that is not empty as reference")
        if self.labels or self.aliases:
            raise ValueError("expected no labels or aliases beside an exact comparison")
        return Expected(partial(_exact_fault, reference.strip()), reference)

    def _check_demonstrations(self) -> None:
        """Raise where the prompt gives the answer away or favours a label.

        Raises:
            ValueError: the query is a demonstration, or labels are shown unevenly.
        """
        inputs = {fold_label(shown.input) for shown in self.demonstrations}
        if self.query is not None and fold_label(self.query) in inputs:
            raise ValueError("expected a query that no demonstration answers, found one that does")
        if not (self.demonstrations and self.labels):
            return
        shown = Counter(fold_label(each.output) for each in self.demonstrations)
        counts = [shown[fold_label(label)] for label in self.labels]
        if sum(counts) != len(self.demonstrations):
            raise ValueError("expected demonstrations of the labels, found one of another")
        if max(counts) - min(counts) > 1:
            raise ValueError("expected each label about as often as the others")


_PARAMS: TypeAdapter[InductionParams] = TypeAdapter(InductionParams)


class InContextLearning:
    """Grades the answer that follows from the demonstrations."""

    id: ClassVar[str] = "in_context_learning"
    version: ClassVar[int] = 1

    def read_task(self, task: Task) -> AnswerTask:
        return read_answer_task(task, _PARAMS)

    def grade(self, task: AnswerTask, text: str) -> Grade:
        return grade_answer(task, text)

    def render_gold(self, task: AnswerTask) -> str | None:
        return render_gold_answer(task)

    def list_decoys(self, task: AnswerTask) -> Sequence[Decoy]:
        return render_decoys(task)


def _exact_fault(wanted: str, answer: str) -> str | None:
    return None if answer.strip() == wanted else WRONG
