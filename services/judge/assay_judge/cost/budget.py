"""A budget: money or tokens granted, reserved before they are spent.

Before a judgement its estimate is reserved, after it the real usage replaces the reservation.
Invariant: nothing is reserved beyond the limit, so the limit can only be passed by the amount by
which judgements in flight cost more than was estimated for them. A crash can hide what its
judgements in flight had used: their reservations are released, for nobody can settle them.
"""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from pathlib import Path
from typing import Self

from assay.domain.errors import BudgetError, ConfigError
from assay.domain.judgement import Usage
from assay_judge.cost.account import Account, FileAccount, MemoryAccount
from assay_judge.cost.prices import PriceTable, describe_money

MAX_LIMIT = 1 << 62  # SQLite's integers have 64 bits
MICRO = 1_000_000


class Unit(StrEnum):
    """What a budget counts."""

    MICRO_USD = "micro_usd"
    TOKENS = "tokens"


_WORDS = {
    Unit.MICRO_USD: ("usd", "dollar", "dollars", "$"),
    Unit.TOKENS: ("", "token", "tokens", "tok"),
}
_FACTORS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "b": 10**9}
_SUFFIXES = {
    factor + word: (_FACTORS[factor] * (MICRO if unit is Unit.MICRO_USD else 1), unit)
    for unit, words in _WORDS.items()
    for word in words
    for factor in _FACTORS
}


@dataclass(frozen=True, slots=True)
class Limit:
    """An amount in a unit."""

    amount: int
    unit: Unit

    def __str__(self) -> str:
        return describe_amount(self.amount, self.unit)


@dataclass(frozen=True, slots=True)
class Reservation:
    """What was reserved for one judgement of `model`."""

    id: int
    amount: int
    model: str


@dataclass(frozen=True, slots=True)
class BudgetState:
    """A budget at one moment; all in `unit`."""

    unit: Unit
    limit: int
    spent: int
    reserved: int


class Budget:
    """A limit in money or in tokens, for this process or, with `path`, for all that share the file.

    Tokens are prompt tokens, cached or not, plus generated ones. Processes that share a file may
    have different limits: each is refused by its own.

    Args:
        limit_micro_usd: millionths of a US dollar; needs `prices`.
        limit_tokens: tokens. Exactly one of the two is given.
        path: an SQLite file that carries what was spent from one run to the next.
        prices: the price table.

    Raises:
        ConfigError: no limit or two, a negative one, money without prices, or an unusable file.
    """

    def __init__(
        self,
        limit_micro_usd: int | None = None,
        limit_tokens: int | None = None,
        path: Path | None = None,
        *,
        prices: PriceTable | None = None,
    ) -> None:
        self.limit = _limit_of(limit_micro_usd, limit_tokens)
        if self.limit.unit is Unit.MICRO_USD and prices is None:
            raise ConfigError(
                "expected prices for a budget in money, found none; give a price table, or the "
                "budget in tokens"
            )
        self._prices = prices
        self._account: Account = (
            MemoryAccount() if path is None else FileAccount(path, unit=self.limit.unit)
        )

    @classmethod
    def parse(
        cls, text: str, *, path: Path | None = None, prices: PriceTable | None = None
    ) -> Self:
        """Return the budget that a text means; see `parse_limit`."""
        limit = parse_limit(text)
        if limit.unit is Unit.TOKENS:
            return cls(limit_tokens=limit.amount, path=path, prices=prices)
        return cls(limit_micro_usd=limit.amount, path=path, prices=prices)

    def check_model(self, model: str) -> None:
        """Make sure that what `model` uses can be counted; call it before the first judgement.

        Raises:
            ConfigError: the budget is in money and the model has no price.
        """
        self._amount_of(Usage(), model)

    async def reserve(self, estimate: Usage, *, model: str = "") -> Reservation:
        """Reserve what a judgement is expected to use at most.

        Every reservation must be settled, also that of a judgement that failed.

        Raises:
            BudgetError: it would pass the limit; nothing is reserved.
            ConfigError: the budget is in money and the model has no price.
            JudgeBackendError: the budget's file failed.
        """
        amount = self._amount_of(estimate, model)
        granted = await self._account.reserve(amount, self.limit.amount)
        if granted.id is None:
            unit = self.limit.unit
            raise BudgetError(
                f"expected {describe_amount(amount, unit)} to be left of the budget of "
                f"{self.limit}, found {describe_amount(granted.balance.spent, unit)} spent and "
                f"{describe_amount(granted.balance.reserved, unit)} reserved; raise the budget and "
                "run again: what is judged is kept"
            )
        return Reservation(granted.id, amount, model)

    def settle(self, reservation: Reservation, usage: Usage) -> None:
        """Replace a reservation by what was really used; never waits.

        `Usage()` says that nothing was used.
        """
        self._account.settle(reservation.id, self._amount_of(usage, reservation.model))

    async def state(self) -> BudgetState:
        """Return the figures."""
        balance = await self._account.balance()
        return BudgetState(self.limit.unit, self.limit.amount, balance.spent, balance.reserved)

    async def close(self) -> None:
        """Release this budget's open reservations and let go of its file."""
        await self._account.close()

    def _amount_of(self, usage: Usage, model: str) -> int:
        if self.limit.unit is Unit.TOKENS:
            return usage.num_prompt_tokens + usage.num_completion_tokens
        assert self._prices is not None
        cost = self._prices.cost(model, usage)
        if cost is None:
            raise ConfigError(
                f"expected a price for model {model!r:.80} in price table "
                f"{self._prices.version!r}, found none; add it (its `match` covers names with *), "
                "or give the budget in tokens"
            )
        return cost


