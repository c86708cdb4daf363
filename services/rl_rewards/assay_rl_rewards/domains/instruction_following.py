"""Answers that must have a form that code can check: the instructions of IFEval and its kin.

The idea: a task lists constraints with all their parameters; the score is 1 when every one is met
(or the share that is met, where the task says so). The invariant: nothing is drawn, nothing is
guessed, and a text without content earns nothing: an empty one, a loop, the question said back, an
abstention. Code sees form and not sense; a route adds a judge or a reward model for that.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assay.domain.errors import InvalidTaskError
from assay.domain.sample import JsonValue
from assay_rl_rewards.constraints.combination import without_repeat
from assay_rl_rewards.constraints.constraint import Constraint, Kwargs
from assay_rl_rewards.constraints.substance import is_abstention, is_echo, is_loop, split_words
from assay_rl_rewards.constraints.table import find_constraint
from assay_rl_rewards.verifier import MAX_RESPONSE_CHARS, Decoy, Grade, Task

_MAX_CONSTRAINTS = 32
_MAX_LOOSE_CHARS = 16 << 10  # eight checks of a longer text cost too much for a side figure
_DEFAULT_MIN_WORDS = 3  # different ones: "Answer: A" says less


class ConstraintSpec(BaseModel):
    """A constraint as a task names it: a published id and its parameters."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    kwargs: Mapping[str, Any] = Field(default_factory=dict)


class InstructionParams(BaseModel):
    """What a task says.

    Attributes:
        constraints: at least one.
        mode: `all`: 1 when all are met, else 0; `fraction`: the share that is met.
        min_words: different words that an answer must have. Left out: 3, or 1 where a constraint
            itself says what the answer is (one of some options, JSON, a copy).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    constraints: tuple[ConstraintSpec, ...] = Field(min_length=1, max_length=_MAX_CONSTRAINTS)
    mode: Literal["all", "fraction"] = "all"
    min_words: Annotated[int, Field(ge=1, le=1000)] | None = None


@dataclass(frozen=True, slots=True)
class BoundConstraint:
    """A constraint with its parameters read."""

    constraint: Constraint[Any]
    kwargs: Kwargs

    def is_met(self, text: str) -> bool:
        """Whether `text` meets it."""
        return self.constraint.check(text, self.kwargs)


@dataclass(frozen=True, slots=True)
class InstructionTask:
    """A task that has been read."""

    question: str
    constraints: tuple[BoundConstraint, ...]
    mode: Literal["all", "fraction"]
    min_words: int

    @property
    def is_given(self) -> bool:
        """Whether a constraint itself says what the answer is."""
        return any(one.constraint.is_given for one in self.constraints)


class InstructionFollowing:
    """Grades the form of an answer; `reference` is not used."""

    id: ClassVar[str] = "instruction_following"
    version: ClassVar[int] = 2

    def read_task(self, task: Task) -> InstructionTask:
        """Check the constraints and their parameters.

        Raises:
            InvalidTaskError: there are none, an id is unknown, a parameter is missing or wrong, or
                a language cannot be told.
        """
        params = _read_params(task.params)
        bound = tuple(_bind(spec) for spec in params.constraints)
        is_given = any(one.constraint.is_given for one in bound)
        default = 1 if is_given else _DEFAULT_MIN_WORDS
        return InstructionTask(task.question, bound, params.mode, params.min_words or default)

    def grade(self, task: InstructionTask, text: str) -> Grade:
        """Check every constraint; parts: `fraction`, `loose`, `constraint.N` (N from 0)."""
        if len(text) > MAX_RESPONSE_CHARS:
            return Grade(0.0, "answer_too_long", parts={"fraction": 0.0, "loose": 0.0})
        body = text.encode(errors="replace").decode()  # without lone surrogates
        fault = _fault(task, body)
        if fault is not None:
            return Grade(0.0, fault, parts={"fraction": 0.0, "loose": 0.0})
        met = [one.is_met(body) for one in task.constraints]
        fraction = sum(met) / len(met)
        is_loose = all(met) or _is_met_loosely(task, body)
        parts = {f"constraint.{place}": float(one) for place, one in enumerate(met)}
        parts |= {"fraction": fraction, "loose": float(is_loose)}
        score = float(all(met)) if task.mode == "all" else fraction
        return Grade(score, _reason(sum(met), len(met)), extracted=body, parts=parts)

    def render_gold(self, task: InstructionTask) -> str | None:
        """None: many answers have the form."""
        return None

    def list_decoys(self, task: InstructionTask) -> tuple[Decoy, ...]:
        """A text for each constraint that is made only to pass it; none for a share of them."""
        if task.mode == "fraction" and len(task.constraints) > 1:
            return ()  # another constraint may rightly be met
        return tuple(
            Decoy("made_for_constraint", one.constraint.cheat(one.kwargs))
            for one in task.constraints
            if one.constraint.cheat is not None
        )


def _read_params(params: Mapping[str, JsonValue]) -> InstructionParams:
    try:
        return InstructionParams.model_validate(params)
    except ValidationError as exc:
        raise InvalidTaskError(f"expected a list of constraints, found {_told(exc)}") from exc


def _bind(spec: ConstraintSpec) -> BoundConstraint:
    constraint = find_constraint(spec.id)
    if constraint is None:
        raise InvalidTaskError(f"expected the id of a known constraint, found {spec.id[:80]!r}")
    try:
        kwargs = constraint.kwargs.model_validate(dict(spec.kwargs))
    except ValidationError as exc:
        expected = sorted(constraint.kwargs.model_fields)
        raise InvalidTaskError(
            f"expected the parameters {expected} of {spec.id!r}, found {_told(exc)}"
        ) from exc
    return BoundConstraint(constraint, kwargs)


def _told(exc: ValidationError) -> str:
    first = exc.errors(include_url=False, include_input=False)[0]
    place = ".".join(map(str, first["loc"])) or "params"
    return f"{place}: {first['msg']}"


def _fault(task: InstructionTask, text: str) -> str | None:
    """Why `text` earns nothing whatever its form; None where it may earn something."""
    if len(set(split_words(text))) < task.min_words:
        return "the answer says too little"
    if is_loop(text):
        return "the answer is a loop"
    if task.is_given:
        return None
    if is_abstention(text):
        return "the answer abstains"
    own = text
    for one in task.constraints:
        own = without_repeat(own, one.kwargs)
    return "the answer is the question" if is_echo(own, task.question) else None


def _is_met_loosely(task: InstructionTask, text: str) -> bool:
    """Whether one of the published variants passes: without first line, last line, asterisks."""
    if len(text) > _MAX_LOOSE_CHARS:
        return False
    lines = text.split("\n")
    variants = {
        variant
        for first, last in product((0, 1), (0, 1))
        for body in ("\n".join(lines[first : len(lines) - last]).strip(),)
        for variant in (body, body.replace("*", ""))
    }
    return any(
        variant and all(one.is_met(variant) for one in task.constraints) for variant in variants
    )


def _reason(num_met: int, num_constraints: int) -> str:
    return f"{num_met} of {num_constraints} constraints met"
