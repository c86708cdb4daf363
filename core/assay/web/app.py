"""Makes the application of a service: problems, keys, limits, ids, health and metrics.

A service gives its routes and its checks; everything that is the same for each of them is here. The
interactive pages of FastAPI are off: they load scripts from elsewhere.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from assay.web.auth import ApiKeys
from assay.web.bodies import BodyLimits
from assay.web.door import Door, Endpoint, Guards
from assay.web.health import Check, Drain, Readiness
from assay.web.logs import Log
from assay.web.metrics import RequestMetrics
from assay.web.openapi import add_components, problem_responses
from assay.web.problems import (
    NOT_READY,
    UNAUTHORIZED,
    Problem,
    ProblemError,
    fields_of,
    invalid,
    problem_of_status,
)

READY_RETRY_SECONDS = 2


@dataclass(frozen=True, slots=True)
class ServiceCard:
    """Who a service is; `room` is its word in metrics and environment."""

    title: str
    room: str
    version: str
    description: str


@dataclass(frozen=True, slots=True)
class Parts:
    """What one service brings: routes, dependencies to check, schemas that its routes name.

    `direct` names the endpoints (POST, by path) of `routers` that are called without the framework;
    they take the request alone and raise `ProblemError` or nothing. `limits_of` gives paths that
    take larger bodies than the rest their own limits.
    """

    routers: Sequence[APIRouter] = ()
    direct: Mapping[str, Endpoint] = field(default_factory=dict)
    checks: Mapping[str, Check] = field(default_factory=dict)
    schemas: Sequence[type[BaseModel]] = ()
    while_running: Callable[[], AbstractAsyncContextManager[None]] | None = None
    limits_of: Mapping[str, BodyLimits] = field(default_factory=dict)


class Application(FastAPI):
    """FastAPI with the shared parts of the OpenAPI document, and the state of its shutdown."""

    drain: Drain
    schemas: Sequence[type[BaseModel]] = ()

    def openapi(self) -> dict[str, Any]:
        document = super().openapi()
        if "security" not in document:
            add_components(document, self.schemas)
        return document


def create_app(
    card: ServiceCard,
    parts: Parts,
    *,
    log: Log,
    metrics: RequestMetrics | None = None,
    keys: ApiKeys | None = None,
    limits: BodyLimits | None = None,
) -> Application:
    """Return the application of a service.

    Args:
        card: its title, room and version.
        parts: its routes, checks and schemas.
        log: where it tells what it does.
        metrics: given where the service adds metrics of its own to the registry.
        keys: who may ask; none: everyone who reaches it.
        limits: size and time of a request's body.
    """
    drain = Drain()
    metrics = metrics or RequestMetrics(card.room, card.version)
    guards = Guards(keys or ApiKeys(), limits or BodyLimits(), drain, metrics, log, parts.limits_of)
    app = Application(
        title=card.title,
        version=card.version,
        description=card.description,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=_lifespan(parts),
        middleware=[Middleware(Door, guards, parts.direct)],
        exception_handlers={
            ProblemError: _on_problem,
            HTTPException: _on_http_exception,
            RequestValidationError: _on_invalid_request,
        },
    )
    app.drain = drain
    app.schemas = parts.schemas
    for router in (*parts.routers, _operations(Readiness(drain, parts.checks), metrics)):
        # Flat, the service's own first: a router within a router costs each request a search.
        app.router.routes.extend(router.routes)
    return app


def request_id_of(request: Request) -> str:
    """Return the id of a request that passed the door."""
    return str(request.scope["assay.request_id"])


def _operations(readiness: Readiness, metrics: RequestMetrics) -> APIRouter:
    router = APIRouter(tags=["operations"])

    @router.get("/healthz", summary="Is the process alive?")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @router.get(
        "/readyz",
        summary="Can it serve, and if not, why?",
        responses=problem_responses([NOT_READY]),
    )
    async def readyz() -> JSONResponse:
        reasons = readiness.reasons()
        if not reasons:
            return JSONResponse({"status": "ready"})
        detail = "; ".join(f"{name}: {reason}" for name, reason in reasons.items())
        raise ProblemError(
            Problem(
                NOT_READY,
                detail,
                retry_after_seconds=READY_RETRY_SECONDS,
                extra={"checks": reasons},
            )
        )

    @router.get(
        "/metrics",
        summary="Metrics for Prometheus",
        response_class=Response,
        responses=problem_responses([UNAUTHORIZED]),
    )
    async def expose() -> Response:
        body, media_type = metrics.render()
        return Response(body, media_type=media_type)

    return router


def _lifespan(parts: Parts) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        if parts.while_running is None:
            yield
            return
        async with parts.while_running():
            yield

    return lifespan


async def _on_problem(request: Request, exc: ProblemError) -> Response:
    return _answer(request, exc.problem)


async def _on_http_exception(request: Request, exc: HTTPException) -> Response:
    return _answer(request, problem_of_status(exc.status_code, str(exc.detail), exc.headers))


async def _on_invalid_request(request: Request, exc: RequestValidationError) -> Response:
    return _answer(request, invalid(fields_of(exc.errors())))


def _answer(request: Request, problem: Problem) -> Response:
    return Response(
        problem.body(request_id_of(request)),
        status_code=problem.kind.status,
        headers=problem.all_headers(),
    )
