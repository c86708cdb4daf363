"""The endpoints of OpenAI's Batch API: make, list, look, cancel."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path as FilePath
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Path, Query, Request, Response
from sqlalchemy import Connection

from assay.datasets.sources import Source
from assay.domain.errors import InputError
from assay.web.bodies import read_json_body
from assay.web.openapi import json_body, problem_responses
from assay.web.problems import INVALID_REQUEST, UNAUTHORIZED, ProblemError, invalid
from assay_filter.dedup.settings import DedupSettings
from assay_filter.pipeline import Pipeline
from assay_filter.runs.control import RunSummary
from assay_filter.runs.request import SourceFile
from assay_filter.runs.watching import read_state
from assay_filter.service.asking import checked_metadata, read_envelope
from assay_filter.service.batch_lines import CURATE, WrongLines, adapt_lines
from assay_filter.service.batches import (
    Batch,
    NewBatch,
    add_batch,
    batch_body,
    find_batch,
    list_batches,
)
from assay_filter.service.file_routes import page_of
from assay_filter.service.files import Upload, find_file
from assay_filter.service.idempotency import Answer, Asked, Claim, answer_once
from assay_filter.service.parts import Parts
from assay_filter.service.problems import (
    ACCEPTING_KINDS,
    BATCH_NOT_FOUND,
    RUN_STATE,
    UNUSABLE_FILE,
    told,
)
from assay_filter.service.run_routes import IDEMPOTENCY_PARAMETER, change_run, known_run
from assay_filter.service.runs import (
    NOT_BEGUN,
    Choice,
    Order,
    choose_pipeline,
    choose_rubric,
    plan,
    submit,
    with_sources,
)
from assay_filter.service.schemas import BATCH_EXAMPLES, BatchBody, BatchList, BatchRequestBody

MAX_PAGE = 100
MAX_ADAPTATIONS = 1  # at a time: each reads a whole input file
BatchId = Annotated[str, Path(description="id of a batch")]
# To score is to judge every sample for itself: none is dropped because it resembles another.
NO_DEDUP = DedupSettings(exact=False, near_exact=False, near=False)


def routes(parts: Parts) -> APIRouter:
    """Return the endpoints under `/v1/batches`."""
    router = APIRouter(prefix="/v1/batches", tags=["batches"])
    _add_making(router, parts)
    _add_looking(router, parts)
    return router


def _add_making(router: APIRouter, parts: Parts) -> None:
    adaptations = asyncio.Semaphore(MAX_ADAPTATIONS)

    @router.post(
        "",
        summary="Make a batch",
        response_model=BatchBody,
        responses=problem_responses((*ACCEPTING_KINDS, UNUSABLE_FILE)),
        openapi_extra={
            **json_body(BatchRequestBody, BATCH_EXAMPLES),
            "parameters": [IDEMPOTENCY_PARAMETER],
        },
    )
    async def make_batch(request: Request) -> Response:
        body = await read_json_body(request)
        asked = Asked.of(request, body)

        def make(claim: Claim | None) -> Answer:
            return _make(parts, read_envelope(BatchRequestBody, body), asked.caller, claim)

        hours = parts.settings.idempotency_hours
        async with adaptations:
            answer = await asyncio.to_thread(
                answer_once, parts.engine, asked, kept_hours=hours, make=make
            )
        return answer.response()


def _add_looking(router: APIRouter, parts: Parts) -> None:
    @router.get(
        "",
        summary="List batches, newest first",
        response_model=BatchList,
        responses=problem_responses((UNAUTHORIZED, INVALID_REQUEST, BATCH_NOT_FOUND)),
    )
    def show_batches(
        after: Annotated[str | None, Query(description="id of the last batch seen")] = None,
        limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = 20,
    ) -> Response:
        found, has_more = list_batches(parts.engine, after=after, limit=limit)
        return _json(page_of([_body(parts, each) for each in found], has_more=has_more))

    @router.get(
        "/{batch_id}",
        summary="Look at a batch",
        response_model=BatchBody,
        responses=problem_responses((UNAUTHORIZED, BATCH_NOT_FOUND)),
    )
    def show_batch(batch_id: BatchId) -> Response:
        return _json(_body(parts, find_batch(parts.engine, batch_id)))

    @router.post(
        "/{batch_id}/cancel",
        summary="Cancel a batch",
        response_model=BatchBody,
        responses=problem_responses((UNAUTHORIZED, BATCH_NOT_FOUND, RUN_STATE)),
    )
    def cancel_batch(batch_id: BatchId) -> Response:
        found = find_batch(parts.engine, batch_id)
        change_run(parts, found.run_id, "cancel")
        return _json(_body(parts, found))


def _make(parts: Parts, asked: BatchRequestBody, caller: str, claim: Claim | None) -> Answer:
    metadata = checked_metadata(asked.metadata)
    upload = find_file(parts.engine, asked.input_file_id)
    choice = _choice(parts, asked.endpoint)
    record, request = plan(parts, choice, check_judge=True)
    path = parts.store.input_path(record.id)
    with _adapted(parts, upload, path, asked.endpoint) as num_lines:
        name = f"{upload.filename.partition('.')[0]}.jsonl"
        source = SourceFile(name=name, path=str(path.absolute()), format="jsonl")
        record, request = with_sources(record, request, [source])
        order = Order(choice, record, request, (upload.id,), metadata, caller)
        new = NewBatch(
            upload.id, asked.endpoint, asked.completion_window, num_lines, asked.metadata
        )

        def answer_to(connection: Connection, order: Order, run: RunSummary) -> Answer:
            made = add_batch(connection, order.record.id, new)
            return Answer(200, orjson.dumps(batch_body(made, run, NOT_BEGUN)))

        return submit(parts, order, claim, answer_to)


def _choice(parts: Parts, endpoint: str) -> Choice:
    pipeline, pipeline_name = choose_pipeline(parts, None)
    if endpoint != CURATE:
        pipeline = _without_dedup(pipeline)
    rubric, rubric_name = choose_rubric(parts, None)
    return Choice(
        pipeline=pipeline,
        pipeline_name=pipeline_name,
        rubric=rubric,
        rubric_name=rubric_name,
        judge=parts.settings.default_judge,
        seed=0,
        output_format="jsonl",
    )


def _without_dedup(pipeline: Pipeline) -> Pipeline:
    return pipeline.model_copy(update={"dedup": NO_DEDUP})


@contextmanager
def _adapted(parts: Parts, upload: Upload, path: FilePath, endpoint: str) -> Iterator[int]:
    """Give the number of samples in the file of a batch, which stands in the store adapted."""
    settings = parts.settings
    source = Source(upload.filename, parts.store.file_path(upload.id, upload.format), upload.format)
    try:
        yield adapt_lines(
            source,
            path,
            endpoint=endpoint,
            max_lines=settings.max_batch_lines,
            max_bytes=settings.max_batch_bytes,
        )
    except WrongLines as exc:
        raise ProblemError(invalid(exc.errors)) from None
    except InputError as exc:
        raise told(UNUSABLE_FILE, exc) from None
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _body(parts: Parts, found: Batch) -> dict[str, Any]:
    run = known_run(parts, found.run_id)
    return batch_body(found, run, read_state(parts.engine, found.run_id))


def _json(body: object) -> Response:
    return Response(orjson.dumps(body), media_type="application/json")
