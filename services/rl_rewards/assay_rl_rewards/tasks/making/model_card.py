"""What a model may say of itself: the source of identity and calibration tasks."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assay.domain.errors import ConfigError


class ModelCard(BaseModel):
    """The facts of one model.

    Attributes:
        name, maker: as the model is to say them; `name_aliases` and `maker_aliases` are further
            spellings that are right.
        languages: ISO 639-1 codes.
        licence: its name; `licence_aliases` are further spellings.
        context_length: tokens.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1)
    maker: str = Field(min_length=1)
    languages: Sequence[str] = Field(min_length=1)
    licence: str = Field(min_length=1)
    context_length: int = Field(ge=1)
    name_aliases: Sequence[str] = ()
    maker_aliases: Sequence[str] = ()
    licence_aliases: Sequence[str] = ()

    @property
    def facts(self) -> list[str]:
        """The figures of the card, as texts."""
        return [
            f"{self.context_length} tokens",
            f"{self.context_length // 1024}K tokens",
            f"{len(self.languages)} languages",
            self.licence,
            *self.licence_aliases,
        ]


EXAMPLE_CARD = ModelCard(
    name="Larch",
    maker="Northwood Labs",
    languages=("en", "de", "es", "fr", "ja", "pt", "ar", "cs", "it", "ko", "nl", "zh"),
    licence="Apache-2.0",
    context_length=131_072,
    licence_aliases=("Apache 2.0", "Apache License 2.0", "Apache License, Version 2.0"),
)


def read_card(card: Mapping[str, Any] | ModelCard | None) -> ModelCard:
    """Read a card; None is the example.

    Raises:
        ConfigError: a fact is missing or of another kind.
    """
    if card is None:
        return EXAMPLE_CARD
    if isinstance(card, ModelCard):
        return card
    try:
        return ModelCard.model_validate(dict(card))
    except ValidationError as exc:
        error = exc.errors(include_url=False)[0]
        told = f"{'.'.join(map(str, error['loc']))}: {error['msg']}"
        raise ConfigError(f"expected a model card with its facts: {told}") from exc
