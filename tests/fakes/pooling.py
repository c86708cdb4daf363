"""A vLLM pooling server that replays recorded shapes (vLLM 0.32); the logit is the first id."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import orjson
from aiohttp import web

MAX_MODEL_LEN = 512
T = TypeVar("T")
Handler = Callable[[list[list[int]]], web.Response | None]


def row(index: int, logit: float | None) -> dict[str, Any]:
    return {"index": index, "label": "LABEL_0", "probs": [logit], "num_classes": 1}


def classified(rows: list[dict[str, Any]]) -> web.Response:
    body = {
        "id": "classify-b2c1",
        "object": "list",
        "created": 1760000000,
        "model": "rm",
        "data": rows,
        "usage": {"prompt_tokens": 13, "total_tokens": 13, "completion_tokens": 0},
    }
    return web.Response(body=orjson.dumps(body), content_type="application/json")


def refused(status: int, message: str = "", **headers: str) -> web.Response:
    body = {"error": {"message": message, "type": "BadRequestError", "code": status}}
    return web.Response(
        status=status, body=orjson.dumps(body), headers=headers, content_type="application/json"
    )


@dataclass
class PoolingServer:
    """Answers `/classify`; `handle` may answer in its place.

    A sequence that is longer than the model takes fails its whole request, as vLLM does.
    """

    handle: Handler = lambda _: None
    seconds: float = 0.0  # that each request takes
    requests: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    num_in_flight: int = 0
    most_in_flight: int = 0

    @property
    def batch_sizes(self) -> list[int]:
        return [len(request["input"]) for request in self.requests]

    async def with_url(self, work: Callable[[str], Awaitable[T]]) -> T:
        """Serve on a free port while `work` runs."""
        app = web.Application(client_max_size=1 << 30)
        app.router.add_post("/classify", self._classify)
        app.router.add_get("/v1/models", self._models)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        try:
            return await work(f"http://127.0.0.1:{runner.addresses[0][1]}")
        finally:
            await runner.cleanup()

    async def _classify(self, request: web.Request) -> web.StreamResponse:
        body = orjson.loads(await request.read())
        self.requests.append(body)
        self.headers.append(dict(request.headers))
        self.num_in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.num_in_flight)
        try:
            await asyncio.sleep(self.seconds)
            answer = self.handle(body["input"])
        finally:
            self.num_in_flight -= 1
        if answer is not None:
            return answer
        if any(len(ids) > MAX_MODEL_LEN for ids in body["input"]):
            return refused(400, f"This model's maximum context length is {MAX_MODEL_LEN} tokens.")
        return classified([row(at, float(ids[0])) for at, ids in enumerate(body["input"])])

    async def _models(self, request: web.Request) -> web.StreamResponse:
        models = [{"id": "rm", "object": "model", "max_model_len": MAX_MODEL_LEN}]
        return web.Response(body=orjson.dumps({"object": "list", "data": models}))
