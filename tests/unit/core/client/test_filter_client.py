"""The SDK of the filter service against a scripted service: what is repeated, resumed, refused."""

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import orjson
import pytest
from aiohttp import web
from multidict import CIMultiDict
from tests.fakes.relay import Relay

from assay.client.blocking_filter import BlockingFilterClient
from assay.client.filter import FilterClient
from assay.client.filter_wire import key_of_content
from assay.client.service_errors import (
    BrokenAnswerError,
    ConflictError,
    InvalidRequestError,
    NotFoundError,
    UnauthorizedError,
    UnavailableError,
)
from assay.domain.errors import AssayError, ConfigError, InputError, OutputError, RunStateError

RUN = {
    "id": "r1", "status": "running", "stage": "rules", "created_at": "2026-01-01T00:00:00Z",
    "finished_at": None, "created_by": None, "inputs": ["a.jsonl"], "judge": "evidence",
    "outcomes": {}, "progress": {"rules": {"done": 1, "total": 2, "samples": 5}}, "error": None,
    "new_member": 1,
}  # fmt: skip
DATA = b"".join(b'{"n":%d}\n' % n for n in range(40_000))
TAG = f'"{hashlib.sha256(DATA).hexdigest()}"'

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Script:
    """A service that does as it is told; `asked` is what came, `answers` what goes out in turn."""

    answers: list[Handler | web.Response] = field(default_factory=list)
    asked: list[tuple[str, str, CIMultiDict[str], bytes]] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self.asked.append((request.method, request.path_qs, request.headers.copy(), body))
        answer = self.answers.pop(0) if self.answers else web.Response(status=418)
        return await answer(request) if callable(answer) else answer


def told(body: object, status: int = 200, **headers: str) -> web.Response:
    return web.Response(
        body=orjson.dumps(body), status=status, headers=headers, content_type="application/json"
    )


def problem(status: int, kind: str, *, retryable: bool = False, **headers: str) -> web.Response:
    body = {"type": f"urn:assay:problem:{kind}", "status": status, "detail": "expected, found",
            "retryable": retryable}  # fmt: skip
    return told(body, status, **headers)


def talk(script: Script, work: Callable[[FilterClient], Awaitable[Any]], **options: Any) -> Any:
    async def run() -> Any:
        app = web.Application(client_max_size=1 << 30)
        app.router.add_route("*", "/{rest:.*}", script.handle)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        try:
            async with FilterClient(f"http://127.0.0.1:{port}/", **options) as client:
                return await work(client)
        finally:
            await runner.cleanup()

    return asyncio.run(run())


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assay.client.service_transport.FIRST_BACKOFF_SECONDS", 0.01)


def test_run_is_read_and_the_key_sent() -> None:
    script = Script([told(RUN)])
    run = talk(script, lambda c: c.run("r1"), api_key="secret")
    assert (run.id, run.status, run.progress["rules"].samples) == ("r1", "running", 5)
    ((method, path, headers, _),) = script.asked
    assert (method, path) == ("GET", "/v1/runs/r1")
    assert headers["Authorization"] == "Bearer secret"


@pytest.mark.parametrize(
    ("answer", "error", "base"),
    [
        (problem(401, "unauthorized"), UnauthorizedError, ConfigError),
        (problem(404, "run-not-found"), NotFoundError, InputError),
        (problem(410, "result-gone"), NotFoundError, InputError),
        (problem(409, "run-state"), ConflictError, RunStateError),
        (problem(422, "invalid-request"), InvalidRequestError, InputError),
        (problem(500, "internal"), UnavailableError, AssayError),
        (web.Response(status=302, headers={"location": "http://elsewhere"}), UnavailableError,
         AssayError),
        (web.Response(text="<html>", status=413), InvalidRequestError, InputError),
        (web.Response(text="no json"), BrokenAnswerError, AssayError),
        (told({"id": "r1"}), BrokenAnswerError, AssayError),
    ],
)  # fmt: skip
def test_problems_become_typed_errors(
    answer: web.Response, error: type[AssayError], base: type[AssayError]
) -> None:
    script = Script([answer])
    with pytest.raises(error) as caught:
        talk(script, lambda c: c.run("r1"), max_retries=0)
    assert isinstance(caught.value, base)
    assert len(script.asked) == 1
    if answer.content_type == "application/json" and answer.status >= 400:
        assert caught.value.status == answer.status  # type: ignore[attr-defined]
        assert "expected, found" in str(caught.value)


