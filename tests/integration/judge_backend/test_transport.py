"""Requests against a server that fails on demand: what is tried again, and what is raised."""

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest
from pydantic import SecretStr, ValidationError
from tests.fakes.vllm import FakeVllm, Fault, Features

from assay.domain.errors import JudgeBackendError
from assay_judge.backend.settings import BackendSettings
from assay_judge.backend.transport import Answer, Transport

T = TypeVar("T")
CHAT = "v1/chat/completions"
BODY = {"model": "tiny", "messages": [{"role": "user", "content": "the secret of Jane Roe"}]}


def settings(url: str, **changes: object) -> BackendSettings:
    return BackendSettings.model_validate({"url": url, "backoff_seconds": 0.001} | changes)


def use(given: BackendSettings, work: Callable[[Transport], Awaitable[T]]) -> T:
    async def scenario() -> T:
        transport = Transport(given)
        try:
            return await work(transport)
        finally:
            assert transport.limiter.in_flight == 0
            await transport.close()

    return asyncio.run(scenario())


def ask(given: BackendSettings) -> Answer:
    return use(given, lambda transport: transport.post(CHAT, BODY))


def error_of(given: BackendSettings) -> JudgeBackendError:
    with pytest.raises(JudgeBackendError) as caught:
        ask(given)
    text = str(caught.value)
    assert "Jane" not in text
    assert "sk-key" not in text
    return caught.value


async def until(is_so: Callable[[], bool]) -> None:
    """Wait for what happens in the server's thread; at most 5 s."""
    for _ in range(1000):
        if is_so():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("expected it to happen within 5 s")


@pytest.mark.parametrize(
    "fault",
    [
        Fault(status=500, message="EngineCore encountered an issue"),
        Fault(status=502, body=b"<html>"),
        Fault(status=503),
        Fault(status=504, body=b""),
        Fault(status=429, retry_after="0"),
        Fault(is_dropped=True),
        Fault(cut_at=40),
    ],
)
def test_what_may_pass_is_asked_again_and_counted(fault: Fault) -> None:
    with FakeVllm() as server:
        server.fail(fault, times=2)
        answer = ask(settings(server.url))
        assert answer.num_retries == 2
        assert server.num_requests == 3


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault(status=503), "saturated"),
        (Fault(status=429), "saturated"),
        (Fault(status=500), "server_error"),
        (Fault(status=502), "server_error"),
        (Fault(is_dropped=True), "server_error"),
        (Fault(cut_at=40), "server_error"),
    ],
)
def test_what_does_not_pass_is_an_error_after_the_last_try(fault: Fault, code: str) -> None:
    with FakeVllm() as server:
        server.fail(fault, times=9)
        error = error_of(settings(server.url, max_retries=2))
        assert error.code == code
        assert "tried 3 times" in str(error)
        assert server.num_requests == 3


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault(status=400, param="input_tokens", message="too long"), "context_overflow"),
        (Fault(status=400, message="maximum context length is 8"), "context_overflow"),
        (Fault(status=400, message="Grammar error"), "refused"),
        (Fault(status=401), "refused"),
        (Fault(status=403), "refused"),
        (Fault(status=404), "refused"),
        (Fault(status=422), "refused"),
        (Fault(status=501), "server_error"),
        (Fault(status=307, body=b""), "refused"),
        (Fault(body=b"{not json"), "malformed"),
        (Fault(body=b'["a list"]'), "malformed"),
        (Fault(body=b""), "malformed"),
    ],
)
def test_what_cannot_pass_is_asked_once(fault: Fault, code: str) -> None:
    with FakeVllm() as server:
        server.fail(fault)
        assert error_of(settings(server.url)).code == code
        assert server.num_requests == 1


def test_server_that_repeats_the_prompt_and_the_key_is_not_quoted() -> None:
    with FakeVllm() as server:
        echo = "bad: the secret of Jane Roe, Bearer sk-key-123456"
        server.fail(Fault(status=400, message=echo))
        assert error_of(settings(server.url, api_key="sk-key-123456")).code == "refused"


