"""Settings of the reward service: variables `ASSAY_RL_REWARDS_*`, read once at the start.

Options of `assay serve rl-rewards` win over them. URLs and paths come from here alone, never from a
request.
"""

import os
from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from assay.domain.errors import ConfigError
from assay_rl_rewards.keeping.limits import MAX_WAITING, ROWS_PER_FILE, SECONDS_PER_FILE


class RewardServiceSettings(BaseSettings):
    """What the service rewards by, and how much it takes on.

    Attributes:
        routes: YAML of routes, a shipped name or a path.
        workers: processes that run verifiers; None: one a core.
        deadline_seconds: processor time that one answer may take of a verifier.
        memory_bytes: address space that a worker may take beyond what it has at its start.
        max_rollouts: in one request.
        max_queued: rollouts that the service holds at a time; beyond, requests are refused (429).
        max_body_bytes: of a request.
        max_response_chars: of one response, thinking included; a longer one earns nothing.
        body_timeout_seconds: a request's body must arrive within this.
        request_timeout_seconds: a request is answered within this, with a problem if need be.
        shutdown_seconds: what is held at SIGTERM may take this long to finish.
        keep: folder for the rollouts with their rewards, to be verified again; None: none is kept.
        keep_rows_per_file: a file is written when as many wait,
        keep_seconds_per_file: or when the first has waited for this long.
        keep_max_waiting: held in memory while the disk refuses; then requests are refused (503).
        judge_url: a judge service, for routes with the part `judge`; None: there is none.
        judge_api_key: one of its keys.
        judge_mode: of its modes; None: its own.
        judge_rubric: a rubric that it knows; None: its own.
        judge_concurrency: requests to it at a time; fewer while it has no room.
        reward_model_folder: a reward model's files, for routes with the part `reward_model`; its
            tokenizer and chat template are read here even where a server computes.
        reward_model_scale: the constants of this model's version (JSON).
        reward_model_url: vLLM's pooling server; None: the checkpoint is computed in this process.
        reward_model_name: its name on that server; None: the folder's.
        reward_model_version: of the weights on that server, by your own count.
        reward_model_api_key: that server's key.
        reward_model_max_tokens: longest conversation; None: what the model's configuration says.
        reward_model_device: torch's, where the checkpoint is computed here.
        reward_model_concurrency: requests to that server at a time.
        require_scorers: whether the service is unready while a judge or server named here is away.
    """

    model_config = SettingsConfigDict(env_prefix="ASSAY_RL_REWARDS_", extra="ignore", frozen=True)

    routes: str = "default"
    workers: int | None = Field(default=None, ge=1, le=512)
    deadline_seconds: float = Field(default=2.0, gt=0, le=600)
    memory_bytes: int = Field(default=1 << 30, ge=1 << 28)
    max_rollouts: int = Field(default=4096, ge=1, le=1 << 16)
    max_queued: int = Field(default=32_768, ge=1, le=1 << 20)
    max_body_bytes: int = Field(default=64 << 20, ge=1024, le=1 << 30)
    max_response_chars: int = Field(default=1 << 20, ge=1024, le=1 << 26)
    body_timeout_seconds: float = Field(default=60.0, gt=0)
    request_timeout_seconds: float = Field(default=300.0, gt=0)
    shutdown_seconds: int = Field(default=30, ge=0)
    keep: Path | None = None
    keep_rows_per_file: int = Field(default=ROWS_PER_FILE, ge=1, le=1 << 20)
    keep_seconds_per_file: float = Field(default=SECONDS_PER_FILE, gt=0)
    keep_max_waiting: int = Field(default=MAX_WAITING, ge=1)
    judge_url: str | None = None
    judge_api_key: SecretStr | None = None
    judge_mode: str | None = None
    judge_rubric: str | None = None
    judge_concurrency: int = Field(default=64, ge=1, le=4096)
    reward_model_folder: Path | None = None
    reward_model_scale: Path | None = None
    reward_model_url: str | None = None
    reward_model_name: str | None = None
    reward_model_version: str = "1"
    reward_model_api_key: SecretStr | None = None
    reward_model_max_tokens: int | None = Field(default=None, ge=128)
    reward_model_device: str = "cpu"
    reward_model_concurrency: int = Field(default=16, ge=1, le=4096)
    require_scorers: bool = False

    @model_validator(mode="after")
    def _has_room_for_a_batch(self) -> Self:
        if self.max_rollouts > self.max_queued:
            raise ValueError(
                f"max_rollouts must not exceed max_queued ({self.max_queued}), found "
                f"{self.max_rollouts}; no batch of that size could ever be taken"
            )
        return self

    @property
    def num_workers(self) -> int:
        """Worker processes: as set, else one for each core that this process may use."""
        return self.workers or len(os.sched_getaffinity(0))


def read_settings(**options: object) -> RewardServiceSettings:
    """Return the settings from the environment; options that are not None win.

    Raises:
        ConfigError: a value does not fit.
    """
    given = {name: value for name, value in options.items() if value is not None}
    try:
        return RewardServiceSettings(**given)  # type: ignore[arg-type]
    except ValidationError as exc:
        wrong = [
            f"  {'.'.join(map(str, detail['loc'])) or 'together'}: {detail['msg']}"
            for detail in exc.errors(include_url=False)
        ]
        raise ConfigError(
            "\n".join(["expected settings ASSAY_RL_REWARDS_* that fit, found:", *wrong])
        ) from None
