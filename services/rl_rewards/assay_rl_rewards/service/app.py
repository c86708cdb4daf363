"""Puts the reward service together from its settings."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, nullcontext
from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from prometheus_client import CollectorRegistry

from assay.web.app import Application, Parts, ServiceCard, create_app
from assay.web.auth import ApiKeys
from assay.web.bodies import BodyLimits
from assay.web.health import Check
from assay.web.logs import Log
from assay.web.metrics import RequestMetrics
from assay.web.saturation import Admission
from assay_rl_rewards.catalogue import VERIFIERS
from assay_rl_rewards.engine import RewardEngine
from assay_rl_rewards.routes.versions import load_routes
from assay_rl_rewards.scorer import Scorer
from assay_rl_rewards.service.metrics import KeepMetrics, PoolMetrics, RewardMetrics
from assay_rl_rewards.service.overview import describe_domains
from assay_rl_rewards.service.protocol_routes import make_protocol_routes, model_of
from assay_rl_rewards.service.routes import make_routes
from assay_rl_rewards.service.schemas import RewardsRequest, TasksRequest
from assay_rl_rewards.service.scorer_health import ScorerHealth
from assay_rl_rewards.service.scorers import OpenScorers, scorers_of
from assay_rl_rewards.service.scoring import Limits, RewardScoring
from assay_rl_rewards.service.settings import RewardServiceSettings
from assay_rl_rewards.service.validating import TaskValidation
from assay_rl_rewards.service.workers import OpenPool, Workers, conditions_of, worker_processes
from assay_rl_rewards.tasks.screening import TaskScreen
from assay_rl_rewards.verifier import Verifier

if TYPE_CHECKING:
    from assay_rl_rewards.service.keeping import Keeper

DESCRIPTION = """Rewards rollouts of reinforcement learning, by domain.

A reward that is null was not measured: mask the rollout. It is never 0, which is what a wrong
answer earns. `status` and `reason` say why; order is kept, and the same request has the same
rewards. Errors are RFC 9457 problems; `retryable` says whether to ask again."""


def make_app(
    settings: RewardServiceSettings,
    *,
    log: Log,
    keys: ApiKeys | None = None,
    open_pool: OpenPool | None = None,
    open_scorers: OpenScorers | None = None,
    catalogue: Mapping[str, Verifier[Any]] = VERIFIERS,
) -> Application:
    """Return the reward service.

    Args:
        settings: routes, workers and limits.
        log: where it tells what it does.
        keys: who may ask; none: everyone who reaches it.
        open_pool: opens what verifiers run in; None: worker processes.
        open_scorers: opens `reward_model` and `judge`; None: those that the settings name.
        catalogue: the verifiers that routes may name.

    Raises:
        ConfigError: the routes do not fit.
        OutputError: the folder to keep rewards in cannot be made.
    """
    routes = load_routes(settings.routes, catalogue)
    release = version("assay")
    metrics = RequestMetrics("rl_rewards", release)
    workers = Workers(open_pool or _processes(settings, metrics.registry, log), log)
    admission = Admission(settings.num_workers, settings.max_queued)
    scorers: dict[str, Scorer] = {}  # filled when the service starts
    engine = RewardEngine(routes, workers, scorers, conditions=conditions_of(settings))
    rewarded = RewardMetrics(metrics.registry)
    keeper = _keeper(settings, rewarded, metrics.registry, log)
    health = ScorerHealth(log)
    limits = Limits(settings.max_rollouts, settings.request_timeout_seconds)
    _watch(rewarded, admission, workers, health)
    scoring = RewardScoring(engine, admission, limits, rewarded, keeper)
    validation = TaskValidation(TaskScreen(routes, workers), admission, limits)
    describe = partial(describe_domains, engine, catalogue, settings)
    open_scorers = open_scorers or scorers_of(settings, health)
    running = partial(_working, workers, open_scorers, scorers, keeper)
    served = make_routes(scoring, validation, describe)
    return create_app(
        ServiceCard("Assay rewards", "rl_rewards", release, DESCRIPTION),
        Parts(
            routers=(
                served.router,
                make_protocol_routes(scoring, lambda: model_of(scorers.get("reward_model"))),
            ),
            direct=served.direct,
            checks={"workers": workers.reason, **_checks(settings, keeper, health)},
            schemas=(RewardsRequest, TasksRequest),
            while_running=running,
        ),
        log=log,
        metrics=metrics,
        keys=keys,
        limits=BodyLimits(settings.max_body_bytes, settings.body_timeout_seconds),
    )


@asynccontextmanager
async def _working(
    workers: Workers,
    open_scorers: OpenScorers,
    scorers: dict[str, Scorer],
    keeper: "Keeper | None",
) -> AsyncIterator[None]:
    keeping = nullcontext() if keeper is None else keeper.writing()
    async with open_scorers() as opened, workers.working(), keeping:
        scorers.update(opened)
        try:
            yield
        finally:
            scorers.clear()


def _processes(settings: RewardServiceSettings, registry: CollectorRegistry, log: Log) -> OpenPool:
    return worker_processes(settings, observer=PoolMetrics(registry), log=log)


def _keeper(
    settings: RewardServiceSettings, shown: RewardMetrics, registry: CollectorRegistry, log: Log
) -> "Keeper | None":
    if settings.keep is None:
        return None
    from assay_rl_rewards.keeping.store import RewardStore  # these load Arrow
    from assay_rl_rewards.service.keeping import Keeper

    store = RewardStore(
        settings.keep,
        rows_per_file=settings.keep_rows_per_file,
        seconds_per_file=settings.keep_seconds_per_file,
        max_waiting=settings.keep_max_waiting,
    )
    shown.watch("keep_waiting", "Rewards that are in no file yet.", lambda: store.num_waiting)
    return Keeper(store, KeepMetrics(registry), log)


def _checks(
    settings: RewardServiceSettings, keeper: "Keeper | None", health: ScorerHealth
) -> dict[str, Check]:
    """Return what may make the service unready beside its workers."""
    checks: dict[str, Check] = {}
    if keeper is not None:
        checks["keeping"] = keeper.reason
    if settings.require_scorers:
        checks["scorers"] = health.reason
    return checks


def _watch(
    metrics: RewardMetrics, admission: Admission, workers: Workers, health: ScorerHealth
) -> None:
    metrics.watch(
        "rollouts_held", "Rollouts admitted and not yet answered.", lambda: admission.num_held
    )
    metrics.watch("workers", "Workers that are ready or at work.", lambda: workers.num_living)
    metrics.watch("answers_queued", "Answers that wait for a worker.", lambda: workers.num_queued)
    metrics.watch(
        "scorers_away", "Judges and reward models that do not answer.", lambda: health.num_away
    )
