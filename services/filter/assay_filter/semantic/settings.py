"""Which server embeds, and how alike two samples must read to be flagged."""

from pydantic import BaseModel, ConfigDict, Field, HttpUrl, SecretStr


class SemanticSettings(BaseModel):
    """The semantic tier; the URL comes from configuration alone, never from data or a request."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: HttpUrl = Field(description="root of an OpenAI-compatible server, without /v1")
    model: str = Field(min_length=1, description="name of the embedding model there")
    api_key: SecretStr | None = Field(default=None, description="sent as a bearer token")
    threshold: float = Field(
        default=0.95, ge=0.5, le=1.0, description="cosine from which two samples are flagged"
    )
    batch_size: int = Field(default=64, ge=1, le=2048, description="texts a request")
    max_chars: int = Field(
        default=8000, ge=1, description="a text is cut here, at characters, before it is sent"
    )
    max_in_flight: int = Field(default=4, ge=1, le=256, description="requests at a time")
    timeout_seconds: float = Field(default=60.0, gt=0, description="of one request")
    num_retries: int = Field(default=4, ge=0, le=20, description="after the first try")
    backoff_seconds: float = Field(default=0.5, ge=0, description="doubled with each retry")
    max_response_bytes: int = Field(
        default=64 << 20, ge=1024, description="an answer beyond this is refused unread"
    )
    max_samples: int = Field(
        default=200_000, ge=1, description="of one comparison; beyond it is refused"
    )
