"""Opens what rewards rollouts, and what checks tasks, for whoever has no service."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from assay.web.logs import open_log
from assay_rl_rewards.catalogue import VERIFIERS
from assay_rl_rewards.engine import RewardEngine
from assay_rl_rewards.routes.versions import load_routes
from assay_rl_rewards.service.scorer_health import ScorerHealth
from assay_rl_rewards.service.scorers import scorers_of
from assay_rl_rewards.service.settings import RewardServiceSettings
from assay_rl_rewards.service.workers import conditions_of, worker_processes
from assay_rl_rewards.tasks.screening import TaskScreen


@asynccontextmanager
async def open_screen(settings: RewardServiceSettings) -> AsyncIterator[TaskScreen]:
    """Give what checks tasks, with its own worker processes; they end with the block.

    Raises:
        ConfigError: the routes do not fit.
        RewardError: the verifiers could not be loaded.
    """
    routes = load_routes(settings.routes, VERIFIERS)
    async with worker_processes(settings)() as pool:
        yield TaskScreen(routes, pool)


@asynccontextmanager
async def open_engine(settings: RewardServiceSettings) -> AsyncIterator[RewardEngine]:
    """Give an engine with its own worker processes; they end with the block.

    Raises:
        ConfigError: the routes do not fit, or a reward model does not.
        RewardError: the verifiers could not be loaded.
    """
    routes = load_routes(settings.routes, VERIFIERS)
    open_scorers = scorers_of(settings, ScorerHealth(open_log(is_quiet=True)))
    async with worker_processes(settings)() as pool, open_scorers() as scorers:
        yield RewardEngine(routes, pool, scorers, conditions=conditions_of(settings))
