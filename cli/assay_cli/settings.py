"""What the command line reads from the environment, once, and passes down."""

import os

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class CliSettings(BaseSettings):
    """Environment variables `ASSAY_*`; options of a command win over them."""

    model_config = SettingsConfigDict(env_prefix="ASSAY_", extra="ignore")

    database_url: str = Field(
        default="sqlite:///assay.db", description="audit database of commands without --db"
    )
    workers: int | None = Field(default=None, ge=1, description="worker processes of a run")

    @property
    def num_workers(self) -> int:
        """Worker processes when no option says otherwise: one a core."""
        return self.workers or len(os.sched_getaffinity(0))