def test_errors_survive_pickling() -> None:
    import pickle

    found = pickle.loads(pickle.dumps(ConflictError("no", 409, "run-state")))
    assert (str(found), found.status, found.kind) == ("no", 409, "run-state")


def test_saturation_is_waited_for_as_told() -> None:
    script = Script(
        [
            problem(429, "too-many-requests", retryable=True, **{"Retry-After": "1"}),
            problem(503, "not-ready", retryable=True),
            told(RUN),
        ]
    )
    begun = time.monotonic()
    assert talk(script, lambda c: c.run("r1")).id == "r1"
    assert time.monotonic() - begun >= 1
    assert len(script.asked) == 3


def test_what_will_not_pass_is_asked_once() -> None:
    script = Script([problem(422, "invalid-request"), told(RUN)])
    with pytest.raises(InvalidRequestError):
        talk(script, lambda c: c.run("r1"))
    assert len(script.asked) == 1


async def _break(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.close()
    return web.Response()


def test_broken_connection_is_repeated_where_that_is_safe() -> None:
    script = Script([_break, told(RUN)])
    assert talk(script, lambda c: c.run("r1")).id == "r1"
    script = Script([_break, told(RUN, 202)])
    assert talk(script, lambda c: c.submit("file-1")).id == "r1"
    one, other = script.asked
    assert one[2]["Idempotency-Key"] == other[2]["Idempotency-Key"]


@pytest.mark.parametrize(
    "work",
    [
        lambda c: c.cancel("r1"),
        lambda c: c.resume("r1"),
        lambda c: c.review("s1", run="r1", decision="accept"),
    ],
)
def test_what_may_have_happened_is_not_repeated(
    work: Callable[[FilterClient], Awaitable[Any]],
) -> None:
    script = Script([_break, told(RUN)])
    with pytest.raises(UnavailableError, match="broken connection"):
        talk(script, work)
    assert len(script.asked) == 1
    review = {"run": "r1", "ordinal": 1, "seq": 0, "reviewer": "k", "decision": "accept",
              "comment": None, "created_at": "t"}  # fmt: skip
    script = Script([problem(503, "shutting-down", retryable=True), told({**RUN, **review})])
    talk(script, work)
    assert len(script.asked) == 2, "a service that says it did nothing may be asked again"


def test_submission_says_what_was_chosen_and_nothing_else() -> None:
    script = Script([told(RUN, 202), told(RUN, 202)])

    async def work(client: FilterClient) -> None:
        await client.submit(["f1", "f2"], pipeline="small", output_format="parquet", seed=3)
        await client.submit([{"messages": []}], idempotency_key="mine")

    talk(script, work)
    first, second = script.asked
    body = {"input": ["f1", "f2"], "pipeline": "small", "seed": 3, "format": "parquet"}
    assert orjson.loads(first[3]) == body
    assert first[2]["Idempotency-Key"] == key_of_content(body)
    assert orjson.loads(second[3]) == {"input": [{"messages": []}]}
    assert second[2]["Idempotency-Key"] == "mine"


def test_upload_streams_and_compares_digests(tmp_path: Path) -> None:
    path = tmp_path / "a b.jsonl"
    path.write_bytes(DATA * 8)
    kept = {"id": "file-1", "bytes": len(DATA) * 8, "filename": "a b.jsonl", "format": "jsonl",
            "sha256": hashlib.sha256(DATA * 8).hexdigest()}  # fmt: skip
    script = Script([_break, told(kept), told({**kept, "sha256": "0" * 64})])

    async def work(client: FilterClient) -> None:
        assert (await client.upload(path)).id == "file-1"
        with pytest.raises(BrokenAnswerError, match="arrive with SHA-256"):
            await client.upload(path, name="x.jsonl")
        with pytest.raises(InputError, match="found none"):
            await client.upload(tmp_path / "absent")

    talk(script, work)
    assert [body for *_, body in script.asked[1:]] == [DATA * 8] * 2
    assert script.asked[1][1] == "/v1/files?filename=a+b.jsonl&purpose=curate"


def test_lists_are_read_page_by_page() -> None:
    pages = [
        told({"data": [RUN, RUN], "next_cursor": "c1"}),
        told({"data": [], "next_cursor": "c2"}),
        told({"data": [RUN], "next_cursor": None}),
    ]
    script = Script(list(pages))

    async def work(client: FilterClient) -> list[str]:
        return [run.id async for run in client.runs(status="running")]

    assert talk(script, work) == ["r1"] * 3
    assert [path for _, path, _, _ in script.asked] == [
        "/v1/runs?state=running&limit=200",
        "/v1/runs?state=running&limit=200&after=c1",
        "/v1/runs?state=running&limit=200&after=c2",
    ]


@pytest.mark.parametrize("name", ["a/b.jsonl:12", "ü?#%41.jsonl:1", "../x", "a//b:1"])
def test_names_of_samples_arrive_as_they_are(name: str) -> None:
    found: list[str] = []

    async def note(request: web.Request) -> web.StreamResponse:
        found.append(unquote(request.raw_path.partition("?")[0]))
        return told({})

    talk(Script([note]), lambda c: c.sample(name, run="r1"))
    assert found == [f"/v1/samples/{name}"]


@pytest.mark.parametrize("run_id", ["", ".", "..", "a/b"])
def test_what_is_no_id_is_not_sent(run_id: str) -> None:
    script = Script()
    with pytest.raises(InputError, match="expected an id"):
        talk(script, lambda c: c.run(run_id))
    assert script.asked == []


def _event(number: int, kind: str = "progress") -> bytes:
    told: dict[str, Any] = {"run": "r1", "status": "running", "stage": "rules"}
    data = {**told, "outcomes": {}, "progress": {}, "error": None}
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (number, kind.encode(), orjson.dumps(data))


def _stream(*pieces: bytes, is_cut: bool = False) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"content-type": "text/event-stream"})
        await response.prepare(request)
        for piece in pieces:
            await response.write(piece)
        if is_cut:
            await asyncio.sleep(0.05)
            assert request.transport is not None
            request.transport.abort()
        return response

    return handle


