"""What a judge service says of itself: who judges, what may be chosen, how much it takes on."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from assay.client.wire import malformed
from assay.domain.rubric import Rubric


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)  # a newer service may say more


P = TypeVar("P", bound=_Part)


class JudgeIdentity(_Part):
    """Who judges; `version` changes whenever the same sample may be judged differently."""

    name: str
    version: str


class ServiceLimits(_Part):
    """How much the service takes on."""

    max_batch: int
    max_body_bytes: int
    max_sample_bytes: int


class ServiceCapabilities(_Part):
    """What the service can do now; `judge` is None while it is not ready, and `reason` says why."""

    version: str
    is_ready: bool
    reason: str | None
    judge: JudgeIdentity | None
    modes: tuple[str, ...]
    default_mode: str | None
    rubrics: tuple[str, ...]
    default_rubric: str
    limits: ServiceLimits
    backend: Mapping[str, Any] | None


class _RubricEntry(_Part):
    name: str
    rubric: Rubric


class _Rubrics(_Part):
    rubrics: tuple[_RubricEntry, ...]


def read_rubrics(body: bytes) -> dict[str, Rubric]:
    """Return rubrics by name.

    Raises:
        JudgeBackendError: the answer is not of the form agreed on.
    """
    return {entry.name: entry.rubric for entry in _read(_Rubrics, body).rubrics}


def read_capabilities(body: bytes) -> ServiceCapabilities:
    """Return what the service says of itself.

    Raises:
        JudgeBackendError: the answer is not of the form agreed on.
    """
    return _read(ServiceCapabilities, body)


def _read(model: type[P], body: bytes) -> P:
    try:
        return model.model_validate_json(body)
    except ValidationError as exc:
        raise malformed(f"none that describes {model.__name__.strip('_')}") from exc
