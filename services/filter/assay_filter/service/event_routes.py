"""The endpoint of a run's events."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Header, Request, Response
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from assay.web.app import Application
from assay.web.openapi import problem_responses
from assay.web.problems import TOO_MANY_REQUESTS, UNAUTHORIZED
from assay_filter.service.events import Watchers, last_event_id, look, sse
from assay_filter.service.parts import Parts, without_paths
from assay_filter.service.problems import RUN_NOT_FOUND
from assay_filter.service.run_routes import RunId, known_run


def routes(parts: Parts, watchers: Watchers) -> APIRouter:
    """Return the endpoint of events."""
    router = APIRouter(prefix="/v1/runs/{run_id}", tags=["runs"])

    @router.get(
        "/events",
        summary="Watch a run (server-sent events: state, progress, done)",
        response_class=StreamingResponse,
        responses={
            200: {"content": {"text/event-stream": {}}},
            204: {"description": "the listener has seen the last event"},
            **problem_responses((UNAUTHORIZED, RUN_NOT_FOUND, TOO_MANY_REQUESTS)),
        },
    )
    async def events(
        request: Request,
        run_id: RunId,
        last_event: Annotated[
            str | None, Header(alias="Last-Event-ID", description="id of the last event seen")
        ] = None,
    ) -> Response:
        await asyncio.to_thread(known_run, parts, run_id)
        after = last_event_id(last_event)
        now = await asyncio.to_thread(look, parts.engine, run_id)
        if now.is_last and after == now.id:
            return Response(status_code=204)
        app = request.app
        assert isinstance(app, Application)
        stream = sse(
            watchers,
            run_id,
            after,
            heartbeat_seconds=parts.settings.heartbeat_seconds,
            is_leaving=lambda: app.drain.is_draining,
            shown=partial(without_paths, store=parts.store),
        )
        watchers.admit()
        return EventStream(stream, watchers)

    return router


class EventStream(StreamingResponse):
    """A stream whose listener is let go of however it ends."""

    def __init__(self, stream: AsyncGenerator[bytes, None], watchers: Watchers) -> None:
        super().__init__(stream, media_type="text/event-stream")
        self._stream = stream
        self._watchers = watchers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            async with aclosing(self._stream):
                await super().__call__(scope, receive, send)
        finally:
            self._watchers.release()