def test_watching_goes_on_behind_the_last_event_seen() -> None:
    script = Script(
        [
            _stream(b"retry: 2000\n\n", _event(2, "state"), b": alive\n\n", _event(4), is_cut=True),
            problem(503, "shutting-down", retryable=True),
            _stream(_event(6)[:20], is_cut=True),
            _stream(_event(6), _event(9, "done")),
        ]
    )

    async def work(client: FilterClient) -> list[str]:
        return [event.id async for event in client.watch("r1")]

    assert talk(script, work) == ["2", "4", "6", "9"]
    seen = [headers.get("Last-Event-ID") for _, _, headers, _ in script.asked]
    assert seen == [None, "4", "4", "4"]


def test_watching_an_ended_run_ends() -> None:
    async def work(client: FilterClient) -> list[str]:
        return [event.id async for event in client.watch("r1", last_event_id="9")]

    assert talk(Script([web.Response(status=204)]), work) == []


@pytest.mark.parametrize(
    "answer", [_stream(), _stream(_event(2)[:30], is_cut=True)], ids=["empty", "cut"]
)
def test_watching_gives_up_on_a_service_that_only_breaks(answer: Handler) -> None:
    async def work(client: FilterClient) -> None:
        async for _ in client.watch("r1"):
            raise AssertionError("there is no event")

    with pytest.raises(UnavailableError, match="in a row"):
        talk(Script([answer] * 10), work, max_retries=2)


@pytest.mark.parametrize(
    "piece", [b"id: 1\ndata: {\n\n", b"data: []\n\n", b"data: " + b"x" * (2 << 20), b"\xff\n\n"]
)
def test_foreign_streams_are_refused(piece: bytes) -> None:
    async def work(client: FilterClient) -> None:
        async for _ in client.watch("r1"):
            raise AssertionError("there is no event")

    with pytest.raises((BrokenAnswerError, UnavailableError)):
        talk(Script([_stream(piece)]), work, max_retries=0)


