"""Puts a model judge together for one process: connection, cache, ledger and budget.

A target is plain data, so that worker processes can each make the same judge from it.
"""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from assay.domain.rubric import Rubric
from assay_judge.backend.server import connect
from assay_judge.backend.settings import BackendSettings
from assay_judge.cache.sharing import SharedJudgements
from assay_judge.cache.store import open_cache
from assay_judge.cost.budget import Budget
from assay_judge.cost.ledger import Ledger
from assay_judge.cost.prices import load_prices
from assay_judge.engine.llm_judge import LlmJudge
from assay_judge.engine.settings import EngineSettings, Mode


class JudgeTarget(BaseModel):
    """Which model judges, under which rubric, and what it may cost.

    Attributes:
        url: an OpenAI-compatible server.
        model: its name there; None where the server has just one.
        cache: see `assay_judge.cache.store.open_cache`; None for no cache.
        budget: for example `5 usd` or `2M` (tokens); None for no limit.
        budget_file: SQLite file in which processes share the budget.
        prices: price table, a shipped name or a YAML file.
        max_in_flight: requests at one time, of this process.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str
    rubric: Rubric
    model: str | None = None
    mode: Mode = Mode.STANDARD
    seed: int = Field(default=0, ge=0, lt=2**31)
    cache: str | None = None
    budget: str | None = None
    budget_file: Path | None = None
    prices: str = "default"
    max_in_flight: int = Field(default=64, ge=1, le=4096)


async def open_llm_judge(
    target: JudgeTarget,
    *,
    nonce_key: bytes,
    api_key: SecretStr | None = None,
    ledger: Ledger | None = None,
) -> LlmJudge:
    """Connect, probe the server and return a judge that owns all of it; `close` lets go.

    Raises:
        JudgeBackendError: the server cannot be reached or used.
        ConfigError: cache, budget or prices are not usable.
    """
    prices = load_prices(target.prices)
    async with AsyncExitStack() as opened:  # lets go of what was opened when a later step fails
        budget = None
        if target.budget is not None:
            budget = Budget.parse(target.budget, path=target.budget_file, prices=prices)
            opened.push_async_callback(budget.close)
        shared = SharedJudgements(await asyncio.to_thread(open_cache, target.cache))
        opened.push_async_callback(shared.close)
        backend = await connect(
            BackendSettings(
                url=target.url,
                model=target.model,
                api_key=api_key,
                max_in_flight=target.max_in_flight,
            )
        )
        opened.push_async_callback(backend.close)
        if budget is not None:
            budget.check_model(backend.capabilities.model)
        judge = LlmJudge(
            backend,
            target.rubric,
            EngineSettings(mode=target.mode, seed=target.seed, max_in_flight=target.max_in_flight),
            nonce_key=nonce_key,
            shared=shared,
            ledger=ledger or Ledger(prices),
            budget=budget,
        )
        opened.pop_all()  # from here on the judge owns all of it
        return judge
