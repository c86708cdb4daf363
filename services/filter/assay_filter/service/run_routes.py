"""The endpoints of runs: make, list, look, cancel, resume."""

import asyncio
from dataclasses import replace
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Path, Query, Request, Response

from assay.domain.errors import InputError, RunStateError
from assay.web.bodies import read_json_body
from assay.web.openapi import json_body, problem_responses
from assay.web.problems import INVALID_REQUEST, UNAUTHORIZED
from assay_filter.runs.control import (
    MAX_PAGE,
    RunSummary,
    cancel_run,
    list_runs,
    resume_run,
    run_summary,
)
from assay_filter.runs.watching import read_state
from assay_filter.service.asking import order_of
from assay_filter.service.idempotency import Answer, Asked, Claim, answer_once
from assay_filter.service.parts import Parts, is_id, without_paths
from assay_filter.service.problems import (
    ACCEPTING_KINDS,
    RUN_NOT_FOUND,
    RUN_STATE,
    not_found,
    refused,
    told,
)
from assay_filter.service.run_bodies import STATE_OF_STATUS, load_note, run_body, run_entry
from assay_filter.service.runs import ring, submit
from assay_filter.service.schemas import (
    RUN_EXAMPLES,
    ApiState,
    ConfigurationsBody,
    RunBody,
    RunList,
    RunRequestBody,
)

RunId = Annotated[str, Path(description="id of a run")]
IDEMPOTENCY_PARAMETER: dict[str, Any] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "a repetition with the same key is answered as the first time",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}


def routes(parts: Parts) -> APIRouter:
    """Return the endpoints under `/v1/runs`."""
    router = APIRouter(prefix="/v1", tags=["runs"])
    _add_making(router, parts)
    _add_looking(router, parts)
    _add_changing(router, parts)
    return router


def known_run(parts: Parts, run_id: str) -> RunSummary:
    """Return a run, as a client may see it.

    Raises:
        ProblemError: 404, there is none of this id.
    """
    if not is_id(run_id):
        raise not_found(RUN_NOT_FOUND, "run", run_id)
    try:
        found = run_summary(parts.engine, run_id)
    except InputError:
        raise not_found(RUN_NOT_FOUND, "run", run_id) from None
    return _shown(parts, found)


def describe_run(parts: Parts, run_id: str) -> dict[str, Any]:
    """Return a run with its progress.

    Raises:
        ProblemError: 404, there is none of this id.
    """
    summary = known_run(parts, run_id)
    return run_body(summary, read_state(parts.engine, run_id), load_note(parts.engine, run_id))


def change_run(parts: Parts, run_id: str, change: Literal["cancel", "resume"]) -> dict[str, Any]:
    """Cancel or resume a run, and return it.

    Raises:
        ProblemError: 404 there is none of this id, 409 it is in another state.
    """
    run = known_run(parts, run_id)
    if run.out_dir != str(parts.store.run_dir(run.id).absolute()):
        raise refused(
            RUN_STATE,
            f"expected a run of this service, found {run_id} made by a command of its own; "
            f"{change} it where it was made",
        )
    try:
        (cancel_run if change == "cancel" else resume_run)(parts.engine, run_id)
    except RunStateError as exc:
        raise told(RUN_STATE, exc) from None
    if change == "resume":
        ring(parts)
    return describe_run(parts, run_id)


def _add_making(router: APIRouter, parts: Parts) -> None:
    @router.post(
        "/runs",
        summary="Make a run",
        status_code=202,
        response_model=RunBody,
        responses=problem_responses(ACCEPTING_KINDS),
        openapi_extra={
            **json_body(RunRequestBody, RUN_EXAMPLES),
            "parameters": [IDEMPOTENCY_PARAMETER],
        },
    )
    async def make_run(
        request: Request,
        check: Annotated[bool, Query(description="whether the judge must answer now")] = True,
    ) -> Response:
        body = await read_json_body(request)
        asked = Asked.of(request, body)

        def make(claim: Claim | None) -> Answer:
            with order_of(parts, body, caller=asked.caller, check_judge=check) as order:
                return submit(parts, order, claim)

        hours = parts.settings.idempotency_hours
        answer = await asyncio.to_thread(
            answer_once, parts.engine, asked, kept_hours=hours, make=make
        )
        return answer.response()


def _add_looking(router: APIRouter, parts: Parts) -> None:
    @router.get(
        "/runs",
        summary="List runs, newest first",
        response_model=RunList,
        responses=problem_responses((UNAUTHORIZED, INVALID_REQUEST, RUN_NOT_FOUND)),
    )
    def show_runs(
        after: Annotated[str | None, Query(description="`next_cursor` of the last page")] = None,
        limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = 50,
        state: Annotated[ApiState | None, Query(description="runs of this status alone")] = None,
    ) -> Response:
        return _json(_page(parts, after, limit, state))

    @router.get(
        "/runs/{run_id}",
        summary="Look at a run",
        response_model=RunBody,
        responses=problem_responses((UNAUTHORIZED, RUN_NOT_FOUND)),
    )
    def show_run(run_id: RunId) -> Response:
        return _json(describe_run(parts, run_id))

    @router.get(
        "/configurations",
        summary="The pipelines and rubrics that a run may name",
        response_model=ConfigurationsBody,
        responses=problem_responses((UNAUTHORIZED,)),
    )
    def configurations() -> Response:
        settings = parts.settings
        body = {
            "pipelines": {"default": settings.default_pipeline, "names": list(parts.pipelines)},
            "rubrics": {"default": settings.default_rubric, "names": list(parts.rubrics)},
        }
        return _json(body)


def _add_changing(router: APIRouter, parts: Parts) -> None:
    responses = problem_responses((UNAUTHORIZED, RUN_NOT_FOUND, RUN_STATE))

    @router.post(
        "/runs/{run_id}/cancel",
        summary="Stop a run; what is committed stays",
        response_model=RunBody,
        responses=responses,
    )
    def cancel(run_id: RunId) -> Response:
        return _json(change_run(parts, run_id, "cancel"))

    @router.post(
        "/runs/{run_id}/resume",
        summary="Let a stopped run go on where it stopped",
        response_model=RunBody,
        responses=responses,
    )
    def resume(run_id: RunId) -> Response:
        return _json(change_run(parts, run_id, "resume"))


def _page(parts: Parts, after: str | None, limit: int, state: str | None) -> dict[str, Any]:
    if after is not None:
        known_run(parts, after)
    wanted = None if state is None else STATE_OF_STATUS[state]
    runs, cursor = list_runs(parts.engine, after=after, limit=limit, state=wanted)
    return {
        "object": "list",
        "data": [run_entry(_shown(parts, run)) for run in runs],
        "has_more": cursor is not None,
        "next_cursor": cursor,
    }


def _shown(parts: Parts, run: RunSummary) -> RunSummary:
    error = None if run.error is None else without_paths(run.error, parts.store)
    return replace(run, error=error)


def _json(body: object) -> Response:
    return Response(orjson.dumps(body), media_type="application/json")