def _file(data: bytes = DATA, tag: str = TAG, *, cut_after: int | None = None) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        if request.headers.get("if-none-match") == tag:
            return web.Response(status=304)
        start, status = 0, 200
        given = request.headers.get("range")
        if given is not None and request.headers.get("if-range") == tag:
            start, status = int(given[6:-1]), 206
        if start >= len(data):
            return problem(416, "range-not-satisfiable")
        headers = {"etag": tag, "content-length": str(len(data) - start)}
        if status == 206:
            headers["content-range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
        response = web.StreamResponse(status=status, headers=headers)
        await response.prepare(request)
        end = len(data) if cut_after is None else start + cut_after
        await response.write(data[start:end])
        if cut_after is not None:
            await asyncio.sleep(0.05)
            assert request.transport is not None
            request.transport.abort()
        return response

    return handle


def _download(script: Script, path: Path, **options: Any) -> Any:
    return talk(script, lambda c: c.results("r1", "accepted", path), **options)


def test_download_goes_on_where_it_broke(tmp_path: Path) -> None:
    script = Script([_file(cut_after=100_000), _file(cut_after=200_000), _file()])
    found = _download(script, tmp_path / "x.jsonl")
    assert (tmp_path / "x.jsonl").read_bytes() == DATA
    assert (found.num_bytes, found.is_verified) == (len(DATA), True)
    ranges = [headers.get("Range") for _, _, headers, _ in script.asked]
    assert ranges == [None, "bytes=100000-", "bytes=300000-"]
    assert [path.name for path in tmp_path.iterdir()] == ["x.jsonl"]


def test_download_is_taken_up_by_a_later_call(tmp_path: Path) -> None:
    script = Script([_file(cut_after=100_000)])
    with pytest.raises(UnavailableError):
        _download(script, tmp_path / "x.jsonl", max_retries=0)
    assert not (tmp_path / "x.jsonl").exists()
    script = Script([_file()])
    _download(script, tmp_path / "x.jsonl")
    assert script.asked[0][2]["Range"] == "bytes=100000-"
    assert (tmp_path / "x.jsonl").read_bytes() == DATA


def test_download_of_a_changed_file_begins_anew(tmp_path: Path) -> None:
    other = DATA.replace(b"1", b"2")
    tag = f'"{hashlib.sha256(other).hexdigest()}"'
    script = Script([_file(cut_after=100_000), _file(other, tag)])
    _download(script, tmp_path / "x.jsonl")
    assert (tmp_path / "x.jsonl").read_bytes() == other


def test_part_that_is_whole_already_is_kept(tmp_path: Path) -> None:
    (tmp_path / ".x.jsonl.part").write_bytes(DATA)
    (tmp_path / ".x.jsonl.part.etag").write_text(TAG)
    script = Script([_file(), _file()])
    assert _download(script, tmp_path / "x.jsonl").is_verified
    assert (tmp_path / "x.jsonl").read_bytes() == DATA


def test_part_longer_than_the_file_of_today_is_dropped(tmp_path: Path) -> None:
    (tmp_path / ".x.jsonl.part").write_bytes(DATA * 2)
    (tmp_path / ".x.jsonl.part.etag").write_text(TAG)
    short = DATA[:100]
    tag = f'"{hashlib.sha256(short).hexdigest()}"'

    async def beyond(_: web.Request) -> web.StreamResponse:
        return problem(416, "range-not-satisfiable")

    script = Script([beyond, _file(short, tag), _file(short, tag)])
    _download(script, tmp_path / "x.jsonl")
    assert (tmp_path / "x.jsonl").read_bytes() == short


def test_wrong_bytes_get_no_name(tmp_path: Path) -> None:
    script = Script([_file(b"other bytes", TAG)])
    with pytest.raises(BrokenAnswerError, match="with SHA-256"):
        _download(script, tmp_path / "x.jsonl")
    assert list(tmp_path.iterdir()) == []


def test_part_of_unknown_origin_is_not_gone_on_with(tmp_path: Path) -> None:
    (tmp_path / ".x.jsonl.part").write_bytes(b"something")
    script = Script([_file()])
    _download(script, tmp_path / "x.jsonl")
    assert "Range" not in script.asked[0][2]


def test_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="expected to write"):
        _download(Script([_file()]), tmp_path / "absent" / "x.jsonl")


@pytest.fixture
def relay() -> Iterator[Relay]:
    with Relay("http://127.0.0.1:1") as relay:
        yield relay


def test_service_that_is_away_is_named(relay: Relay) -> None:
    relay.cut()
    client = BlockingFilterClient(relay.url, max_retries=1)
    with client, pytest.raises(UnavailableError, match="check the URL"):
        client.run("r1")
    with pytest.raises(AssayError, match="closed"):
        client.run("r1")
    client.close()


@pytest.mark.parametrize("url", ["", "ftp://x", "http://u:p@x", "http://x?key=1", "x:y:z"])
def test_url_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="expected"):
        BlockingFilterClient(url)


def test_blocking_client_has_every_method() -> None:
    def names(kind: type) -> set[str]:
        return {name for name in vars(kind) if not name.startswith("_")}

    assert names(BlockingFilterClient) == names(FilterClient)
