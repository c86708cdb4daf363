"""Reads what a task gives to a verifier: its parameters, and a reference that is one value."""

from typing import TypeVar

from pydantic import BaseModel, ValidationError

from assay.domain.errors import InvalidTaskError
from assay_rl_rewards.verifier import Task

ParamsT = TypeVar("ParamsT", bound=BaseModel)


def read_params(model: type[ParamsT], task: Task) -> ParamsT:
    """Check the parameters of `task` against `model`.

    Raises:
        InvalidTaskError: they do not fit; the message names the fields, never their values.
    """
    try:
        return model.model_validate(task.params)
    except ValidationError as exc:
        fields = ", ".join(".".join(map(str, e["loc"])) or "all" for e in exc.errors())
        raise InvalidTaskError(f"expected other parameters of {task.domain}: {fields}") from exc


def read_value(task: Task, *, max_chars: int) -> str:
    """Return the reference, a text or a number, as text without outer blanks.

    Raises:
        InvalidTaskError: it is something else, blank, or longer than `max_chars`.
    """
    reference = task.reference
    if isinstance(reference, bool) or not isinstance(reference, str | int | float):
        raise InvalidTaskError("expected a reference that is a text or a number")
    is_huge = isinstance(reference, int) and reference.bit_length() > 3 * max_chars
    text = "" if is_huge else str(reference).strip()  # printing a huge number is refused
    if not text or len(text) > max_chars:
        raise InvalidTaskError(f"expected a reference of 1 to {max_chars} characters")
    return text
