"""Settings of the filter service: environment variables `ASSAY_FILTER_*`, read once at the start.

Options of `assay serve filter` win over them. The database, the broker and every path come from
here alone, never from a request.
"""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from assay.domain.errors import ConfigError

DATABASE_FILE = "assay.db"


class HomeSettings(BaseSettings):
    """Where the truth and the doorbell are; shared by API and workers.

    Attributes:
        database_url: PostgreSQL, or SQLite; None: a SQLite file in the store.
        broker_url: Redis that wakes Celery workers; None: workers look into the database.
    """

    model_config = SettingsConfigDict(env_prefix="ASSAY_", extra="ignore", frozen=True)

    database_url: SecretStr | None = None
    broker_url: SecretStr | None = None


class FilterServiceSettings(BaseSettings):
    """What the service keeps, for how long, and how much it takes on.

    Attributes:
        store: folder that API and workers share: uploads, results, copies in other formats.
        max_upload_bytes: of one file as sent.
        max_expansion: how many times its size a compressed file may expand, beyond 64 MiB.
        max_expanded_bytes: of one file after decompression.
        max_stored_bytes: of all uploads together.
        max_files: uploads kept at a time.
        max_body_bytes: of a request that is no upload.
        max_inline_samples: samples that a request for a run may hold itself.
        max_batch_lines: requests in the input file of a batch.
        max_batch_bytes: of the input file of a batch, decompressed.
        max_convert_bytes: of a JSONL result that is written again as Parquet.
        default_pipeline: of requests that name none.
        default_rubric: of requests that name none.
        default_judge: of requests that name none.
        pipelines_folder: YAML pipelines beside the shipped ones; file names are their names.
        rubrics_folder: YAML rubrics beside the shipped ones.
        patience_seconds: how long a judge may be gone before a run stops, resumable.
        output_format: of results where a request names none.
        idempotency_hours: how long the answer to an Idempotency-Key is kept.
        file_hours: how long an upload that no run works on is kept; None: until it is deleted.
        poll_seconds: how often a watched run is looked at.
        heartbeat_seconds: how often a silent stream of events says that it lives.
        max_watchers: streams of events at a time.
        body_timeout_seconds: a request's body must arrive within this; of an upload, each part.
        shutdown_seconds: what is held at SIGTERM may take this long to finish.
    """

    model_config = SettingsConfigDict(env_prefix="ASSAY_FILTER_", extra="ignore", frozen=True)

    store: Path
    max_upload_bytes: int = Field(default=2 << 30, ge=1)
    max_expansion: int = Field(default=200, ge=2)
    max_expanded_bytes: int = Field(default=64 << 30, ge=1)
    max_stored_bytes: int = Field(default=200 << 30, ge=1)
    max_files: int = Field(default=10_000, ge=1)
    max_body_bytes: int = Field(default=16 << 20, ge=1024, le=1 << 30)
    max_inline_samples: int = Field(default=1000, ge=1, le=100_000)
    max_batch_lines: int = Field(default=50_000, ge=1)
    max_batch_bytes: int = Field(default=200 << 20, ge=1)
    max_convert_bytes: int = Field(default=1 << 30, ge=0)
    default_pipeline: str = "default"
    default_rubric: str = "default"
    default_judge: str = "default"
    pipelines_folder: Path | None = None
    rubrics_folder: Path | None = None
    patience_seconds: float = Field(default=1800.0, ge=0)
    output_format: Literal["jsonl", "parquet"] = "jsonl"
    idempotency_hours: float = Field(default=24.0, gt=0)
    file_hours: float | None = Field(default=None, gt=0)
    poll_seconds: float = Field(default=0.5, gt=0)
    heartbeat_seconds: float = Field(default=15.0, gt=0)
    max_watchers: int = Field(default=256, ge=1)
    body_timeout_seconds: float = Field(default=30.0, gt=0)
    shutdown_seconds: int = Field(default=30, ge=0)


def read_settings(**options: object) -> FilterServiceSettings:
    """Return the settings from the environment; options that are not None win.

    Raises:
        ConfigError: a value does not fit, or the store is not named.
    """
    given = {name: value for name, value in options.items() if value is not None}
    try:
        return FilterServiceSettings(**given)  # type: ignore[arg-type]
    except ValidationError as exc:
        raise ConfigError(_described("ASSAY_FILTER_*", exc)) from None


def database_of(settings: FilterServiceSettings, given: str | None = None) -> str:
    """Return the database to use: the given one, the environment's, or a file in the store."""
    if given is not None:
        return given
    url = HomeSettings().database_url
    if url is not None:
        return url.get_secret_value()
    return f"sqlite:///{settings.store.absolute() / DATABASE_FILE}"


def broker_of(given: str | None = None) -> str | None:
    """Return the broker to ring: the given one, the environment's, or None."""
    if given is not None:
        return given
    url = HomeSettings().broker_url
    return None if url is None else url.get_secret_value()


def _described(what: str, error: ValidationError) -> str:
    """Return what is wrong with settings, field by field, without a value: it may be a secret."""
    wrong = [
        f"  {'.'.join(map(str, detail['loc'])) or 'together'}: {detail['msg']}"
        for detail in error.errors(include_url=False, include_input=False)
    ]
    return "\n".join([f"the settings of {what} are not valid:", *wrong])
