"""Model judges over one server: one `LlmJudge` per mode and rubric, all sharing what is dear.

The connection, the cache, the ledger and the budget are shared. When the server was lost and is
back it is probed anew; one that now answers otherwise (another model, other abilities) replaces the
former, for a judge's version is what its server was found to be.
"""

import asyncio
from dataclasses import dataclass

from pydantic import ValidationError

from assay.domain.errors import ConfigError
from assay.domain.rubric import Rubric
from assay_judge.backend.contract import Capabilities
from assay_judge.backend.server import ServerBackend, connect
from assay_judge.backend.settings import BackendSettings
from assay_judge.cache.sharing import SharedJudgements
from assay_judge.cache.store import open_cache
from assay_judge.cost.budget import Budget
from assay_judge.cost.ledger import Ledger
from assay_judge.cost.prices import load_prices
from assay_judge.engine.llm_judge import LlmJudge
from assay_judge.engine.settings import EngineSettings, Mode
from assay_judge.service.settings import JudgeServiceSettings, describe_settings


@dataclass(frozen=True, slots=True)
class Purse:
    """What judging may cost, and what it has cost."""

    ledger: Ledger
    budget: Budget | None = None


class LlmSource:
    """Judges on one model server."""

    modes = tuple(Mode)

    def __init__(
        self,
        backend: BackendSettings,
        engine: EngineSettings,
        *,
        nonce_key: bytes,
        cache: str | None,
        purse: Purse,
    ) -> None:
        self._settings = backend
        self._engine = engine
        self._nonce_key = nonce_key
        self._cache = cache
        self._purse = purse
        self._shared: SharedJudgements | None = None
        self._backend: ServerBackend | None = None
        self._former: list[ServerBackend] = []
        self._judges: dict[tuple[Mode, str], LlmJudge] = {}

    async def open(self) -> None:
        if self._shared is None:
            self._shared = SharedJudgements(await asyncio.to_thread(open_cache, self._cache))
        backend = await connect(self._settings)
        if self._purse.budget is not None:
            try:
                self._purse.budget.check_model(backend.capabilities.model)
            except ConfigError:
                await backend.close()
                raise
        if self._backend is None:
            self._backend = backend
        elif _abilities(self._backend) == _abilities(backend):
            await backend.close()
        else:
            self._former.append(self._backend)  # judgements in flight may still use it
            self._backend = backend
            self._judges = {}

    def judge(self, mode: Mode | None, rubric: Rubric) -> LlmJudge:
        assert self._backend is not None
        mode = mode or self._engine.mode
        key = (mode, rubric.digest)
        judge = self._judges.get(key)
        if judge is None:
            judge = self._judges[key] = LlmJudge(
                self._backend,
                rubric,
                self._engine.model_copy(update={"mode": mode}),
                nonce_key=self._nonce_key,
                shared=self._shared,
                ledger=self._purse.ledger,
                budget=self._purse.budget,
            )
        return judge

    def capabilities(self) -> Capabilities | None:
        return None if self._backend is None else self._backend.capabilities

    def concurrency(self) -> int:
        return 0 if self._backend is None else self._backend.limiter.limit

    def cost_micro_usd(self) -> int | None:
        return self._purse.ledger.snapshot().cost_micro_usd

    async def close(self) -> None:
        for backend in (*self._former, self._backend):
            if backend is not None:
                await backend.close()
        if self._shared is not None:
            await self._shared.close()
        if self._purse.budget is not None:
            await self._purse.budget.close()


def _abilities(backend: ServerBackend) -> Capabilities:
    """Return what the probe found, but for what differs from one probe to the next."""
    return backend.capabilities.model_copy(update={"probed_mass": None, "problems": ()})


def make_llm_source(settings: JudgeServiceSettings, nonce_key: bytes) -> LlmSource:
    """Return judges on the server that the settings name.

    Raises:
        ConfigError: the URL, the price table or the budget is wrong.
    """
    prices = load_prices(settings.prices)
    budget = None
    if settings.budget is not None:
        budget = Budget.parse(settings.budget, path=settings.budget_file, prices=prices)
    try:
        backend = BackendSettings(
            url=settings.backend_url,
            model=settings.backend_model,
            api_key=settings.backend_api_key,
            timeout_seconds=settings.backend_timeout_seconds,
            max_in_flight=settings.backend_max_in_flight,
            chat_template_kwargs=settings.backend_chat_template_kwargs,
        )
    except ValidationError as exc:
        raise ConfigError(describe_settings("the model server", exc)) from None
    return LlmSource(
        backend,
        EngineSettings(mode=settings.mode, max_in_flight=settings.max_in_flight),
        nonce_key=nonce_key,
        cache=settings.cache,
        purse=Purse(Ledger(prices), budget),
    )
