"""What the command line reads from the environment, once, and passes down."""

import os
from pathlib import Path

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from assay.domain.errors import ConfigError


def _cache_folder() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "assay"


def whole_environment() -> dict[str, str]:
    """Return all variables, for processes that are started with them."""
    return dict(os.environ)


class CliSettings(BaseSettings):
    """Environment variables `ASSAY_*`; options of a command win over them."""

    model_config = SettingsConfigDict(env_prefix="ASSAY_", extra="ignore")

    database_url: str = Field(
        default="sqlite:///assay.db", description="audit database of commands without --db"
    )
    max_expansion: int = Field(
        default=200,
        ge=2,
        description="how many times its size a compressed input may expand, beyond 64 MiB",
    )
    workers: int | None = Field(default=None, ge=1, description="worker processes of a run")
    judge_backend_api_key: SecretStr | None = Field(
        default=None, description="key of the model server, or of an Assay judge service"
    )
    judge_nonce_key: SecretStr | None = Field(
        default=None, description="secret behind code words in prompts; default: kept in a file"
    )
    judge_cache: str = Field(
        default_factory=lambda: f"sqlite:///{_cache_folder() / 'judgements.sqlite'}",
        description="judgement cache: sqlite:///FILE, redis://HOST/DB, off",
    )
    nonce_file: Path = Field(default_factory=lambda: _cache_folder() / "nonce.key")

    @property
    def num_workers(self) -> int:
        """Worker processes when no option says otherwise: one a core."""
        return self.workers or len(os.sched_getaffinity(0))


class FilterJudgeSettings(BaseSettings):
    """Environment variables `ASSAY_FILTER_JUDGE_*`: the judge called `default` on a server."""

    model_config = SettingsConfigDict(env_prefix="ASSAY_FILTER_", extra="ignore")

    judge_url: str | None = Field(
        default=None, description="judge service or model server; none: the evidence judge"
    )
    judge_model: str | None = None
    judge_mode: str | None = Field(
        default=None, description="None: standard of a model server, a judge service's own"
    )
    judge_cache: str | None = Field(default=None, description="as ASSAY_JUDGE_CACHE")
    judge_concurrency: int = Field(default=64, ge=1, description="requests in flight a worker")


class WorkerSettings(BaseSettings):
    """Environment variables of `assay worker`; options win over them."""

    model_config = SettingsConfigDict(env_prefix="ASSAY_", extra="ignore")

    database_url: str = Field(description="the audit database, which is the queue of record")
    broker_url: SecretStr | None = Field(
        default=None, description="Redis that wakes the workers; none: they look by themselves"
    )


def read_worker_settings(database: str | None = None) -> WorkerSettings:
    """Return the settings of a worker; `database` wins over the environment.

    Raises:
        ConfigError: one is missing, or does not fit.
    """
    given = {} if database is None else {"database_url": database}
    try:
        return WorkerSettings(**given)  # type: ignore[arg-type]
    except ValidationError as exc:
        fields = ", ".join(str(error["loc"][0]) for error in exc.errors())
        raise ConfigError(
            f"expected ASSAY_DATABASE_URL and the other settings to fit, found wrong or missing: "
            f"{fields}; set them, or give --database"
        ) from None


def environment_with(**more: str) -> dict[str, str]:
    """Return this process's environment with `more`, for a child."""
    return {**os.environ, **more}
