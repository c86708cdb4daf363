"""Puts the filter service together from its settings."""

from collections.abc import Callable
from importlib.metadata import version

from fastapi import Request, Response
from sqlalchemy import Engine
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from assay.domain.errors import AuditError, OutputError, RunStateError
from assay.queue.doorbell import Doorbell
from assay.web.app import Application, ServiceCard, create_app, request_id_of
from assay.web.app import Parts as WebParts
from assay.web.auth import ApiKeys
from assay.web.bodies import BodyLimits
from assay.web.logs import Log
from assay.web.metrics import RequestMetrics
from assay.web.problems import Kind, Problem
from assay_filter.semantic.settings import EmbeddingSettings
from assay_filter.service import (
    batch_routes,
    event_routes,
    file_routes,
    result_routes,
    run_routes,
    sample_routes,
)
from assay_filter.service.configurations import check_default, load_pipelines, load_rubrics
from assay_filter.service.events import Watchers
from assay_filter.service.lookout import Lookout
from assay_filter.service.parts import JudgeDirectory, Parts, Store
from assay_filter.service.problems import (
    DATABASE_AWAY,
    KEY_IN_FLIGHT,
    RETRY_SECONDS,
    STORAGE_FULL,
)
from assay_filter.service.sample_schemas import ReviewRequest
from assay_filter.service.schemas import BatchRequestBody, RunRequestBody
from assay_filter.service.settings import FilterServiceSettings

DESCRIPTION = """Curates training data in batches: files in, runs over them, results with reasons.

A run is accepted when it can be begun, and ends even if machines die under it. Errors are RFC 9457
problems; `retryable` says whether to ask again. Files and batches have OpenAI's shapes."""
FORM_BYTES = 64 << 10  # what a multipart form adds to its file

_PROBLEMS: tuple[tuple[type[Exception], Kind, str], ...] = (
    (OperationalError, DATABASE_AWAY, "expected the database to answer; ask again"),
    (InterfaceError, DATABASE_AWAY, "expected the database to answer; ask again"),
    (PoolTimeoutError, DATABASE_AWAY, "expected a connection to the database; ask again"),
    (AuditError, DATABASE_AWAY, "expected the database to store this; ask again"),
    (OutputError, STORAGE_FULL, "expected room in the store, found none; delete files"),
    (RunStateError, KEY_IN_FLIGHT, "expected one request under this key; ask again"),
)


def make_app(
    settings: FilterServiceSettings,
    *,
    engine: Engine,
    judges: JudgeDirectory,
    doorbell: Doorbell | None,
    log: Log,
    keys: ApiKeys | None = None,
    embedding: EmbeddingSettings | None = None,
) -> Application:
    """Return the filter service.

    Args:
        settings: store, limits, defaults.
        engine: the audit database, at the revision of this code.
        judges: which judges a request may name.
        doorbell: wakes workers; None: they look into the database.
        log: where it tells what it does.
        keys: who may ask; none: everyone who reaches it.
        embedding: the server of the semantic tier; none: that of the environment, if any.

    Raises:
        ConfigError: a pipeline, a rubric or the embedding server is wrong.
        OutputError: the store cannot be made.
    """
    parts = make_parts(
        settings, engine=engine, judges=judges, doorbell=doorbell, log=log, embedding=embedding
    )
    watchers = Watchers(
        engine, poll_seconds=settings.poll_seconds, max_listeners=settings.max_watchers
    )
    release = version("assay")
    metrics = RequestMetrics("filter", release)
    lookout = Lookout(engine, parts.store, log)
    lookout.show(metrics.registry, watchers)
    largest = settings.max_upload_bytes + FORM_BYTES
    app = create_app(
        ServiceCard("Assay filter", "filter", release, DESCRIPTION),
        WebParts(
            routers=(
                file_routes.routes(parts),
                run_routes.routes(parts),
                event_routes.routes(parts, watchers),
                result_routes.routes(parts),
                batch_routes.routes(parts),
                sample_routes.sample_routes(parts),
            ),
            checks={"database": lookout.database_reason, "store": lookout.store_reason},
            schemas=(RunRequestBody, BatchRequestBody, ReviewRequest),
            while_running=lookout.watching,
            limits_of={"/v1/files": BodyLimits(largest, settings.body_timeout_seconds)},
        ),
        log=log,
        metrics=metrics,
        keys=keys,
        limits=BodyLimits(settings.max_body_bytes, settings.body_timeout_seconds),
    )
    for error, kind, detail in _PROBLEMS:
        app.add_exception_handler(error, _answering(kind, detail, log))
    return app


def make_parts(
    settings: FilterServiceSettings,
    *,
    engine: Engine,
    judges: JudgeDirectory,
    doorbell: Doorbell | None,
    log: Log,
    embedding: EmbeddingSettings | None = None,
) -> Parts:
    """Return what the routes are made of; the store's folders are made.

    `embedding` None: the server that the environment names, if any.

    Raises:
        ConfigError: a pipeline, a rubric or the embedding server is wrong.
        OutputError: the store cannot be made.
    """
    pipelines = load_pipelines(settings.pipelines_folder)
    check_default(pipelines, settings.default_pipeline, "pipeline")
    rubrics = load_rubrics(settings.rubrics_folder)
    check_default(rubrics, settings.default_rubric, "rubric")
    store = Store(settings.store.absolute())
    store.make()
    return Parts(
        settings,
        engine,
        store,
        judges,
        doorbell,
        pipelines,
        rubrics,
        log,
        (embedding or EmbeddingSettings()).checked(),
    )


def _answering(kind: Kind, detail: str, log: Log) -> Callable[[Request, Exception], Response]:
    """Return what makes a problem of an error that any endpoint may meet; the log names it."""

    def answer(request: Request, exc: Exception) -> Response:
        log.warning("request.refused", error=type(exc).__name__, kind=kind.slug)
        problem = Problem(kind, detail, retry_after_seconds=RETRY_SECONDS)
        return Response(
            problem.body(request_id_of(request)),
            status_code=kind.status,
            headers=problem.all_headers(),
        )

    return answer
