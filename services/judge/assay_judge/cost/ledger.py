"""The ledger: what judging has cost so far, in all and by model.

It counts; it decides nothing (`budget` does). Invariants: totals are sums of what was recorded,
whatever the order or thread; the cost is None, not zero, as soon as a model that used tokens has no
price.
"""

import threading
from collections import Counter
from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field

from assay.domain.judgement import Judgement, Usage
from assay_judge.cost.prices import PriceTable


class ModelTotals(BaseModel):
    """What one model has cost."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    usage: Usage = Usage()
    num_judgements: int = 0
    num_errors: int = 0
    cost_micro_usd: int | None = None


class LedgerSnapshot(BaseModel):
    """The ledger at one moment.

    Attributes:
        usage: the sum over all models.
        models: totals by the model's name; empty where nobody named one.
        num_cache_hits: judgements that cost nothing, for they were made before.
        errors: number of failed judgements by code.
        cost_micro_usd: millionths of a US dollar; None if a model with tokens has no price.
        prices: version of the price table; None where none was given.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    usage: Usage = Usage()
    models: Mapping[str, ModelTotals] = Field(default_factory=dict)
    num_judgements: int = 0
    num_cache_hits: int = 0
    num_fabricated_quotes: int = 0
    errors: Mapping[str, int] = Field(default_factory=dict)
    cost_micro_usd: int | None = None
    prices: str | None = None


class Ledger:
    """Adds up usage; safe to use from any thread."""

    def __init__(self, prices: PriceTable | None = None) -> None:
        self._prices = prices
        self._lock = threading.Lock()
        self._usage: dict[str, Usage] = {}
        self._num_judgements: Counter[str] = Counter()
        self._num_errors: Counter[str] = Counter()  # by model
        self._errors: Counter[str] = Counter()  # by code
        self._num_fabricated_quotes = 0

    def record(self, usage: Usage, *, model: str = "", num_fabricated_quotes: int = 0) -> None:
        """Record one judgement."""
        with self._lock:
            self._usage[model] = self._usage.get(model, Usage()) + usage
            self._num_judgements[model] += 1
            self._num_fabricated_quotes += num_fabricated_quotes

    def record_judgement(self, judgement: Judgement) -> None:
        """Record one judgement under its judge's name, with the usage that it carries."""
        self.record(
            judgement.usage or Usage(),
            model=judgement.judge,
            num_fabricated_quotes=judgement.num_fabricated_quotes,
        )

    def record_rewrite(self, usage: Usage, *, model: str = "") -> None:
        """Record a rewrite of a response; it is no judgement."""
        with self._lock:
            self._usage[model] = self._usage.get(model, Usage()) + usage

    def record_failure(self, code: str, *, usage: Usage | None = None, model: str = "") -> None:
        """Record a judgement that failed, with what it cost all the same."""
        with self._lock:
            self._usage[model] = self._usage.get(model, Usage()) + (usage or Usage())
            self._num_errors[model] += 1
            self._errors[code] += 1

    @property
    def totals(self) -> Usage:
        """The usage of all that was recorded."""
        with self._lock:
            return sum(self._usage.values(), Usage())

    def snapshot(self) -> LedgerSnapshot:
        """Return all totals at one moment."""
        with self._lock:
            usage = sum(self._usage.values(), Usage())
            models = {model: self._totals_of(model) for model in sorted(self._usage)}
            return LedgerSnapshot(
                usage=usage,
                models=models,
                num_judgements=self._num_judgements.total(),
                num_cache_hits=usage.from_cache,
                num_fabricated_quotes=self._num_fabricated_quotes,
                errors=dict(sorted(self._errors.items())),
                cost_micro_usd=self._cost_of(models),
                prices=None if self._prices is None else self._prices.version,
            )

    def _totals_of(self, model: str) -> ModelTotals:
        usage = self._usage[model]
        cost = None if self._prices is None else self._prices.cost(model, usage)
        return ModelTotals(
            usage=usage,
            num_judgements=self._num_judgements[model],
            num_errors=self._num_errors[model],
            cost_micro_usd=cost,
        )

    def _cost_of(self, models: Mapping[str, ModelTotals]) -> int | None:
        if self._prices is None:
            return None
        costs = [m.cost_micro_usd for m in models.values() if _has_tokens(m.usage)]
        known = [cost for cost in costs if cost is not None]
        return sum(known) if len(known) == len(costs) else None


def _has_tokens(usage: Usage) -> bool:
    return usage.num_prompt_tokens + usage.num_completion_tokens > 0
