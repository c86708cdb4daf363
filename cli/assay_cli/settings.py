"""What the command line reads from the environment, once, and passes down."""

import os
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


def _cache_folder() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "assay"


class CliSettings(BaseSettings):
    """Environment variables `ASSAY_*`; options of a command win over them."""

    model_config = SettingsConfigDict(env_prefix="ASSAY_", extra="ignore")

    database_url: str = Field(
        default="sqlite:///assay.db", description="audit database of commands without --db"
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
