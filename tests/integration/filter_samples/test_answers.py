"""Answers are what the OpenAPI document says of them, member by member."""

import asyncio

import httpx
from pydantic import BaseModel
from tests.fakes.app_client import client_of
from tests.integration.filter_samples.sampled_app import Sampled

from assay_filter.service.sample_schemas import (
    DiffPage,
    ReviewBody,
    RunDeleted,
    RunRemoval,
    SampleDeleted,
    SampleEntry,
    SampleList,
    SampleStory,
    StatsBody,
)


def check(model: type[BaseModel], body: dict[str, object], *, is_all: bool = True) -> None:
    model.model_validate(body)
    assert set(body) <= set(model.model_fields)
    assert not is_all or set(body) == set(model.model_fields)


def test_answers_fit_their_schemas(sampled: Sampled) -> None:
    async def talk(client: httpx.AsyncClient) -> None:
        run = sampled.first.id
        page = (await client.get("/v1/samples", params={"run": run})).json()
        check(SampleList, page)
        for entry in page["data"]:
            check(SampleEntry, entry)
        check(SampleStory, (await client.get("/v1/samples/loops", params={"run": run})).json())
        said = {"run": run, "decision": "reject"}
        check(ReviewBody, (await client.post("/v1/samples/loops/review", json=said)).json())
        figures = (await client.get("/v1/stats", params={"run": run})).json()
        check(StatsBody, {**figures, "states": {}})
        check(StatsBody, (await client.get("/v1/stats")).json(), is_all=False)
        check(DiffPage, (await client.get(f"/v1/runs/{run}/diff/{sampled.second.id}")).json())
        removed = (await client.delete("/v1/samples/row-3")).json()
        check(SampleDeleted, removed)
        for entry in removed["runs"]:
            check(RunRemoval, entry)
        check(RunDeleted, (await client.delete(f"/v1/runs/{run}")).json())

    async def run() -> None:
        async with client_of(sampled.app) as client:
            await talk(client)

    asyncio.run(run())


def test_openapi_names_every_endpoint_of_samples(sampled: Sampled) -> None:
    paths = sampled.app.openapi()["paths"]
    assert {
        (path, method)
        for path, methods in paths.items()
        for method in methods
        if "sample" in path or "stats" in path or "diff" in path
    } == {
        ("/v1/samples", "get"),
        ("/v1/samples/{name}", "get"),
        ("/v1/samples/{name}", "delete"),
        ("/v1/samples/{name}/review", "post"),
        ("/v1/stats", "get"),
        ("/v1/runs/{run_id}/diff/{other_id}", "get"),
    }
