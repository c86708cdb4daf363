"""What a task expects of the extracted answer: a test, a right answer, and wrong ones.

A task's params name a kind of answer; each kind is a model whose `expect` reads the reference once
and gives the `Expected` that answers are held against. References are read as strictly as answers:
one that its own kind does not accept makes the task invalid. Scores are 1 or 0, nothing between.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from assay.domain.errors import InvalidTaskError
from assay.domain.sample import JsonValue
from assay_rl_rewards.answers.extraction import Extractor, extract
from assay_rl_rewards.answers.labels import MAX_LABEL_CHARS
from assay_rl_rewards.answers.placing import place_answer
from assay_rl_rewards.verifier import Decoy, Grade, Task

RIGHT = "the answer is right"


class FaultFinder(Protocol):
    """Says what is wrong with an extracted answer, in fixed words; None where it is right."""

    def __call__(self, answer: str, /) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Expected:
    """What an answer is held against.

    Attributes:
        find_fault: the test; answers longer than `max_chars` never reach it.
        gold: an answer that is right, None where the task gives none.
        wrong: answers that must earn nothing, by what they would exploit.
    """

    find_fault: FaultFinder
    gold: str | None
    wrong: tuple[Decoy, ...] = ()
    max_chars: int = MAX_LABEL_CHARS


class AnswerKind(BaseModel):
    """Base of the kinds of answer: what a task's params say of the answer that is wanted."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    extractor: Extractor = Extractor.BOXED_LAST

    def expect(self, reference: JsonValue) -> Expected:
        """Read the reference.

        Raises:
            ValueError: it is not of this kind.
        """
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class AnswerTask:
    """A task that asks for one answer in one place."""

    extractor: Extractor
    expected: Expected


KindT = TypeVar("KindT", bound=AnswerKind)


def read_answer_task(task: Task, kinds: TypeAdapter[KindT]) -> AnswerTask:
    """Read a task whose params are one of `kinds`.

    Raises:
        InvalidTaskError: its params or reference are wrong, or the reference is not right by them.
    """
    try:
        kind = kinds.validate_python(dict(task.params))
        expected = kind.expect(task.reference)
    except ValidationError as exc:
        raise InvalidTaskError(f"expected other params: {_first_error(exc)}") from exc
    except ValueError as exc:
        raise InvalidTaskError(str(exc)) from exc
    answer_task = AnswerTask(kind.extractor, expected)
    gold = render_gold_answer(answer_task)
    if gold is not None and (grade := grade_answer(answer_task, gold)).score != 1:
        raise InvalidTaskError(f"expected a reference that earns 1, found: {grade.reason}")
    return answer_task


def grade_answer(task: AnswerTask, text: str) -> Grade:
    """Score 1 where the extracted answer has no fault, else 0."""
    extraction = extract(text, task.extractor, max_chars=task.expected.max_chars)
    if extraction.text is None:
        return Grade(0.0, extraction.reason)
    told = task.expected.find_fault(extraction.text)
    if told is not None:
        return Grade(0.0, told, extraction.text)
    return Grade(1.0, RIGHT, extraction.text)


def render_gold_answer(task: AnswerTask) -> str | None:
    """A response whose extracted answer is the right one."""
    gold = task.expected.gold
    return None if gold is None else place_answer(gold, task.extractor)


def render_decoys(task: AnswerTask) -> Sequence[Decoy]:
    """The wrong answers, each where the task looks for an answer."""
    return [
        Decoy(decoy.kind, place_answer(decoy.text, task.extractor)) for decoy in task.expected.wrong
    ]


def _first_error(exc: ValidationError) -> str:
    error = exc.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(map(str, error['loc']))}: {error['msg']}"
