"""The client against a scripted HTTP server: retries, batches, order, errors as values, silence."""

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import orjson
import pytest
from aiohttp import web

from assay.client import batching, transport
from assay.client.judge import BlockingJudgeClient, JudgeClient
from assay.client.wire import ScoreResult
from assay.domain.errors import BudgetError, ConfigError, JudgeBackendError
from assay.domain.judgement import Judgement
from assay.domain.sample import Message, Sample

KEY = "a-key-of-the-tests-0123"
Reply = tuple[int, Any] | tuple[int, Any, dict[str, str]]
Handle = Callable[[str, Any], Reply]  # (path, parsed body) -> status, body[, headers]


def sample(text: str, *, num_turns: int = 1) -> Sample:
    turns = [
        m for _ in range(num_turns) for m in (Message("user", "q"), Message("assistant", text))
    ]
    return Sample(tuple(turns))


def answer(row: Any, **extra: Any) -> dict[str, Any]:
    """What a service says to one sample: its text is the judge's version."""
    turns = [at for at, m in enumerate(row["messages"]) if m["role"] == "assistant"]
    text = row["messages"][-1]["content"]
    judgements = [{"judge": "fake", "version": text, "turn": turn, "scores": {}} for turn in turns]
    verdict = {
        "decision": "borderline",
        "overall": None,
        "weight_covered": 0,
        "reasons": ["score.none"],
        "basis": "no_defect_found",
        "turns": [
            {"turn": t, "decision": "borderline", "overall": None, "weight": 1} for t in turns
        ],
    }
    body = {"sample_id": text, "judgements": judgements, "verdict": verdict, "usage": {}}
    return {**extra, **body}


def contented(path: str, body: Any) -> Reply:
    if path.endswith("/batch"):
        rows = body["samples"]
        return 200, {"results": [answer(row, index=at) for at, row in enumerate(rows)], "usage": {}}
    return 200, answer(body["sample"])


class Seen:
    """What a scripted service was asked."""

    def __init__(self) -> None:
        self.url = ""
        self.bodies: list[Any] = []
        self.headers: list[dict[str, str]] = []
        self.num_in_flight = 0
        self.most_in_flight = 0

    @property
    def batch_sizes(self) -> list[int]:
        return [len(body["samples"]) for body in self.bodies if body and "samples" in body]


@contextmanager
def service(handle: Handle, *, seconds: float = 0.0) -> Iterator[Seen]:
    seen, is_up, loop = Seen(), threading.Event(), asyncio.new_event_loop()
    is_over = asyncio.Event()

    async def answer_request(request: web.BaseRequest) -> web.StreamResponse:
        raw = await request.read()
        body = orjson.loads(raw) if raw else None
        seen.bodies.append(body)
        seen.headers.append(dict(request.headers))
        seen.num_in_flight += 1
        seen.most_in_flight = max(seen.most_in_flight, seen.num_in_flight)
        try:
            await asyncio.sleep(seconds)
            status, said, *headers = handle(request.path, body)
        finally:
            seen.num_in_flight -= 1
        if status == 0:
            assert request.transport is not None
            request.transport.abort()
        data = said if isinstance(said, bytes) else orjson.dumps(said)
        return web.Response(
            status=status or 200, body=data, headers=headers[0] if headers else None
        )

    async def serve() -> None:
        runner = web.ServerRunner(web.Server(answer_request), shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        seen.url = "http://{}:{}".format(*runner.addresses[0][:2])
        is_up.set()
        await is_over.wait()
        await runner.cleanup()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()), daemon=True)
    thread.start()
    assert is_up.wait(10)
    try:
        yield seen
    finally:
        loop.call_soon_threadsafe(is_over.set)
        thread.join(10)
        loop.close()


@pytest.fixture(autouse=True)
def no_long_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "FIRST_BACKOFF_SECONDS", 0.001)
    monkeypatch.setattr(transport, "LONGEST_BACKOFF_SECONDS", 0.01)


