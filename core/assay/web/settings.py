"""What every service reads from the environment, once, at its composition root."""

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from assay.web.auth import ApiKeys


class AccessSettings(BaseSettings):
    """Who may ask: `ASSAY_API_KEYS`, separated by commas; shared by all services."""

    model_config = SettingsConfigDict(env_prefix="ASSAY_", extra="ignore", frozen=True)

    api_keys: SecretStr = Field(default=SecretStr(""), description="accepted keys, comma separated")

    def keys(self) -> ApiKeys:
        """Return the keys, ready to compare.

        Raises:
            ConfigError: a key is too short, or holds what a header cannot.
        """
        return ApiKeys.parse(self.api_keys.get_secret_value())
