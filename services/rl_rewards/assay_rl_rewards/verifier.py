"""What a verifier is: it reads a task once, and grades answers to it.

Verifiers are pure and deterministic: no clock, no randomness, no network, no file but a task's own
database. They run in worker processes that may be killed at any time (`pool`), so they keep nothing
but caches. No text of a model is ever evaluated as code.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Protocol, TypeVar

from assay.domain.sample import JsonValue, Message

MAX_RESPONSE_CHARS = 1 << 16  # what is looked at of a response
TaskT = TypeVar("TaskT")


@dataclass(frozen=True, slots=True)
class Task:
    """A task as a trainer sends it, not yet checked.

    Attributes:
        messages: the prompt; the last user turn is the question.
        reference: what the right answer is; each verifier says in what form.
        params: what else it must know; each verifier has a model for them.
        language: ISO 639-1 code of the answer that is wanted, where it is known.
    """

    domain: str
    messages: tuple[Message, ...]
    reference: JsonValue = None
    params: Mapping[str, JsonValue] = field(default_factory=dict)
    language: str | None = None

    @property
    def question(self) -> str:
        """The last user turn, empty without one."""
        turns = [m.content or "" for m in self.messages if m.role == "user"]
        return turns[-1] if turns else ""


@dataclass(frozen=True, slots=True)
class Grade:
    """What a verifier says of one answer.

    Attributes:
        score: 0 to 1.
        reason: one line, a fixed wording of the verifier's own, never text of the answer.
        extracted: the answer that was graded, verbatim; None where none was found.
        parts: further measurements, by name.
    """

    score: float
    reason: str
    extracted: str | None = None
    parts: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decoy:
    """An answer that must earn nothing, and what it would exploit (`all_options`, `echo`, ...)."""

    kind: str
    text: str


class Verifier(Protocol[TaskT]):
    """Grades answers of one kind of task. `version` is a new number whenever a grade may change."""

    id: ClassVar[str]
    version: ClassVar[int]

    def read_task(self, task: Task) -> TaskT:
        """Check a task and return what grading needs of it.

        Raises:
            InvalidTaskError: it cannot be graded; the message says what was expected.
        """

    def grade(self, task: TaskT, text: str) -> Grade:
        """Grade the final text of a response (thinking and control tokens are already gone)."""

    def render_gold(self, task: TaskT) -> str | None:
        """Return a response that must score 1; None where the task has no one right answer."""

    def list_decoys(self, task: TaskT) -> Sequence[Decoy]:
        """Return answers of this task that must score 0, beside those that all tasks share."""
