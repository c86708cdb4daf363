"""A stand-in for a vLLM 0.32 server: recorded shapes, scripted answers, faults on demand.

    with FakeVllm() as server:                      # own thread, free port
        backend = await connect(BackendSettings(url=server.url))
    with FakeVllm(Script(answer=..., probabilities=...), features=PLAIN_OPENAI) as server:
        server.fail(Fault(status=503), times=2)     # the next two chat or batch requests
        server.requests                             # log of Seen(path, body, headers)
    with FakeVllmProcess() as server:               # benchmarks: own process, no log
        server.url

Texts of at most 64 tokens are asked for by the start-up probe alone; they never reach the script.
"""

import asyncio
import sys
import threading
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from subprocess import PIPE, Popen
from typing import Any

import orjson
from aiohttp import web
from tests.fakes.vllm_model import Features, Model, Script

__all__ = [
    "PLAIN_OPENAI",
    "VLLM",
    "FakeVllm",
    "FakeVllmProcess",
    "Fault",
    "Features",
    "Script",
    "Seen",
]

CHAT = "/v1/chat/completions"
BATCH = "/v1/chat/completions/batch"
LARGEST_BYTES = 64 * 2**20
HEALTHY = Script()
VLLM = Features()
PLAIN_OPENAI = Features(
    version=None,
    max_model_len=None,
    has_grammar=False,
    has_json_schema=False,
    has_logprob_ids=False,
    has_continue=False,
    has_batch=False,
    has_tokenize=False,
    fingerprint=None,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One wrong answer. `seconds` delays; the other fields say what is wrong (none: only slow)."""

    status: int | None = None
    retry_after: str | None = None
    location: str | None = None  # where a redirect leads
    param: str | None = None  # "input_tokens": the context overflows
    message: str = "the engine is currently busy"
    body: bytes | None = None  # sent as it is, with `status` or 200
    cut_at: int | None = None  # bytes of the good answer after which the connection closes
    is_dropped: bool = False  # closes the connection without any answer
    is_chunked: bool = False  # says nothing of the answer's length beforehand
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Seen:
    """One request as the server saw it; names of headers in lower case."""

    path: str
    body: dict[str, Any]
    headers: Mapping[str, str]


class FakeVllm:
    """A server in a thread. Counters are plain attributes; those of requests mean chat and batch.

    Leaving the context raises what the script's functions raised, if they did.
    """

    def __init__(
        self, script: Script = HEALTHY, *, features: Features = VLLM, keeps_log: bool = True
    ) -> None:
        self.url = ""
        self.requests: list[Seen] = []
        self.num_requests = 0
        self.num_conversations = 0
        self.num_aborted = 0
        self.num_open = 0
        self.max_open = 0
        self._features = features
        self._model = Model(script, features)
        self._keeps_log = keeps_log
        self._faults: deque[Fault] = deque()
        self._choose: Callable[[int, str], Fault | None] | None = None
        self._num_by_path: Counter[str] = Counter()
        self._errors: list[Exception] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._run, name="fake-vllm", daemon=True)
        self._is_up = threading.Event()
        self._is_over = asyncio.Event()

    def fail(self, fault: Fault, *, times: int = 1) -> None:
        """Make the next `times` chat or batch requests go wrong."""
        self._faults.extend([fault] * times)

    def fault_for(self, choose: Callable[[int, str], Fault | None] | None) -> None:
        """Ask `choose(number, path)` for every request's fault; numbers count from 0 per path."""
        self._choose = choose

    def chats(self) -> list[Seen]:
        """The logged chat and batch requests."""
        return [seen for seen in self.requests if seen.path in (CHAT, BATCH)]

    def __enter__(self) -> "FakeVllm":
        self._thread.start()
        if not self._is_up.wait(timeout=10):
            raise RuntimeError("the fake server did not start within 10 s")
        return self

    def __exit__(self, *_: object) -> None:
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._is_over.set)
        self._thread.join(timeout=10)
        if self._errors:
            raise self._errors[0]

    def _run(self) -> None:
        asyncio.run(self.serve())

    async def serve(self, announce: Callable[[str], None] | None = None) -> None:
        """Serve until the context is left; `announce` is told the URL."""
        self._loop = asyncio.get_running_loop()
        runner = web.ServerRunner(
            web.Server(self._handle, handler_cancellation=True, request_factory=_request),
            shutdown_timeout=0.1,
        )
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        if announce:
            announce(self.url)
        self._is_up.set()
        await self._is_over.wait()
        await runner.cleanup()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        path = request.path
        raw = await request.read()
        body = orjson.loads(raw) if raw else {}
        if self._keeps_log:
            headers = {name.lower(): value for name, value in request.headers.items()}
            self.requests.append(Seen(path, body, headers))
        key = self._features.api_key
        if key is not None and request.headers.get("Authorization") != f"Bearer {key}":
            return _reply(401, b'{"error":"Unauthorized"}')
        fault = self._fault(path)
        if path not in (CHAT, BATCH):
            return await self._answer(request, body, fault)
        self.num_requests += 1
        self.num_open += 1
        self.max_open = max(self.max_open, self.num_open)
        try:
            return await self._answer(request, body, fault)
        except asyncio.CancelledError:
            self.num_aborted += 1
            raise
        finally:
            self.num_open -= 1

    def _fault(self, path: str) -> Fault | None:
        number = self._num_by_path[path]
        self._num_by_path[path] += 1
        if path in (CHAT, BATCH) and self._faults:
            return self._faults.popleft()
        return self._choose(number, path) if self._choose else None

    async def _answer(
        self, request: web.BaseRequest, body: dict[str, Any], fault: Fault | None
    ) -> web.StreamResponse:
        if fault is None:
            return _reply(*self._good(request, body))
        if fault.seconds:
            await asyncio.sleep(fault.seconds)
        return await _spoilt(request, fault, self._good(request, body))

    def _good(self, request: web.BaseRequest, body: dict[str, Any]) -> tuple[int, bytes]:
        if request.path == CHAT:
            self.num_conversations += 1
        elif request.path == BATCH:
            self.num_conversations += len(body.get("messages", ()))
        try:
            name = request.headers.get("X-Request-Id", "none")
            return self._model.answer(request.path, body, name, self.num_open)
        except Exception as error:  # noqa: BLE001 -- the script's own; raised on leaving the context
            self._errors.append(error)
            return 500, b'{"error":{"message":"the script failed"}}'


