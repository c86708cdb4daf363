"""What tokens cost: a table of prices per model, which the user fills in.

Invariants: no price is invented (a model that the table does not name has none, and its cost is
None); money is whole micro-dollars, rounded up, so that the same tokens cost the same everywhere.
A price in dollars per million tokens is the same number in micro-dollars per token.
"""

from decimal import ROUND_CEILING, Decimal
from fnmatch import fnmatchcase

from pydantic import BaseModel, ConfigDict, Field

from assay.configs import load_config
from assay.domain.judgement import Usage

KIND = "prices"


class ModelPrice(BaseModel):
    """Prices of the models whose name `match` covers, in US dollars per million tokens.

    Attributes:
        match: the name as the server gives it; `*`, `?` and `[...]` as in file names.
        prompt: prompt tokens.
        cached: prompt tokens that the server had cached; None: they cost as much as others.
        completion: generated tokens.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    match: str = Field(min_length=1, max_length=200)
    prompt: Decimal = Field(ge=0, le=1_000_000)
    cached: Decimal | None = Field(default=None, ge=0, le=1_000_000)
    completion: Decimal = Field(ge=0, le=1_000_000)


class PriceTable(BaseModel):
    """Prices by model; the first match counts. `local` names models that cost no money."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: str = Field(min_length=1, max_length=80)
    local: tuple[str, ...] = ()
    models: tuple[ModelPrice, ...] = ()

    def price_of(self, model: str) -> ModelPrice | None:
        """Return the price of a model, or None where the table has none."""
        if any(fnmatchcase(model, pattern) for pattern in self.local):
            return ModelPrice(match="*", prompt=Decimal(0), completion=Decimal(0))
        return next((p for p in self.models if fnmatchcase(model, p.match)), None)

    def cost(self, model: str, usage: Usage) -> int | None:
        """Return what `usage` costs in micro-dollars, rounded up; None without a price.

        Tokens that the server does not say were cached are paid in full.
        """
        price = self.price_of(model)
        if price is None:
            return None
        num_cached = min(usage.num_cached_tokens or 0, usage.num_prompt_tokens)
        cached = price.prompt if price.cached is None else price.cached
        total = (
            price.prompt * (usage.num_prompt_tokens - num_cached)
            + cached * num_cached
            + price.completion * usage.num_completion_tokens
        )
        return int(total.to_integral_value(rounding=ROUND_CEILING))


def load_prices(name_or_path: str = "default") -> PriceTable:
    """Return a price table: one shipped by name, or the user's own YAML.

    Raises:
        ConfigError: there is none, or it does not describe a price table.
    """
    return load_config(PriceTable, KIND, name_or_path)


def describe_money(micro_usd: int) -> str:
    """Return an amount of money for people: whole cents where it is, else millionths."""
    digits = 2 if micro_usd % 10_000 == 0 else 6
    return f"${Decimal(micro_usd) / 1_000_000:,.{digits}f}"