def parse_limit(text: str) -> Limit:
    """Return the limit that a text means: `5 usd`, `2.50$`, `$3`, `300k tokens`, `2M`.

    A number without a unit is tokens; k, M and G (or B) are thousands, millions and billions.

    Raises:
        ConfigError: it is neither money nor tokens, not positive, or too large.
    """
    words = "".join(text.lower().split())
    if words.startswith("$"):
        words = words[1:] + "$"
    end = next((i for i, c in enumerate(words) if c not in "0123456789.,_"), len(words))
    digits, suffix = words[:end].replace("_", ""), words[end:]
    if "," in digits:
        raise _no_budget(text, "a comma, which some read as a point")
    if suffix not in _SUFFIXES:
        raise _no_budget(text, "a unit that is neither money nor tokens")
    factor, unit = _SUFFIXES[suffix]
    try:
        amount = Decimal(digits) * factor
    except InvalidOperation:
        raise _no_budget(text, "no number in front") from None
    if not 0 < amount <= MAX_LIMIT:
        raise _no_budget(text, "an amount that is not positive, or too large to count")
    if amount != int(amount):
        raise _no_budget(text, "a fraction of a token or of a millionth of a dollar")
    return Limit(int(amount), unit)


def describe_amount(amount: int, unit: Unit) -> str:
    """Return an amount for people."""
    return describe_money(amount) if unit is Unit.MICRO_USD else f"{amount:,} tokens"


def _limit_of(micro_usd: int | None, tokens: int | None) -> Limit:
    if micro_usd is not None and tokens is None and micro_usd >= 0:
        return Limit(micro_usd, Unit.MICRO_USD)
    if tokens is not None and micro_usd is None and tokens >= 0:
        return Limit(tokens, Unit.TOKENS)
    raise ConfigError(
        f"expected one limit, in money or in tokens, of 0 or more, found {micro_usd!r} micro-USD "
        f"and {tokens!r} tokens; give one"
    )


def _no_budget(text: str, found: str) -> ConfigError:
    return ConfigError(
        "expected a budget such as '5 usd', '2.50$', '300k tokens' or '2M' (tokens), found "
        f"{found} in {text!r:.80}; correct it"
    )
