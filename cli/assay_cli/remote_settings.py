"""Where the filter service is, read from the environment once."""

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class RemoteSettings(BaseSettings):
    """Environment variables of the commands that talk to a filter service; --url wins.

    The key is one of the service's keys, of which `ASSAY_API_KEYS` lists all.
    """

    model_config = SettingsConfigDict(env_prefix="ASSAY_", extra="ignore")

    filter_url: str = Field(default="http://127.0.0.1:8002")
    api_key: SecretStr | None = Field(default=None)
