"""The parts that every service shares, through an application with a few routes of its own."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from io import StringIO
from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter, Query, Request, Response
from tests.fakes.app_client import client_of

from assay.web.app import Application, Parts, ServiceCard, create_app, request_id_of
from assay.web.auth import ApiKeys
from assay.web.bodies import BodyLimits, read_json_body
from assay.web.logs import open_log
from assay.web.problems import TOO_MANY_REQUESTS, Problem, ProblemError

KEY = "a-key-of-the-tests-0123"
CARD = ServiceCard("Test", "test", "1.2.3", "A service for tests.")
Asking = Callable[[httpx.AsyncClient], Coroutine[Any, Any, httpx.Response]]


def make(
    *,
    keys: str = "",
    max_bytes: int = 1000,
    timeout_seconds: float = 5.0,
    reason: str | None = None,
    output: StringIO | None = None,
) -> Application:
    router = APIRouter(prefix="/v1")

    @router.post("/echo")
    async def echo(request: Request) -> Response:
        return Response(await read_json_body(request), headers={"seen": request_id_of(request)})

    @router.get("/things/{name}")
    async def thing(name: str, size: Annotated[int, Query(ge=1)] = 1) -> dict[str, Any]:
        return {"name": name, "size": size}

    @router.get("/broken")
    async def broken() -> None:
        raise RuntimeError("secret words of the inside")

    @router.get("/full")
    async def full() -> None:
        raise ProblemError(Problem(TOO_MANY_REQUESTS, "full", retry_after_seconds=7))

    return create_app(
        CARD,
        Parts(routers=(router,), checks={"database": lambda: reason}),
        log=open_log(output or StringIO()),
        keys=ApiKeys.parse(keys),
        limits=BodyLimits(max_bytes, timeout_seconds),
    )


def ask(app: Application, asking: Asking) -> httpx.Response:
    async def run() -> httpx.Response:
        async with client_of(app) as client:
            return await asking(client)

    return asyncio.run(run())


def problem(response: httpx.Response) -> dict[str, Any]:
    assert response.headers["content-type"] == "application/problem+json"
    members: dict[str, Any] = response.json()
    assert members["status"] == response.status_code
    assert members["type"].startswith("urn:assay:problem:")
    assert members["instance"] == response.headers["x-request-id"]
    assert isinstance(members["retryable"], bool)
    return members


@pytest.mark.parametrize(
    ("asking", "status", "kind"),
    [
        (lambda c: c.get("/v1/nothing"), 404, "not-found"),
        (lambda c: c.get("/v1/echo/"), 404, "not-found"),
        (lambda c: c.get("/docs"), 404, "not-found"),
        (lambda c: c.delete("/v1/echo"), 405, "method-not-allowed"),
        (lambda c: c.post("/v1/echo", json=["x" * 2000]), 413, "body-too-large"),
        (lambda c: c.post("/v1/echo", content=b"{}"), 415, "unsupported-media-type"),
        (lambda c: c.post("/v1/echo", data={"a": "b"}), 415, "unsupported-media-type"),
        (lambda c: c.get("/v1/things/a?size=none"), 422, "invalid-request"),
        (lambda c: c.get("/v1/full"), 429, "too-many-requests"),
        (lambda c: c.get("/v1/broken"), 500, "internal"),
    ],
)
def test_every_fault_is_a_problem(asking: Asking, status: int, kind: str) -> None:
    members = problem(ask(make(), asking))
    assert (members["status"], members["type"]) == (status, f"urn:assay:problem:{kind}")


def test_a_failure_shows_nothing_of_the_inside_and_is_logged_without_its_words() -> None:
    output = StringIO()
    response = ask(make(output=output), lambda c: c.get("/v1/broken"))
    assert "secret" not in response.text + output.getvalue()
    assert "event=request.failed" in output.getvalue()
    assert "error=RuntimeError" in output.getvalue()
    assert "test_app.py" in output.getvalue()


def test_validation_names_the_field() -> None:
    members = problem(ask(make(), lambda c: c.get("/v1/things/a?size=0")))
    assert members["fields"] == [
        {"field": "/query/size", "expected": "greater than or equal to 1", "found": "'0'"}
    ]


def test_405_names_the_methods() -> None:
    assert ask(make(), lambda c: c.delete("/v1/echo")).headers["allow"] == "POST"


def test_retry_after_is_a_header_too() -> None:
    assert ask(make(), lambda c: c.get("/v1/full")).headers["retry-after"] == "7"


def test_a_body_without_length_is_counted_as_it_arrives() -> None:
    sent = 0

    async def chunks() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(100):
            sent += 1
            yield b"x" * 100

    headers = {"content-type": "application/json"}
    response = ask(make(), lambda c: c.post("/v1/echo", content=chunks(), headers=headers))
    assert problem(response)["status"] == 413
    assert sent < 20


def test_a_body_of_exactly_the_limit_passes() -> None:
    body = b'"' + b"x" * 998 + b'"'
    headers = {"content-type": "application/json; charset=UTF-8"}
    response = ask(make(), lambda c: c.post("/v1/echo", content=body, headers=headers))
    assert response.status_code == 200
    assert response.content == body


@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": "application/json", "content-encoding": "gzip"},
        {"content-type": "application/json; charset=utf-16"},
        {"content-type": "text/json"},
        {"content-type": "\x01"},
    ],
)
def test_other_bodies_are_refused_by_their_headers(headers: dict[str, str]) -> None:
    response = ask(make(), lambda c: c.post("/v1/echo", content=b"{}", headers=headers))
    assert problem(response)["status"] == 415


def test_a_body_that_never_comes_is_given_up() -> None:
    async def never() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(30)

    headers = {"content-type": "application/json"}
    app = make(timeout_seconds=0.05)
    response = ask(app, lambda c: c.post("/v1/echo", content=never(), headers=headers))
    assert problem(response)["status"] == 408


def test_the_callers_id_is_kept_and_logged_and_an_unsafe_one_is_not() -> None:
    output = StringIO()
    headers = {"x-request-id": "run-1", "content-type": "application/json"}
    app = make(output=output)
    response = ask(app, lambda c: c.post("/v1/echo", content=b"{}", headers=headers))
    assert response.headers["x-request-id"] == response.headers["seen"] == "run-1"
    assert "request_id=run-1" in output.getvalue()
    forged = {"x-request-id": "a event=forged"}
    assert (
        "forged"
        not in ask(app, lambda c: c.get("/healthz", headers=forged)).headers["x-request-id"]
    )


def test_a_key_is_needed_where_there_are_keys() -> None:
    output = StringIO()
    app = make(keys=KEY, output=output)
    refused = ask(app, lambda c: c.get("/v1/things/a"))
    assert problem(refused)["status"] == 401
    assert refused.headers["www-authenticate"].startswith("Bearer")
    allowed = {"authorization": f"Bearer {KEY}"}
    assert ask(app, lambda c: c.get("/v1/things/a", headers=allowed)).status_code == 200
    assert ask(app, lambda c: c.get("/healthz")).status_code == 200
    assert ask(app, lambda c: c.get("/metrics")).status_code == 401
    assert KEY not in output.getvalue()


def test_the_key_is_checked_before_the_body_is_read() -> None:
    response = ask(make(keys=KEY), lambda c: c.post("/v1/echo", json=["x" * 5000]))
    assert problem(response)["status"] == 401


def test_readiness_says_what_is_missing() -> None:
    assert ask(make(), lambda c: c.get("/readyz")).json() == {"status": "ready"}
    response = ask(make(reason="down"), lambda c: c.get("/readyz"))
    assert problem(response)["checks"] == {"database": "down"}
    assert int(response.headers["retry-after"]) >= 1
    assert ask(make(reason="down"), lambda c: c.get("/healthz")).status_code == 200


def test_a_service_that_leaves_is_not_ready_and_takes_nothing_new() -> None:
    app = make()
    app.drain.begin()
    ready = ask(app, lambda c: c.get("/readyz"))
    assert problem(ready)["checks"] == {"service": "shutting down"}
    refused = ask(app, lambda c: c.get("/v1/things/a"))
    assert problem(refused)["type"] == "urn:assay:problem:shutting-down"
    assert refused.headers["retry-after"] == "5"


def test_metrics_count_by_route_template_and_status() -> None:
    async def run() -> str:
        async with client_of(make()) as client:
            for name in ("a", "b"):
                await client.get(f"/v1/things/{name}")
            await client.get("/v1/unknown/path")
            await client.request("BREW", "/v1/echo")
            return (await client.get("/metrics")).text

    text = asyncio.run(run())
    assert (
        'assay_test_requests_total{method="GET",route="/v1/things/{name}",status="200"} 2.0' in text
    )
    assert 'route="(none)",status="404"} 1.0' in text
    assert 'method="OTHER"' in text
    assert "/v1/unknown" not in text
    assert 'assay_test_info{version="1.2.3"} 1.0' in text
    assert "assay_test_requests_in_flight 1.0" in text  # the one that asks


def test_two_applications_do_not_share_metrics() -> None:
    ask(make(), lambda c: c.get("/v1/things/a"))
    assert "/v1/things" not in ask(make(), lambda c: c.get("/metrics")).text


def test_log_lines_hold_ids_and_figures_and_no_paths_or_bodies() -> None:
    output = StringIO()
    app = make(output=output)
    ask(app, lambda c: c.get("/v1/things/private-name?size=3"))
    ask(app, lambda c: c.post("/v1/echo", json={"words": "private-name"}))
    assert "private-name" not in output.getvalue()
    assert "route=/v1/things/{name} status=200 milliseconds=" in output.getvalue()


def test_answers_are_not_cached_nor_guessed() -> None:
    headers = ask(make(), lambda c: c.get("/healthz")).headers
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"


def test_the_description_has_problems_and_the_key() -> None:
    document = ask(make(), lambda c: c.get("/openapi.json")).json()
    assert document["info"]["version"] == "1.2.3"
    assert "ProblemBody" in document["components"]["schemas"]
    assert document["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    described = document["paths"]["/readyz"]["get"]["responses"]["503"]
    assert "application/problem+json" in described["content"]
