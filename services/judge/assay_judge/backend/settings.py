"""How to reach a model server, and how hard it may be pressed.

The URL comes from configuration alone, never from a request. It may end with `/v1` or not: the
OpenAI routes live under `/v1`, vLLM's own (`/tokenize`, `/version`) beside it.
"""

from collections.abc import Mapping
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    SecretStr,
    model_validator,
)
from yarl import URL


def _checked_url(text: str) -> str:
    url = URL(text)
    if url.scheme not in ("http", "https") or not url.host:
        raise ValueError(
            f"expected a URL such as http://localhost:8000/v1, found {_shown(url)!r};"
            " give the address of an OpenAI-compatible server"
        )
    if url.user or url.password or url.query_string or url.fragment:
        raise ValueError(
            f"expected a URL without credentials, query or fragment, found {_shown(url)!r};"
            " give the key as api_key"
        )
    return text


def _shown(url: URL) -> str:
    """Return a URL without the parts in which people hide keys."""
    return str(url.with_query(None).with_fragment(None).with_user(None))[:80] if url.host else "?"


class BackendSettings(BaseModel):
    """A server and the limits of talking to it.

    Attributes:
        url: address of the server, with or without `/v1`.
        model: name as `/v1/models` gives it; None where the server has just one.
        api_key: sent as a bearer token; never shown.
        timeout_seconds: the longest that one call may take, its retries and waits included. The
            wait for a first free slot is not.
        attempt_timeout_seconds: the longest that one try may take; None: half of the above.
        max_retries: further tries after the first; only for answers that may change.
        backoff_seconds: wait before the first retry; it doubles each time, to 8 s, and is shortened
            by up to half at random.
        max_retry_after_seconds: the longest that a server's Retry-After is obeyed.
        max_in_flight: requests at one time, at most.
        first_in_flight: requests at one time to begin with.
        max_batch: conversations in one batch request, at most.
        max_answer_bytes: a longer answer is refused while it is read.
        chat_template_kwargs: sent with every conversation, for example `{"enable_thinking": false}`
            for models that think aloud unless told not to. Only vLLM and SGLang know it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: Annotated[str, AfterValidator(_checked_url)]
    model: str | None = None
    api_key: SecretStr | None = None
    timeout_seconds: float = Field(default=120.0, gt=0)
    attempt_timeout_seconds: float | None = Field(default=None, gt=0)
    max_retries: int = Field(default=4, ge=0, le=20)
    backoff_seconds: float = Field(default=0.25, ge=0)
    max_retry_after_seconds: float = Field(default=30.0, ge=0)
    max_in_flight: int = Field(default=64, ge=1, le=4096)
    first_in_flight: int = Field(default=8, ge=1)
    max_batch: int = Field(default=32, ge=1)
    max_answer_bytes: int = Field(default=8 * 2**20, ge=1024)
    chat_template_kwargs: Mapping[str, JsonValue] | None = None

    @model_validator(mode="after")
    def _attempt_fits(self) -> "BackendSettings":
        if (self.attempt_timeout_seconds or 0.0) > self.timeout_seconds:
            raise ValueError(
                f"expected attempt_timeout_seconds <= timeout_seconds ({self.timeout_seconds}),"
                f" found {self.attempt_timeout_seconds}; one try cannot outlast its call"
            )
        return self

    @property
    def root(self) -> URL:
        """The server's address without `/v1`."""
        return URL(self.url.rstrip("/").removesuffix("/v1"))

    @property
    def longest_attempt_seconds(self) -> float:
        """The time one try may take; half of a call's leaves room for another."""
        return self.attempt_timeout_seconds or self.timeout_seconds / 2
