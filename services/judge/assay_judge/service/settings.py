"""Settings of the judge service: environment variables `ASSAY_JUDGE_*`, read once at the start.

Options of `assay serve judge` win over them. URLs and paths come from here alone, never from a
request.
"""

from pathlib import Path
from typing import Self

from pydantic import Field, JsonValue, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from assay_judge.engine.settings import Mode

EVIDENCE = "evidence"


class JudgeServiceSettings(BaseSettings):
    """What the service judges with, and how much it takes on.

    Attributes:
        backend_url: an OpenAI-compatible server, or `evidence` for the judge without a model.
        backend_model: the model's name there; None: the only one it serves.
        backend_api_key: its key.
        backend_timeout_seconds: the longest that one call to it may take, repetitions included.
        backend_max_in_flight: calls to it at a time, at most; fewer while it is overloaded.
        backend_chat_template_kwargs: JSON object sent with every conversation, for example
            `{"enable_thinking": false}`.
        mode: of requests that name none.
        rubric: name of the rubric for requests that name none.
        rubrics_folder: YAML rubrics beside the shipped ones; their file names are their names.
        cache: `sqlite:///FILE`, `redis://HOST/DB`, `memory:` or None.
        nonce_key: secret that the marks around a sample's text are derived from. By default it is
            derived from `backend_api_key`; without one it is random, and differs at each start.
            Processes that share a cache should share it.
        max_in_flight: samples judged at a time.
        max_queued: samples that may wait for their turn; beyond, requests are refused with 429.
        max_batch: samples in one batch request.
        max_body_bytes: of a request.
        max_sample_bytes: of one sample as canonical JSON.
        body_timeout_seconds: a request's body must arrive within this.
        request_timeout_seconds: a request is answered within this, with a problem if need be.
        shutdown_seconds: what is held at SIGTERM may take this long to finish.
        prices: price table, a shipped name or a YAML file.
        budget: for example `5 usd` or `2M` (tokens); None: no limit.
        budget_file: SQLite file in which the budget is shared by processes and survives them.
    """

    model_config = SettingsConfigDict(env_prefix="ASSAY_JUDGE_", extra="ignore", frozen=True)

    backend_url: str = EVIDENCE
    backend_model: str | None = None
    backend_api_key: SecretStr | None = None
    backend_timeout_seconds: float = Field(default=120.0, gt=0)
    backend_max_in_flight: int = Field(default=64, ge=1, le=4096)
    backend_chat_template_kwargs: dict[str, JsonValue] | None = None
    mode: Mode = Mode.STANDARD
    rubric: str = "default"
    rubrics_folder: Path | None = None
    cache: str | None = None
    nonce_key: SecretStr | None = None
    max_in_flight: int = Field(default=64, ge=1, le=4096)
    max_queued: int = Field(default=256, ge=0, le=1 << 20)
    max_batch: int = Field(default=64, ge=1, le=4096)
    max_body_bytes: int = Field(default=4 << 20, ge=1024, le=1 << 30)
    max_sample_bytes: int = Field(default=256 << 10, ge=256, le=16 << 20)
    body_timeout_seconds: float = Field(default=20.0, gt=0)
    request_timeout_seconds: float = Field(default=300.0, gt=0)
    shutdown_seconds: int = Field(default=30, ge=0)
    prices: str = "default"
    budget: str | None = None
    budget_file: Path | None = None

    @model_validator(mode="after")
    def _has_room_for_a_batch(self) -> Self:
        room = self.max_in_flight + self.max_queued
        if self.max_batch > room:
            raise ValueError(
                f"max_batch must not exceed max_in_flight + max_queued ({room}), found "
                f"{self.max_batch}; no batch of that size could ever be taken"
            )
        return self


def describe_settings(what: str, error: ValidationError) -> str:
    """Return what is wrong with settings, field by field, without a value: it may be a secret."""
    wrong = [
        f"  {'.'.join(map(str, detail['loc'])) or 'together'}: {detail['msg']}"
        for detail in error.errors(include_url=False, include_input=False)
    ]
    return "\n".join([f"the settings of {what} are not valid:", *wrong])
