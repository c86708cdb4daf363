"""The endpoints of results: outcome files in either format, manifest, report."""

import asyncio
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import iterate_in_threadpool
from starlette.responses import StreamingResponse

from assay.domain.verdict import Outcome
from assay.web.openapi import problem_responses
from assay.web.problems import INVALID_REQUEST, UNAUTHORIZED
from assay_filter.service.delivery import deliver, disposition, is_unchanged
from assay_filter.service.parts import Parts
from assay_filter.service.problems import (
    NOT_ACCEPTABLE,
    RANGE_NOT_SATISFIABLE,
    RESULT_GONE,
    RUN_NOT_FINISHED,
    RUN_NOT_FOUND,
)
from assay_filter.service.results import (
    JSONL,
    ResultFile,
    find_result,
    jsonl_pieces,
    parquet_copy,
    run_document,
)
from assay_filter.service.run_routes import RunId, known_run

# The report is one page without scripts; nothing it might be made to hold could load or send.
REPORT_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; sandbox"
)
MAX_CONVERSIONS = 1  # at a time: each takes a thread and a core


def routes(parts: Parts) -> APIRouter:
    """Return the endpoints of a finished run's files."""
    router = APIRouter(prefix="/v1/runs/{run_id}", tags=["results"])
    _add_results(router, parts)
    _add_documents(router, parts)
    return router


def _add_results(router: APIRouter, parts: Parts) -> None:
    conversions = asyncio.Semaphore(MAX_CONVERSIONS)

    @router.get(
        "/results/{outcome}",
        summary="Read the samples of one outcome, or a range of the file",
        response_class=StreamingResponse,
        responses={
            **problem_responses(
                (
                    UNAUTHORIZED,
                    RUN_NOT_FOUND,
                    NOT_ACCEPTABLE,
                    RUN_NOT_FINISHED,
                    RESULT_GONE,
                    RANGE_NOT_SATISFIABLE,
                    INVALID_REQUEST,
                )
            ),
        },
    )
    async def result(
        request: Request,
        run_id: RunId,
        outcome: Outcome,
        wanted: Annotated[
            Literal["jsonl", "parquet"] | None,
            Query(alias="format", description="default: as the run wrote it"),
        ] = None,
    ) -> Response:
        found = await asyncio.to_thread(_find, parts, run_id, outcome)
        if wanted is None or wanted == found.format:
            return await asyncio.to_thread(deliver, request, found.delivery())
        if wanted == "jsonl":
            return _streamed(request, found)
        async with conversions:
            copy = await asyncio.to_thread(parquet_copy, parts, found)
        return await asyncio.to_thread(deliver, request, copy)


def _add_documents(router: APIRouter, parts: Parts) -> None:
    responses = problem_responses(
        (UNAUTHORIZED, RUN_NOT_FOUND, RUN_NOT_FINISHED, RESULT_GONE, RANGE_NOT_SATISFIABLE)
    )

    @router.get(
        "/manifest",
        summary="The run's manifest: counts, digests, chain head",
        responses=responses,
    )
    def manifest(request: Request, run_id: RunId) -> Response:
        return deliver(request, run_document(parts, known_run(parts, run_id), "manifest"))

    @router.get(
        "/report",
        summary="The run's report, a page of HTML",
        response_class=Response,
        responses=responses,
    )
    def report(request: Request, run_id: RunId) -> Response:
        found = run_document(parts, known_run(parts, run_id), "report")
        return deliver(
            request,
            found,
            **{
                "content-disposition": "inline",
                "content-security-policy": REPORT_POLICY,
                "referrer-policy": "no-referrer",
                "x-frame-options": "DENY",
            },
        )


def _find(parts: Parts, run_id: str, outcome: Outcome) -> ResultFile:
    return find_result(parts, known_run(parts, run_id), outcome)


def _streamed(request: Request, found: ResultFile) -> Response:
    etag = f'"{found.sha256}-jsonl"'
    headers = {
        "etag": etag,
        "accept-ranges": "none",
        "content-disposition": disposition(found.filename("jsonl")),
    }
    if is_unchanged(request, etag):
        return Response(status_code=304, headers=headers)
    pieces = iterate_in_threadpool(jsonl_pieces(found))
    return StreamingResponse(pieces, headers=headers, media_type=JSONL)
