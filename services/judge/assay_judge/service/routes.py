"""The endpoints under `/v1`: each reads, calls one function, and writes."""

from collections.abc import Mapping
from typing import Annotated, NamedTuple

import orjson
from fastapi import APIRouter, Query, Request, Response

from assay.web.bodies import read_json_body
from assay.web.disconnect import unless_disconnected
from assay.web.door import Endpoint
from assay.web.openapi import json_body, problem_responses
from assay.web.problems import (
    BODY_TIMEOUT,
    BODY_TOO_LARGE,
    INTERNAL,
    INVALID_REQUEST,
    MALFORMED_BODY,
    TOO_MANY_REQUESTS,
    UNAUTHORIZED,
    UNSUPPORTED_MEDIA_TYPE,
)
from assay_judge.service.asking import read_batch, read_score
from assay_judge.service.overview import Overview
from assay_judge.service.problems import SCORING_KINDS
from assay_judge.service.schemas import (
    BATCH_EXAMPLES,
    SCORE_EXAMPLES,
    BatchAnswer,
    BatchRequest,
    CapabilitiesAnswer,
    RubricsAnswer,
    ScoreAnswer,
    ScoreRequest,
)
from assay_judge.service.scoring import Scoring

_READING_KINDS = (
    MALFORMED_BODY,
    UNAUTHORIZED,
    BODY_TIMEOUT,
    BODY_TOO_LARGE,
    UNSUPPORTED_MEDIA_TYPE,
    INVALID_REQUEST,
    TOO_MANY_REQUESTS,
    INTERNAL,
)


class Routes(NamedTuple):
    """The routes of the service; `direct` are those that are called without the framework."""

    router: APIRouter
    direct: Mapping[str, Endpoint]


def make_routes(scoring: Scoring, overview: Overview) -> Routes:
    """Return the routes of the judge service."""
    router = APIRouter(prefix="/v1", tags=["judge"])
    responses = problem_responses((*_READING_KINDS, *SCORING_KINDS))

    @router.post(
        "/score",
        summary="Grade one sample",
        response_model=ScoreAnswer,
        responses=responses,
        openapi_extra=json_body(ScoreRequest, SCORE_EXAMPLES),
    )
    async def score(request: Request) -> Response:
        scoring.check_room()
        asked = read_score(await read_json_body(request))
        return _json(await unless_disconnected(request, scoring.score(asked)))

    @router.post(
        "/score/batch",
        summary="Grade many samples; each has its own answer or error",
        response_model=BatchAnswer,
        responses=responses,
        openapi_extra=json_body(BatchRequest, BATCH_EXAMPLES),
    )
    async def score_batch(request: Request) -> Response:
        scoring.check_room()
        body = await read_json_body(request)
        asked = read_batch(body, max_batch=scoring.limits.max_batch)
        return _json(await unless_disconnected(request, scoring.score_batch(asked)))

    @router.get(
        "/rubrics",
        summary="The rubrics that a request may name, with all their texts",
        response_model=RubricsAnswer,
        responses=problem_responses((UNAUTHORIZED,)),
    )
    async def rubrics() -> Response:
        return _json(overview.rubrics)

    @router.get(
        "/capabilities",
        summary="What the service and the model server behind it can do",
        response_model=CapabilitiesAnswer,
        responses=problem_responses((UNAUTHORIZED, INVALID_REQUEST)),
    )
    async def capabilities(
        mode: Annotated[str | None, Query(description="whose version to tell")] = None,
        rubric: Annotated[str | None, Query(description="whose version to tell")] = None,
    ) -> Response:
        return _json(orjson.dumps(overview.capabilities(mode, rubric)))

    return Routes(router, {"/v1/score": score, "/v1/score/batch": score_batch})


def _json(body: bytes) -> Response:
    return Response(body, media_type="application/json")
