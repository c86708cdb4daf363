"""What a service says when it does not do what was asked: RFC 9457 problem details.

Every error of every service has this one form, `application/problem+json`. `type` is a stable URN
that programs branch on, `instance` is the request's id, `retryable` says whether the same request
may succeed later. A problem names what was expected and what was found, never the inside of the
service: no stack, no path, no key.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, NamedTuple

import orjson

MEDIA_TYPE = "application/problem+json"
URN = "urn:assay:problem:"
MAX_FOUND_CHARS = 80
MAX_FIELDS = 20


class Kind(NamedTuple):
    """A kind of problem: its status, the last part of its URN, its title."""

    status: int
    slug: str
    title: str
    is_retryable: bool = False

    @property
    def type(self) -> str:
        """The URN that programs branch on."""
        return URN + self.slug


MALFORMED_BODY = Kind(400, "malformed-body", "The body is not JSON")
UNAUTHORIZED = Kind(401, "unauthorized", "A valid API key is needed")
NOT_FOUND = Kind(404, "not-found", "There is nothing at this address")
METHOD_NOT_ALLOWED = Kind(405, "method-not-allowed", "This address does not know the method")
BODY_TIMEOUT = Kind(408, "body-timeout", "The body did not arrive in time", True)
BODY_TOO_LARGE = Kind(413, "body-too-large", "The body is too large")
UNSUPPORTED_MEDIA_TYPE = Kind(415, "unsupported-media-type", "The body is of another type")
INVALID_REQUEST = Kind(422, "invalid-request", "The request does not fit its description")
TOO_MANY_REQUESTS = Kind(429, "too-many-requests", "The service is saturated", True)
INTERNAL = Kind(500, "internal", "The service failed")
SHUTTING_DOWN = Kind(503, "shutting-down", "The service is shutting down", True)
NOT_READY = Kind(503, "not-ready", "The service is not ready", True)

_BY_STATUS: Mapping[int, Kind] = {
    kind.status: kind
    for kind in (
        MALFORMED_BODY,
        UNAUTHORIZED,
        NOT_FOUND,
        METHOD_NOT_ALLOWED,
        BODY_TIMEOUT,
        BODY_TOO_LARGE,
        UNSUPPORTED_MEDIA_TYPE,
        INVALID_REQUEST,
        TOO_MANY_REQUESTS,
        INTERNAL,
        NOT_READY,
    )
}


_SAID = {
    404: "expected an address of this service, found another; GET /openapi.json lists them",
    405: "expected a method that this address knows, found another; the header Allow names them",
}


class FieldError(NamedTuple):
    """A member of the request that is wrong; `field` is a JSON pointer (RFC 6901) into the body."""

    field: str
    expected: str
    found: str


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem. `extra` holds members beyond RFC 9457's, for example a machine's code."""

    kind: Kind
    detail: str
    fields: Sequence[FieldError] = ()
    retry_after_seconds: int | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def members(self, instance: str) -> dict[str, Any]:
        """Return the problem's JSON members; `instance` is the request's id."""
        members: dict[str, Any] = {
            "type": self.kind.type,
            "title": self.kind.title,
            "status": self.kind.status,
            "detail": self.detail,
            "instance": instance,
            "retryable": self.kind.is_retryable,
        }
        if self.retry_after_seconds is not None:
            members["retry_after_seconds"] = self.retry_after_seconds
        if self.fields:
            members["fields"] = [error._asdict() for error in self.fields[:MAX_FIELDS]]
        return members | dict(self.extra)

    def body(self, instance: str) -> bytes:
        """Return the problem as it goes over the wire."""
        return orjson.dumps(self.members(instance), default=str)

    def all_headers(self) -> dict[str, str]:
        """Return the headers that go with the problem, content type included."""
        headers = {"content-type": MEDIA_TYPE, **self.headers}
        if self.retry_after_seconds is not None:
            headers["retry-after"] = str(self.retry_after_seconds)
        return headers


class ProblemError(Exception):
    """Raised where a request cannot be served; the application's edge writes the problem."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem = problem

    def __str__(self) -> str:
        return self.problem.detail


def problem_of_status(
    status: int, detail: str, headers: Mapping[str, str] | None = None
) -> Problem:
    """Return the problem that stands for a bare HTTP status."""
    kind = _BY_STATUS.get(status) or Kind(status, f"http-{status}", HTTPStatus(status).phrase)
    return Problem(kind, _SAID.get(status) or detail or kind.title, headers=headers or {})


def invalid(errors: Sequence[FieldError]) -> Problem:
    """Return the problem of a request whose members are wrong."""
    first = errors[0]
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    where = f"{first.field}: " if first.field else ""
    detail = f"{where}expected {first.expected}, found {first.found}{more}"
    return Problem(INVALID_REQUEST, detail, errors)


def fields_of(errors: Iterable[Mapping[str, Any]]) -> list[FieldError]:
    """Return pydantic's (or FastAPI's) error list as field errors."""
    found = []
    for error in errors:
        pointer = "".join(f"/{_escaped(part)}" for part in error["loc"])
        if error["type"] == "missing":
            found.append(FieldError(pointer, "a value", "nothing"))
        elif error["type"] == "extra_forbidden":
            found.append(FieldError(pointer, "no such member", shown(error["input"])))
        else:
            said = str(error["msg"]).removeprefix("Input should be ").removeprefix("Value error, ")
            found.append(FieldError(pointer, said, shown(error["input"])))
    return found


def shown(value: object) -> str:
    """Return a value as a message may show it: short."""
    text = repr(value)
    return text if len(text) <= MAX_FOUND_CHARS else text[: MAX_FOUND_CHARS - 3] + "..."


def _escaped(part: object) -> str:
    return str(part).replace("~", "~0").replace("/", "~1")
