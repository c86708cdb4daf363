"""What the filter service tells, as values; a newer service may say more."""

import hashlib
from collections.abc import Mapping
from typing import Any, Literal, TypeVar

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assay.client.service_transport import broken

RunStatus = Literal["queued", "running", "completed", "failed", "cancelled", "interrupted"]
STOPPED: frozenset[str] = frozenset(("completed", "failed", "cancelled", "interrupted"))


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


P = TypeVar("P", bound=_Part)


class UploadedFile(_Part):
    """A file in the service's store."""

    id: str
    bytes: int
    sha256: str | None
    filename: str
    format: str


class StageProgress(_Part):
    """Chunks of one stage; `samples` are those of the chunks that are done."""

    done: int
    total: int
    samples: int


class RunError(_Part):
    """What stopped a run."""

    kind: str
    message: str


class RemoteRun(_Part):
    """A run; times are RFC 3339, UTC. `progress` is empty in lists."""

    id: str
    status: RunStatus
    stage: str
    created_at: str
    finished_at: str | None
    created_by: str | None
    inputs: tuple[str, ...]
    judge: str
    outcomes: Mapping[str, int] | None
    progress: Mapping[str, StageProgress] = Field(default_factory=dict)
    chain_head: str | None = None
    error: RunError | None

    @property
    def is_stopped(self) -> bool:
        """Whether it has ended, or goes on only when it is resumed."""
        return self.status in STOPPED


class RunEvent(_Part):
    """One event of a watched run; `kind` is state, progress or done (ended or stopped)."""

    id: str
    kind: str
    run: str
    status: RunStatus
    stage: str
    outcomes: Mapping[str, int]
    progress: Mapping[str, StageProgress]
    error: RunError | None


class Review(_Part):
    """A stored review; the last one of a sample counts."""

    run: str
    ordinal: int
    seq: int
    reviewer: str
    decision: str
    comment: str | None
    created_at: str


def read_part(model: type[P], body: object) -> P:
    """Return an answer as a value.

    Raises:
        BrokenAnswerError: the answer is not of the form agreed on.
    """
    try:
        return model.model_validate(body)
    except ValidationError as exc:
        raise broken(f"none that describes a {model.__name__}") from exc


def read_page(body: object) -> tuple[list[Any], str | None]:
    """Return the entries of a page and the cursor of the next one.

    Raises:
        BrokenAnswerError: the answer is no page.
    """
    data = body.get("data") if isinstance(body, dict) else None
    cursor = body.get("next_cursor") if isinstance(body, dict) else None
    if not isinstance(data, list) or not (cursor is None or isinstance(cursor, str)):
        raise broken("no page of a list")
    return data, cursor


def key_of_content(body: Mapping[str, Any]) -> str:
    """Return an Idempotency-Key that equal requests share: a repetition makes no second run."""
    text = orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
    return f"content-{hashlib.sha256(text).hexdigest()}"
