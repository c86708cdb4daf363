"""Which server embeds, and how alike two samples must read to be flagged.

What decides the flags is recorded with the run; the key is not part of it and stays in the
environment of whoever asks.
"""

import hashlib
from typing import Self
from urllib.parse import urlsplit

import orjson
from pydantic import BaseModel, ConfigDict, Field, HttpUrl, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from assay.configs import parse_config
from assay.domain.errors import ConfigError

DEFAULT_THRESHOLD = 0.95


class SemanticSettings(BaseModel):
    """The semantic tier of one run, without secrets."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: HttpUrl = Field(description="root of an OpenAI-compatible server, with or without /v1")
    model: str = Field(min_length=1, max_length=200, description="the embedding model there")
    threshold: float = Field(
        default=DEFAULT_THRESHOLD, ge=0.5, le=1.0, description="cosine from which one is flagged"
    )
    max_chars: int = Field(
        default=8000, ge=1, description="a text is cut here, at characters, before it is sent"
    )
    max_compared: int = Field(
        default=50_000,
        ge=2,
        description="samples up to which each is compared with all before it; beyond, with about "
        "so many of the nearest cells",
    )
    batch_size: int = Field(default=64, ge=1, le=2048, description="texts a request")
    max_in_flight: int = Field(default=4, ge=1, le=256, description="requests at a time, a worker")
    timeout_seconds: float = Field(default=60.0, gt=0, description="of one request")
    num_retries: int = Field(default=4, ge=0, le=20, description="after the first try")
    backoff_seconds: float = Field(default=0.5, ge=0, description="doubled with each retry")
    max_response_bytes: int = Field(
        default=64 << 20, ge=1024, description="an answer beyond this is refused unread"
    )

    @property
    def endpoint(self) -> str:
        """The server's root; conditions and manifest hold its digest alone."""
        return str(self.url).rstrip("/").removesuffix("/v1").rstrip("/")

    @property
    def conditions(self) -> dict[str, object]:
        """What of it decides the flags; `digest` is over the rest.

        The server's address is told as a digest: another server is another condition, and who
        reads the records of a run over REST need not know where the service's server stands.
        """
        deciding = {
            "endpoint_sha256": hashlib.sha256(self.endpoint.encode()).hexdigest(),
            "model": self.model,
            "threshold": self.threshold,
            "max_chars": self.max_chars,
            "max_compared": self.max_compared,
        }
        body = orjson.dumps(deciding, option=orjson.OPT_SORT_KEYS)
        return {**deciding, "digest": hashlib.sha256(body).hexdigest()}


class EmbeddingSettings(BaseSettings):
    """Environment variables `ASSAY_EMBEDDING_*`: the server that embeds, for runs that ask for it.

    Attributes:
        url: root of an OpenAI-compatible server; None: there is none, and no run may ask for it.
        model: the embedding model there.
        api_key: sent to it as a bearer token; of workers, too.
        max_chars: a text is cut here before it is sent.
        max_compared: samples up to which each is compared with all before it.
        batch_size: texts a request.
        max_in_flight: requests at a time, a worker.
        timeout_seconds: of one request.
    """

    model_config = SettingsConfigDict(env_prefix="ASSAY_EMBEDDING_", extra="ignore", frozen=True)

    url: str | None = None
    model: str | None = None
    api_key: SecretStr | None = None
    max_chars: int | None = None
    max_compared: int | None = None
    batch_size: int | None = None
    max_in_flight: int | None = None
    timeout_seconds: float | None = None

    def checked(self) -> Self:
        """Return these settings, known to fit: a service must not learn it from a caller.

        Raises:
            ConfigError: a server is named, and it or another value does not fit.
        """
        if self.url is not None:
            self.semantic(DEFAULT_THRESHOLD)
        return self

    def semantic(
        self, threshold: float, *, url: str | None = None, model: str | None = None
    ) -> SemanticSettings:
        """Return the semantic tier of a run; `url` and `model` win over the environment.

        Raises:
            ConfigError: no server or no model is named, or a value does not fit.
        """
        given = self.model_dump(exclude={"api_key"}, exclude_none=True)
        named = {"url": url, "model": model, "threshold": threshold}
        given |= {name: value for name, value in named.items() if value is not None}
        missing = [name for name in ("url", "model") if name not in given]
        if missing:
            variables = " and ".join(f"ASSAY_EMBEDDING_{name.upper()}" for name in missing)
            raise ConfigError(
                f"expected an embedding server for the semantic tier, found no {variables}; set "
                "it, or leave the tier out"
            )
        _refuse_secrets(str(given["url"]))
        return parse_config(SemanticSettings, given, "the embedding server")


def _refuse_secrets(url: str) -> None:
    """Refuse a URL whose parts must not stand in records, without repeating it."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return  # no URL at all: said where it is parsed
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise ConfigError(
            "expected the URL of an embedding server without credentials, query or fragment, "
            "found one with them; give the key as ASSAY_EMBEDDING_API_KEY"
        )