def test_key_is_sent_and_never_shown() -> None:
    with FakeVllm(features=Features(api_key="sk-key-123456")) as server:
        given = settings(server.url, api_key=SecretStr("sk-key-123456"))
        assert ask(given).num_retries == 0
        assert "sk-key" not in repr(given)
        assert error_of(settings(server.url, api_key="sk-key-wrong")).code == "refused"
        assert error_of(settings(server.url)).code == "refused"


def test_redirect_is_not_followed_for_the_key_would_go_along() -> None:
    with FakeVllm() as other, FakeVllm() as server:
        elsewhere = f"{other.url}/{CHAT}"
        server.fail(Fault(status=307, location=elsewhere))
        assert error_of(settings(server.url, api_key="sk-key-123456")).code == "refused"
        assert other.requests == []


def test_nobody_listening_is_unreachable() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        error = error_of(settings(url, max_retries=1))
        assert error.code == "unreachable"
        assert "tried 2 times" in str(error)


def test_retry_after_is_waited_for_up_to_its_cap() -> None:
    with FakeVllm() as server:
        server.fail(Fault(status=503, retry_after="60"))
        started = time.monotonic()
        answer = ask(settings(server.url, max_retry_after_seconds=0.2))
        assert answer.num_retries == 1
        assert 0.2 <= time.monotonic() - started < 5
        assert answer.milliseconds >= 200


def test_wait_that_would_pass_the_deadline_is_not_begun() -> None:
    with FakeVllm() as server:
        server.fail(Fault(status=503, retry_after="20"))
        started = time.monotonic()
        assert error_of(settings(server.url, timeout_seconds=2)).code == "saturated"
        assert time.monotonic() - started < 2


def test_silence_is_tried_again_and_halves_the_limit() -> None:
    with FakeVllm() as server:
        server.fail(Fault(seconds=5))

        async def work(transport: Transport) -> tuple[Answer, int]:
            return await transport.post(CHAT, BODY), transport.limiter.limit

        answer, limit = use(settings(server.url, attempt_timeout_seconds=0.2), work)
        assert answer.num_retries == 1
        assert limit == 4


def test_deadline_holds_for_all_tries_together() -> None:
    with FakeVllm() as server:
        server.fail(Fault(seconds=5), times=20)
        started = time.monotonic()
        given = settings(server.url, timeout_seconds=0.6, attempt_timeout_seconds=0.25)
        assert error_of(given).code == "timeout"
        assert 0.4 < time.monotonic() - started < 3
        assert 2 <= server.num_requests <= 3


def test_last_try_has_only_the_time_that_is_left() -> None:
    with FakeVllm() as server:
        server.fail(Fault(seconds=5), times=20)
        started = time.monotonic()
        given = settings(server.url, timeout_seconds=1.0, attempt_timeout_seconds=0.9)
        assert error_of(given).code == "timeout"
        assert time.monotonic() - started < 1.6


def test_waiting_for_a_slot_does_not_count_towards_the_deadline() -> None:
    with FakeVllm() as server:
        server.fail(Fault(seconds=0.1), times=10)

        async def work(transport: Transport) -> list[Answer]:
            return await asyncio.gather(*(transport.post(CHAT, BODY) for _ in range(10)))

        given = settings(server.url, timeout_seconds=0.5, max_in_flight=1)
        assert len(use(given, work)) == 10


def test_busy_server_halves_the_limit_and_success_raises_it_again() -> None:
    with FakeVllm() as server:

        async def work(transport: Transport) -> list[int]:
            limits = []
            server.fail(Fault(status=503))
            await transport.post(CHAT, BODY)
            limits.append(transport.limiter.limit)
            for _ in range(3):  # with the retry that is a window of four
                await transport.post(CHAT, BODY)
            return [*limits, transport.limiter.limit]

        assert use(settings(server.url), work) == [4, 5]


@pytest.mark.parametrize("is_chunked", [False, True])
def test_answer_beyond_the_limit_is_refused_while_it_is_read(is_chunked: bool) -> None:
    with FakeVllm() as server:
        long = b'{"text":"' + b"x" * 100_000 + b'"}'
        server.fail(Fault(body=long, is_chunked=is_chunked), times=2)
        error = error_of(settings(server.url, max_answer_bytes=50_000))
        assert error.code == "malformed"
        assert "50000" in str(error)
        assert ask(settings(server.url, max_answer_bytes=100_100)).document["text"][0] == "x"


