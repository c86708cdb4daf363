"""Puts the judge service together from its settings."""

import hashlib
import hmac
import secrets
from importlib.metadata import version

from assay.domain.errors import ConfigError
from assay.web.app import Application, Parts, ServiceCard, create_app
from assay.web.auth import ApiKeys
from assay.web.bodies import BodyLimits
from assay.web.logs import Log
from assay.web.metrics import RequestMetrics
from assay.web.saturation import Admission
from assay_judge.service.asking import Options
from assay_judge.service.availability import Availability
from assay_judge.service.judges import EvidenceSource, JudgeSource
from assay_judge.service.metrics import JudgeMetrics
from assay_judge.service.overview import Overview
from assay_judge.service.routes import make_routes
from assay_judge.service.rubrics import load_rubrics
from assay_judge.service.schemas import BatchRequest, ScoreRequest
from assay_judge.service.scoring import Limits, Scoring
from assay_judge.service.settings import EVIDENCE, JudgeServiceSettings

DESCRIPTION = """Grades the assistant turns of a conversation on a rubric and decides.

Scores and thresholds are whole thousandths of a point (1000..5000). A failed judgement is an error
with a code, never a score. Errors are RFC 9457 problems; `retryable` says whether to ask again."""
_NONCE_CONTEXT = b"assay judge nonce key 1"


def make_app(
    settings: JudgeServiceSettings,
    *,
    log: Log,
    keys: ApiKeys | None = None,
    source: JudgeSource | None = None,
) -> Application:
    """Return the judge service.

    Args:
        settings: limits, rubric, mode, and the model server.
        log: where it tells what it does.
        keys: who may ask; none: everyone who reaches it.
        source: where judges come from; None: what the settings name.

    Raises:
        ConfigError: a rubric, price table or budget is wrong.
    """
    rubrics = load_rubrics(settings.rubrics_folder)
    if settings.rubric not in rubrics:
        raise ConfigError(
            f"expected a rubric of {sorted(rubrics)}, found {settings.rubric!r}; name one of them"
        )
    source = source or make_source(settings)
    release = version("assay")
    metrics = RequestMetrics("judge", release)
    judge_metrics = JudgeMetrics(metrics.registry)
    admission = Admission(settings.max_in_flight, settings.max_queued)
    judge_metrics.watch(admission, source)
    availability = Availability(source, log)
    scoring = Scoring(
        source,
        availability,
        Options(source.modes, settings.mode, rubrics, settings.rubric),
        admission,
        Limits(settings.max_batch, settings.max_sample_bytes, settings.request_timeout_seconds),
        judge_metrics,
        log,
    )
    overview = Overview(scoring, version=release, max_body_bytes=settings.max_body_bytes)
    routes = make_routes(scoring, overview)
    return create_app(
        ServiceCard("Assay judge", "judge", release, DESCRIPTION),
        Parts(
            routers=(routes.router,),
            direct=routes.direct,
            checks={"judge": availability.reason},
            schemas=(ScoreRequest, BatchRequest),
            while_running=availability.watching,
        ),
        log=log,
        metrics=metrics,
        keys=keys,
        limits=BodyLimits(settings.max_body_bytes, settings.body_timeout_seconds),
    )


def make_source(settings: JudgeServiceSettings) -> JudgeSource:
    """Return what the settings name: the evidence judge, or judges on a model server.

    Raises:
        ConfigError: a URL, a price table or a budget is wrong.
    """
    if settings.backend_url == EVIDENCE:
        return EvidenceSource()
    from assay_judge.service.llm_source import make_llm_source  # the evidence judge needs no client

    return make_llm_source(settings, _nonce_key(settings))


def _nonce_key(settings: JudgeServiceSettings) -> bytes:
    """Return the key of the marks around sample text: secret, and stable where it can be."""
    if settings.nonce_key is not None:
        return settings.nonce_key.get_secret_value().encode()
    if settings.backend_api_key is not None:
        secret = settings.backend_api_key.get_secret_value().encode()
        return hmac.new(secret, _NONCE_CONTEXT, hashlib.sha256).digest()
    return secrets.token_bytes(32)