def scored(url: str, samples: Sequence[Sample], **options: Any) -> list[Any]:
    async def run() -> list[Any]:
        async with JudgeClient(url, **options) as client:
            return list(await client.score_many(samples))

    return asyncio.run(run())


def texts(results: Sequence[Any]) -> list[Any]:
    return [r.sample_id if isinstance(r, ScoreResult) else r.code for r in results]


def test_samples_travel_in_batches_and_come_back_in_order() -> None:
    with service(contented) as seen:
        results = scored(seen.url, [sample(f"s{n}") for n in range(50)], max_batch=16)
    assert texts(results) == [f"s{n}" for n in range(50)]
    assert sorted(seen.batch_sizes) == [2, 16, 16, 16]


def test_a_batch_is_bounded_in_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batching, "MAX_BATCH_BYTES", 2_000)
    with service(contented) as seen:
        results = scored(seen.url, [sample("x" * 900) for _ in range(5)])
    assert len(results) == 5
    assert seen.batch_sizes == [1, 1, 1, 1, 1] or max(seen.batch_sizes) <= 2


def test_no_more_requests_at_a_time_than_allowed() -> None:
    with service(contented, seconds=0.01) as seen:
        scored(seen.url, [sample(str(n)) for n in range(30)], max_batch=1, max_in_flight=3)
    assert seen.most_in_flight == 3


