"""The endpoints under `/v1`: each reads, calls one function, and writes."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import orjson
from fastapi import APIRouter, Request, Response

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
from assay_rl_rewards.service.schemas import (
    REWARDS_EXAMPLES,
    TASKS_EXAMPLES,
    DomainsAnswer,
    RewardsAnswer,
    RewardsRequest,
    TasksAnswer,
    TasksRequest,
)
from assay_rl_rewards.service.scoring import NOT_KEPT, REWARDS_TIMEOUT, RewardScoring
from assay_rl_rewards.service.validating import TaskValidation

_KINDS = (
    MALFORMED_BODY,
    UNAUTHORIZED,
    BODY_TIMEOUT,
    BODY_TOO_LARGE,
    UNSUPPORTED_MEDIA_TYPE,
    INVALID_REQUEST,
    TOO_MANY_REQUESTS,
    INTERNAL,
    NOT_KEPT,
    REWARDS_TIMEOUT,
)


class Routes(NamedTuple):
    """The routes of the service; `direct` are those that are called without the framework."""

    router: APIRouter
    direct: Mapping[str, Endpoint]


def make_routes(
    scoring: RewardScoring, validation: TaskValidation, describe: Callable[[], dict[str, Any]]
) -> Routes:
    """Return the routes of the reward service; `describe` gives the body of `GET /v1/domains`."""
    router = APIRouter(prefix="/v1", tags=["rewards"])

    @router.post(
        "/rewards",
        summary="Reward rollouts; each has its own reward, or its own null and why",
        response_model=RewardsAnswer,
        responses=problem_responses(_KINDS),
        openapi_extra=json_body(RewardsRequest, REWARDS_EXAMPLES),
    )
    async def rewards(request: Request) -> Response:
        scoring.check_room()
        body = await read_json_body(request)
        return _json(await unless_disconnected(request, scoring.score(body)))

    @router.post(
        "/tasks/validate",
        summary="Check tasks before they are trained on: gold must win, what knows nothing lose",
        response_model=TasksAnswer,
        responses=problem_responses(_KINDS),
        openapi_extra=json_body(TasksRequest, TASKS_EXAMPLES),
    )
    async def validate(request: Request) -> Response:
        validation.check_room()
        body = await read_json_body(request)
        return _json(await unless_disconnected(request, validation.validate(body)))

    @router.get(
        "/domains",
        summary="The domains that a rollout may name, with their routes, versions and params",
        response_model=DomainsAnswer,
        responses=problem_responses((UNAUTHORIZED,)),
    )
    async def list_domains() -> Response:
        return _json(orjson.dumps(describe()))

    return Routes(router, {"/v1/rewards": rewards})


def _json(body: bytes) -> Response:
    return Response(body, media_type="application/json")