def test_cancelled_caller_closes_its_connection_and_gives_its_slot_back() -> None:
    with FakeVllm() as server:
        server.fail(Fault(seconds=30))

        async def work(transport: Transport) -> None:
            task = asyncio.create_task(transport.post(CHAT, BODY))
            await until(lambda: server.num_open > 0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert transport.limiter.in_flight == 0
            assert (await transport.post(CHAT, BODY)).num_retries == 0

        use(settings(server.url, max_in_flight=1), work)
        asyncio.run(until(lambda: server.num_aborted == 1))


def test_cancelled_while_waiting_to_retry_leaves_no_slot_behind() -> None:
    with FakeVllm() as server:
        server.fail(Fault(status=503, retry_after="20"))

        async def work(transport: Transport) -> None:
            task = asyncio.create_task(transport.post(CHAT, BODY))
            await until(lambda: server.num_requests > 0 and transport.limiter.in_flight == 0)
            task.cancel()
            await asyncio.wait([task], timeout=1)
            assert task.cancelled()

        use(settings(server.url), work)


def test_many_callers_never_exceed_the_most_in_flight() -> None:
    with FakeVllm() as server:
        server.fault_for(lambda _, path: Fault(seconds=0.002) if path.endswith("s") else None)

        async def work(transport: Transport) -> list[Answer]:
            return await asyncio.gather(*(transport.post(CHAT, BODY) for _ in range(500)))

        answers = use(settings(server.url, first_in_flight=64), work)
        assert len(answers) == server.num_requests == 500
        assert 32 < server.max_open <= 64
        assert sum(answer.num_retries for answer in answers) == 0


def test_many_callers_of_a_server_with_a_short_queue_all_get_their_answer() -> None:
    with FakeVllm(features=Features(max_queued=4)) as server:
        server.fault_for(lambda _, path: Fault(seconds=0.002) if path.endswith("s") else None)

        async def work(transport: Transport) -> list[Answer]:
            return await asyncio.gather(*(transport.post(CHAT, BODY) for _ in range(100)))

        answers = use(settings(server.url, max_retries=12, backoff_seconds=0.01), work)
        assert len(answers) == 100


def test_each_try_has_a_request_id_of_its_own() -> None:
    with FakeVllm() as server:
        server.fail(Fault(status=500))
        answer = ask(settings(server.url))
        names = [seen.headers["x-request-id"] for seen in server.chats()]
        assert names[1] == f"{names[0]}-1"
        assert answer.document["id"] == f"chatcmpl-{names[1]}"


def test_large_bodies_are_sent_whole() -> None:
    with FakeVllm(features=Features(max_model_len=None)) as server:
        body = {"model": "tiny", "messages": [{"role": "user", "content": "x" * 3_000_000}]}
        use(settings(server.url), lambda transport: transport.post(CHAT, body))
        assert server.chats()[0].body == body


@pytest.mark.parametrize(
    "url",
    [
        "ftp://judge",
        "judge:8000",
        "http://",
        "http://u:sk-key@judge",
        "http://j/?key=sk-key",
        "x" * 99,
    ],
)
def test_settings_take_only_plain_http_addresses(url: str) -> None:
    with pytest.raises(ValidationError) as caught:
        BackendSettings(url=url)
    assert "sk-key" not in caught.value.errors()[0]["msg"]


def test_url_may_end_with_v1_or_not() -> None:
    roots = [BackendSettings(url=f"http://judge:1/x{end}").root for end in ("", "/", "/v1", "/v1/")]
    assert {str(root).rstrip("/") for root in roots} == {"http://judge:1/x"}


def test_one_try_cannot_be_allowed_more_time_than_its_call() -> None:
    with pytest.raises(ValidationError, match="attempt_timeout_seconds <= timeout_seconds"):
        BackendSettings(url="http://judge", timeout_seconds=1, attempt_timeout_seconds=2)