def test_mode_rubric_and_key_go_with_every_request() -> None:
    with service(contented) as seen:
        scored(seen.url, [sample("a")], mode="fast", rubric="mine", api_key=KEY)
    assert (seen.bodies[0]["mode"], seen.bodies[0]["rubric"]) == ("fast", "mine")
    assert seen.headers[0]["Authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize("status", [0, 429, 502, 503, 504])
def test_what_may_pass_is_asked_again(status: int) -> None:
    num = 0

    def handle(path: str, body: Any) -> Reply:
        nonlocal num
        num += 1
        return (status, {}) if num <= 2 else contented(path, body)

    with service(handle) as seen:
        assert texts(scored(seen.url, [sample("a")])) == ["a"]
    assert len(seen.bodies) == 3


@pytest.mark.parametrize("status", [400, 401, 404, 415, 500])
def test_what_will_not_pass_is_not(status: int) -> None:
    with service(lambda _path, _body: (status, {})) as seen:
        (result,) = scored(seen.url, [sample("a")])
    assert isinstance(result, JudgeBackendError)
    assert len(seen.bodies) == 1


def test_a_problem_that_says_not_to_ask_again_is_believed() -> None:
    problem = {"retryable": False, "code": "malformed", "detail": "no"}
    with service(lambda _path, _body: (502, problem)) as seen:
        (result,) = scored(seen.url, [sample("a")])
    assert result.code == "malformed"
    assert len(seen.bodies) == 1


def test_retries_end() -> None:
    with service(lambda _path, _body: (503, {})) as seen:
        (result,) = scored(seen.url, [sample("a")], max_retries=3)
    assert result.code == "unreachable"
    assert len(seen.bodies) == 4


def test_retry_after_is_kept() -> None:
    num = 0

    def handle(path: str, body: Any) -> Reply:
        nonlocal num
        num += 1
        return (429, {}, {"Retry-After": "1"}) if num == 1 else contented(path, body)

    async def run(url: str) -> float:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        async with JudgeClient(url) as client:
            await client.score(sample("a"))
        return loop.time() - begun

    with service(handle) as seen:
        assert asyncio.run(run(seen.url)) >= 1.0


def test_time_is_bounded_whatever_the_service_asks_for() -> None:
    reply: Reply = (503, {}, {"Retry-After": "50"})
    with service(lambda _path, _body: reply) as seen:
        (result,) = scored(seen.url, [sample("a")], patience_seconds=10)
    assert result.code == "unreachable"
    assert len(seen.bodies) == 1


def test_want_of_room_is_waited_for_and_counts_as_no_try() -> None:
    num = 0

    def handle(path: str, body: Any) -> Reply:
        nonlocal num
        num += 1
        return (429, {"code": "saturated"}) if num <= 12 else contented(path, body)

    with service(handle) as seen:
        assert texts(scored(seen.url, [sample("a")], max_retries=1)) == ["a"]
    assert len(seen.bodies) == 13


def test_patience_ends_with_the_reason() -> None:
    with service(lambda _path, _body: (429, {"detail": "expected room"})) as seen:
        (result,) = scored(seen.url, [sample("a")], patience_seconds=0.1)
    assert result.code == "saturated"
    assert "answered 429: expected room; waited 0 s for room" in str(result)
    assert len(seen.bodies) > 5


def test_service_whose_model_server_is_gone_is_not_waited_for() -> None:
    problem = {"code": "unreachable", "retryable": True}
    reply: Reply = (503, problem, {"Retry-After": "0"})
    with service(lambda _path, _body: reply) as seen:
        (result,) = scored(seen.url, [sample("a")], max_retries=2)
    assert result.code == "unreachable"
    assert len(seen.bodies) == 3


def test_want_of_room_behind_the_service_is_waited_for() -> None:
    num = 0

    def handle(_path: str, body: Any) -> Reply:
        nonlocal num
        num += 1
        problem = {"status": 503, "code": "saturated", "retryable": True}
        rows = body["samples"]
        found = [{"index": at, "error": problem} for at in range(len(rows))]
        full = [answer(row, index=at) for at, row in enumerate(rows)]
        return 200, {"results": found if num <= 9 else full, "usage": {}}

    with service(handle) as seen:
        assert texts(scored(seen.url, [sample("a")], max_retries=1)) == ["a"]
        assert len(seen.bodies) == 10
        num = 0
        (result,) = scored(seen.url, [sample("a")], patience_seconds=0.0)
    assert result.code == "saturated"


def test_fewer_ask_where_there_is_no_room() -> None:
    def handle(path: str, body: Any) -> Reply:
        return (429, {}) if seen.num_in_flight > 2 else contented(path, body)

    with service(handle, seconds=0.005) as seen:
        results = scored(seen.url, [sample(f"s{n}") for n in range(60)], max_batch=1)
    assert texts(results) == [f"s{n}" for n in range(60)]
    num_refused = len(seen.bodies) - 60
    assert 0 < num_refused < 150


def refused(status: int, code: str) -> dict[str, Any]:
    return {"status": status, "code": code, "retryable": True}


def test_sample_that_keeps_failing_does_not_end_the_wait_of_its_neighbours() -> None:
    num = 0

    def handle(_path: str, body: Any) -> Reply:
        nonlocal num
        num += 1
        results = []
        for at, row in enumerate(body["samples"]):
            if row["messages"][-1]["content"] == "fails":
                results.append({"index": at, "error": refused(502, "server_error")})
            elif num <= 9:
                results.append({"index": at, "error": refused(503, "saturated")})
            else:
                results.append(answer(row, index=at))
        return 200, {"results": results, "usage": {}}

    with service(handle) as seen:
        results = scored(seen.url, [sample("fails"), sample("waits")], max_retries=2)
    assert texts(results) == ["server_error", "waits"]
    assert seen.batch_sizes == [2, 2, 2, 1, 1, 1, 1, 1, 1, 1]


def test_spent_patience_does_not_end_the_tries_of_the_neighbours() -> None:
    def handle(_path: str, body: Any) -> Reply:
        found = {"fails": refused(502, "server_error"), "waits": refused(503, "saturated")}
        rows = [found[row["messages"][-1]["content"]] for row in body["samples"]]
        return 200, {"results": [{"index": at, "error": e} for at, e in enumerate(rows)]}

    with service(handle) as seen:
        samples = [sample("fails"), sample("waits")]
        results = scored(seen.url, samples, max_retries=2, patience_seconds=0.0)
    assert texts(results) == ["server_error", "saturated"]
    assert seen.batch_sizes == [2, 1, 1]


def test_want_of_room_within_an_answer_lets_fewer_ask() -> None:
    def handle(_path: str, body: Any) -> Reply:
        rows = body["samples"]
        if seen.num_in_flight > 2:
            error = refused(503, "saturated")
            return 200, {"results": [{"index": at, "error": error} for at in range(len(rows))]}
        return 200, {"results": [answer(row, index=at) for at, row in enumerate(rows)]}

    async def run(url: str) -> tuple[list[Any], int]:
        async with JudgeClient(url, max_batch=1, max_in_flight=32) as client:
            results = await client.score_many([sample(f"s{n}") for n in range(60)])
            return list(results), client._transport.limiter.limit

    with service(handle, seconds=0.005) as seen:
        results, limit = asyncio.run(run(seen.url))
    assert texts(results) == [f"s{n}" for n in range(60)]
    assert limit <= 8


def test_question_about_the_service_waits_for_room_too() -> None:
    num = 0

    def handle(_path: str, _body: Any) -> Reply:
        nonlocal num
        num += 1
        return (429, {"code": "saturated"}) if num <= 6 else (200, CAPABILITIES)

    with service(handle) as seen, BlockingJudgeClient(seen.url, max_retries=1) as client:
        assert client.version == "v7"
    assert len(seen.bodies) == 7


def test_waiting_for_a_turn_is_no_timeout() -> None:
    with service(contented, seconds=0.05) as seen:
        results = scored(
            seen.url,
            [sample(f"s{n}") for n in range(12)],
            max_batch=1,
            max_in_flight=1,
            timeout_seconds=0.3,
        )
    assert texts(results) == [f"s{n}" for n in range(12)]


def test_a_slow_service_is_a_timeout() -> None:
    with service(contented, seconds=2.0) as seen:
        (result,) = scored(seen.url, [sample("a")], timeout_seconds=0.1)
    assert result.code == "timeout"


def test_a_failure_is_that_of_its_own_sample_and_asked_again_alone() -> None:
    failures = {"b": 2, "c": 99}

    def handle(_path: str, body: Any) -> Reply:
        results = []
        for at, row in enumerate(body["samples"]):
            text = row["messages"][-1]["content"]
            if failures.get(text, 0) > 0:
                failures[text] -= 1
                problem = {"status": 503, "code": "saturated", "retryable": True}
                if text == "c":
                    problem = {"status": 422, "code": "context_overflow", "retryable": False}
                results.append({"index": at, "error": problem})
            else:
                results.append(answer(row, index=at))
        return 200, {"results": results, "usage": {}}

    with service(handle) as seen:
        results = scored(seen.url, [sample(text) for text in "abcd"])
    assert texts(results) == ["a", "b", "context_overflow", "d"]
    assert seen.batch_sizes == [4, 1, 1]


@pytest.mark.parametrize("status", [413, 422])
def test_a_batch_that_is_too_large_for_the_service_is_halved(status: int) -> None:
    def handle(path: str, body: Any) -> Reply:
        return (status, {}) if len(body["samples"]) > 3 else contented(path, body)

    with service(handle) as seen:
        results = scored(seen.url, [sample(str(n)) for n in range(8)])
    assert texts(results) == [str(n) for n in range(8)]
    assert seen.batch_sizes == [8, 4, 2, 2, 4, 2, 2]


@pytest.mark.parametrize(
    "said",
    [
        b"not json",
        {},
        {"results": []},
        {"results": [{"index": 1}]},
        {"results": [{"index": 0}]},
        {"results": [7]},
        [1, 2],
    ],
)
def test_an_answer_of_another_form_is_an_error_of_each_sample(said: Any) -> None:
    with service(lambda _path, _body: (200, said)) as seen:
        (result,) = scored(seen.url, [sample("a")])
    assert result.code == "malformed"


def test_a_spent_budget_stops_everything() -> None:
    problem = {"type": "urn:assay:problem:budget-spent", "retryable": False, "detail": "spent"}
    with service(lambda _path, _body: (402, problem)) as seen, pytest.raises(BudgetError):
        scored(seen.url, [sample(str(n)) for n in range(40)], max_in_flight=1)
    assert len(seen.bodies) == 1


def test_a_budget_error_within_a_batch_stops_too() -> None:
    problem = {"status": 402, "type": "urn:assay:problem:budget-spent"}
    said = {"results": [{"index": 0, "error": problem}], "usage": {}}
    with service(lambda _path, _body: (200, said)) as seen, pytest.raises(BudgetError):
        scored(seen.url, [sample("a")])
    assert len(seen.bodies) == 1


def test_redirects_are_not_followed() -> None:
    with service(lambda _path, _body: (302, b"", {"Location": "http://127.0.0.1:1/"})) as seen:
        (result,) = scored(seen.url, [sample("a")], api_key=KEY)
    assert result.code == "refused"
    assert len(seen.bodies) == 1


def test_a_service_that_is_not_there_is_unreachable_and_the_key_is_not_told() -> None:
    (result,) = scored("http://127.0.0.1:9", [sample("secret words")], api_key=KEY, max_retries=1)
    assert result.code == "unreachable"
    assert KEY not in str(result)
    assert "secret" not in str(result)


def test_an_endless_answer_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "MAX_ANSWER_BYTES", 10_000)
    with service(lambda _path, _body: (200, b"x" * 100_000)) as seen:
        (result,) = scored(seen.url, [sample("a")])
    assert result.code == "malformed"


