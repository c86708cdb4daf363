"""What a service refuses, as typed errors; each carries the status and the problem's type.

ServiceError
    UnauthorizedError    the key is missing or wrong
    NotFoundError        there is nothing of this name; or not any more
    ConflictError        the thing asked for is not in a state that allows this
    InvalidRequestError  the request does not fit
    UnavailableError     no answer, or none yet, after all repetitions
    BrokenAnswerError    an answer, or a file, is not what was agreed on
"""

from collections.abc import Mapping
from typing import Any

from assay.domain.errors import AssayError, ConfigError, InputError, RunStateError

QUOTED_CHARS = 400
_MAY_PASS = (408, 425, 429, 500, 502, 503, 504)


class ServiceError(AssayError):
    """A service did not do what it was asked; `status` 0: no answer came.

    `kind` is the last part of the problem's type, for programs to branch on.
    """

    def __init__(self, message: str, status: int = 0, kind: str = "") -> None:
        super().__init__(message, status, kind)
        self.status = status
        self.kind = kind

    def __str__(self) -> str:
        return str(self.args[0])


class UnauthorizedError(ServiceError, ConfigError):
    """The key is missing or wrong."""


class NotFoundError(ServiceError, InputError):
    """There is nothing of this name, or not any more."""


class ConflictError(ServiceError, RunStateError):
    """The thing asked for is not in a state that allows this."""


class InvalidRequestError(ServiceError, InputError):
    """The request does not fit."""


class UnavailableError(ServiceError):
    """No answer, or none yet, after all repetitions."""


class BrokenAnswerError(ServiceError):
    """An answer, or a file, is not what was agreed on."""


def error_of(status: int, problem: object) -> ServiceError:
    """Return the error that an answer other than 2xx means; `problem` is its parsed body."""
    members: Mapping[str, Any] = problem if isinstance(problem, dict) else {}
    kind = str(members.get("type", "")).rpartition(":")[2][:80]
    detail = str(members.get("detail", ""))[:QUOTED_CHARS]
    message = f"the service answered {status}" + (f": {detail}" if detail else "")
    if status in (401, 403):
        return UnauthorizedError(message, status, kind)
    if status in (404, 410):
        return NotFoundError(message, status, kind)
    if status == 409:
        return ConflictError(message, status, kind)
    if status in _MAY_PASS or 300 <= status < 400:
        return UnavailableError(message, status, kind)
    return InvalidRequestError(message, status, kind)


def may_pass(status: int, problem: object) -> bool:
    """Whether the same request may succeed later: what the problem says, or its status."""
    said = problem.get("retryable") if isinstance(problem, dict) else None
    return said if isinstance(said, bool) and status != 409 else status in (408, 429, 502, 503, 504)
