"""The door that every request passes: id, key, size, log line, metrics, an answer for each fault.

It stands outside of the application's routing and costs little: no task, no copy of the body. What
it promises: every answer carries the request's id, every fault becomes a problem without internals,
and a request whose time is up at shutdown is answered (503) rather than dropped.

Endpoints that are asked thousands of times a second are called from here, past the framework's
routing and dependencies, which would cost as much again as reading and writing the request.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assay.web.auth import ApiKeys
from assay.web.bodies import BodyLimits, LimitedReceive, declared_too_large
from assay.web.health import Drain
from assay.web.logs import Log, where_raised
from assay.web.metrics import UNKNOWN_ROUTE, RequestMetrics
from assay.web.problems import INTERNAL, SHUTTING_DOWN, Problem, ProblemError
from assay.web.request_ids import HEADER, REQUEST_ID, request_id_of

Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]

CALLER_LEFT = 499  # what proxies log for it; never sent
DRAIN_RETRY_SECONDS = 5
_QUIET_ROUTES = frozenset(("/healthz", "/readyz", "/metrics"))
_DESCRIPTION = "/openapi.json"
_FIXED_HEADERS = ((b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"))


@dataclass(frozen=True, slots=True)
class Guards:
    """What the door checks and whom it tells; `limits_of` are those of single paths."""

    keys: ApiKeys
    limits: BodyLimits
    drain: Drain
    metrics: RequestMetrics
    log: Log
    limits_of: Mapping[str, BodyLimits] = field(default_factory=dict)

    def limits_at(self, path: str) -> BodyLimits:
        """Return the limits of bodies that are sent to a path."""
        return self.limits_of.get(path, self.limits)


@dataclass(slots=True)
class _Visit:
    """One request on its way through the door."""

    scope: Scope
    send: Send
    request_id: str
    begun: float = field(default_factory=time.perf_counter)
    status: int = 0

    async def reply(self, message: Message) -> None:
        """Pass an answer on, with the request's id in its head."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [
                *message.get("headers", ()),
                (HEADER, self.request_id.encode("ascii")),
                *_FIXED_HEADERS,
            ]
        await self.send(message)

    async def refuse(self, problem: Problem) -> None:
        """Answer with a problem, unless an answer has begun."""
        if self.status:
            return
        body = problem.body(self.request_id)
        headers = [
            (k.encode("latin-1"), v.encode("latin-1")) for k, v in problem.all_headers().items()
        ]
        headers.append((b"content-length", str(len(body)).encode("ascii")))
        start: Message = {
            "type": "http.response.start",
            "status": problem.kind.status,
            "headers": headers,
        }
        await self.reply(start)
        await self.reply({"type": "http.response.body", "body": body})


class Door:
    """ASGI middleware; see the module. `direct` maps paths to endpoints of the short way."""

    def __init__(self, app: ASGIApp, guards: Guards, direct: Mapping[str, Endpoint]) -> None:
        self._app = app
        self._guards = guards
        self._direct = direct

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        visit = _Visit(scope, send, request_id_of(headers.get(HEADER)))
        scope["assay.request_id"] = visit.request_id
        scope["assay.body_limits"] = self._guards.limits_at(scope["path"])
        token = REQUEST_ID.set(visit.request_id)
        self._guards.metrics.in_flight.inc()
        try:
            problem = self._refusal(scope["path"], headers)
            if problem is not None:
                await visit.refuse(problem)
            else:
                await self._pass(visit, receive)
        finally:
            self._guards.metrics.in_flight.dec()
            self._tell(visit)
            REQUEST_ID.reset(token)

    def _refusal(self, path: str, headers: dict[bytes, bytes]) -> Problem | None:
        guards = self._guards
        problem = guards.keys.refusal(path, headers.get(b"authorization"))
        if problem is None:
            problem = declared_too_large(headers.get(b"content-length"), guards.limits_at(path))
        if problem is None and guards.drain.is_draining and path.startswith("/v1/"):
            problem = _shutting_down()
        return problem

    async def _pass(self, visit: _Visit, receive: Receive) -> None:
        try:
            limited = LimitedReceive(receive, visit.scope["assay.body_limits"])
            endpoint = self._direct.get(visit.scope["path"])
            if endpoint is not None and visit.scope["method"] == "POST":
                visit.scope["assay.route"] = visit.scope["path"]
                response = await endpoint(Request(visit.scope, limited, visit.reply))
                await response(visit.scope, limited, visit.reply)
            else:
                await self._app(visit.scope, limited, visit.reply)
        except ProblemError as exc:
            await visit.refuse(exc.problem)
        except ClientDisconnect:
            visit.status = visit.status or CALLER_LEFT
        except asyncio.CancelledError:
            if not self._guards.drain.is_draining:
                raise
            await visit.refuse(_shutting_down())  # the deadline of the shutdown has passed
        except Exception as exc:  # noqa: BLE001  the edge: any fault becomes a problem, and a log line
            error = type(exc).__name__
            self._guards.log.error("request.failed", error=error, where=where_raised(exc))
            await visit.refuse(_internal(visit.request_id))

    def _tell(self, visit: _Visit) -> None:
        seconds = time.perf_counter() - visit.begun
        route = _route_of(visit.scope)
        method, status = visit.scope["method"], visit.status or CALLER_LEFT
        self._guards.metrics.count(method, route, status, seconds)
        if route not in _QUIET_ROUTES or status >= 500:
            self._guards.log.info(
                "request.done",
                method=method[:16],
                route=route,
                status=status,
                milliseconds=round(seconds * 1000, 1),
                request_id=visit.request_id,
            )


def _route_of(scope: Scope) -> str:
    if scope["path"] == _DESCRIPTION:
        return _DESCRIPTION
    path = scope.get("assay.route") or getattr(scope.get("route"), "path", None)
    return path if isinstance(path, str) else UNKNOWN_ROUTE


def _shutting_down() -> Problem:
    detail = "expected a service that goes on, found one that is shutting down; ask again"
    return Problem(SHUTTING_DOWN, detail, retry_after_seconds=DRAIN_RETRY_SECONDS)


def _internal(request_id: str) -> Problem:
    return Problem(INTERNAL, f"the service failed; its log says more under {request_id}")