@pytest.mark.parametrize(
    "url", ["", "127.0.0.1:8001", "ftp://host", "http://", "http://user:pass@host", "http://h/?k=v"]
)
def test_a_url_that_is_none_or_holds_secrets_is_refused(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        BlockingJudgeClient(url)
    assert "pass@" not in str(caught.value)


def test_samples_without_an_assistant_turn_are_not_sent() -> None:
    async def run(url: str) -> Any:
        async with JudgeClient(url) as client:
            alone = await client.judge_sample(Sample((Message("user", "q"),)))
            many = await client.judge_many([Sample((Message("user", "q"),)), sample("a")])
            return alone, many

    with service(contented) as seen:
        alone, (none, one) = asyncio.run(run(seen.url))
    assert alone == none == ()
    assert isinstance(one, tuple)
    assert isinstance(one[0], Judgement)
    assert seen.batch_sizes == [1]


CAPABILITIES = {
    "version": "1",
    "is_ready": True,
    "reason": None,
    "judge": {"name": "granite", "version": "v7"},
    "modes": ["fast"],
    "default_mode": "fast",
    "rubrics": ["default"],
    "default_rubric": "default",
    "limits": {"max_batch": 64, "max_body_bytes": 1, "max_sample_bytes": 1},
    "backend": None,
    "added_later": 1,
}


def test_the_blocking_client_knows_its_judge_and_asks_once() -> None:
    with service(lambda _path, _body: (200, CAPABILITIES)) as seen:
        with BlockingJudgeClient(seen.url, mode="fast") as client:
            assert (client.name, client.version, client.version) == ("granite", "v7", "v7")
        assert len(seen.bodies) == 1


def test_a_service_without_a_judge_is_unreachable() -> None:
    lost = {**CAPABILITIES, "judge": None, "is_ready": False, "reason": "down"}
    with (
        service(lambda _path, _body: (200, lost)) as seen,
        BlockingJudgeClient(seen.url) as client,
        pytest.raises(JudgeBackendError) as caught,
    ):
        _ = client.version
    assert caught.value.code == "unreachable"


def test_a_closed_client_says_so() -> None:
    with service(contented) as seen:
        client = BlockingJudgeClient(seen.url)
        assert len(client.judge_samples([sample("a")])) == 1
        client.close()
        client.close()
        with pytest.raises(JudgeBackendError, match="closed"):
            client.judge_samples([sample("a")])


def test_many_threads_may_ask_one_client() -> None:
    with service(contented) as seen, BlockingJudgeClient(seen.url, max_batch=4) as client:
        results: dict[int, list[Any]] = {}

        def ask(number: int) -> None:
            judged = client.judge_samples([sample(f"{number}-{n}") for n in range(10)])
            results[number] = [j[0].version for j in judged if isinstance(j, tuple)]

        threads = [threading.Thread(target=ask, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
    assert results == {n: [f"{n}-{k}" for k in range(10)] for n in range(4)}