class FakeVllmProcess:
    """The default server in a process of its own, for benchmarks: no log, no faults."""

    def __init__(self) -> None:
        self.url = ""
        self._process: Popen[str] | None = None

    def __enter__(self) -> "FakeVllmProcess":
        self._process = Popen([sys.executable, "-m", "tests.fakes.vllm"], stdout=PIPE, text=True)
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().strip()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process is not None
        self._process.terminate()
        self._process.communicate(timeout=10)


def _request(
    message: Any, payload: Any, protocol: Any, writer: Any, task: "asyncio.Task[None]"
) -> web.BaseRequest:
    """Make a request as aiohttp does, but without its limit of 1 MiB."""
    loop = asyncio.get_running_loop()
    return web.BaseRequest(
        message, payload, protocol, writer, task, loop, client_max_size=LARGEST_BYTES
    )


def _reply(status: int, body: bytes, *, retry_after: str | None = None) -> web.Response:
    headers = {"Retry-After": retry_after} if retry_after is not None else None
    return web.Response(status=status, body=body, content_type="application/json", headers=headers)


async def _spoilt(
    request: web.BaseRequest, fault: Fault, good: tuple[int, bytes]
) -> web.StreamResponse:
    status, body = good
    if fault.is_dropped:
        assert request.transport is not None
        request.transport.abort()
        return _reply(status, body)
    if fault.cut_at is not None or fault.is_chunked:
        return await _streamed(request, fault, fault.body or body)
    if fault.status is not None:
        message = fault.message
        body = orjson.dumps(
            {"error": {"message": message, "type": "x", "param": fault.param, "code": fault.status}}
        )
        status = fault.status
    if fault.body is not None:
        status, body = fault.status or 200, fault.body
    response = _reply(status, body, retry_after=fault.retry_after)
    if fault.location is not None:
        response.headers["Location"] = fault.location
    return response


async def _streamed(request: web.BaseRequest, fault: Fault, body: bytes) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    if fault.cut_at is not None:
        response.content_length = len(body)
    await response.prepare(request)
    await response.write(body[: fault.cut_at])
    if fault.cut_at is not None:
        assert request.transport is not None
        request.transport.close()
    return response


if __name__ == "__main__":
    server = FakeVllm(keeps_log=False)
    asyncio.run(server.serve(lambda url: print(url, flush=True)))  # noqa: T201 -- to our parent
