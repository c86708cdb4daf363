"""The server on a real socket: stalls are closed, refusals are told, what is held ends."""

import asyncio
import socket
import time
from collections.abc import Callable, Iterator
from io import StringIO

import pytest
from fastapi import APIRouter, Request, Response
from tests.fakes.running_service import RunningService

from assay.domain.errors import ConfigError
from assay.web.app import Application, Parts, ServiceCard, create_app
from assay.web.bodies import BodyLimits, read_json_body
from assay.web.disconnect import unless_disconnected
from assay.web.logs import open_log
from assay.web.server import PatientProtocol, bind

POST = b"POST /v1/echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


class HastyProtocol(PatientProtocol):
    head_timeout_seconds = 0.3


class Work:
    """What became of the slow requests."""

    def __init__(self) -> None:
        self.num_begun = 0
        self.num_cancelled = 0
        self.num_done = 0


def make(work: Work, *, seconds: float = 0.5) -> Application:
    router = APIRouter(prefix="/v1")

    async def be_slow() -> None:
        work.num_begun += 1
        try:
            await asyncio.sleep(seconds)
        except asyncio.CancelledError:
            work.num_cancelled += 1
            raise
        work.num_done += 1

    @router.post("/echo")
    async def echo(request: Request) -> Response:
        return Response(await read_json_body(request))

    @router.post("/slow")
    async def slow(request: Request) -> Response:
        await read_json_body(request)
        await unless_disconnected(request, be_slow())
        return Response(b"slow")

    return create_app(
        ServiceCard("Test", "test", "1", "Tests."),
        Parts(routers=(router,)),
        log=open_log(StringIO()),
        limits=BodyLimits(1 << 20, timeout_seconds=0.5),
    )


@pytest.fixture
def work() -> Work:
    return Work()


@pytest.fixture
def service(work: Work) -> Iterator[RunningService]:
    with RunningService(make(work), protocol=HastyProtocol) as running:
        yield running


def connect(service: RunningService) -> socket.socket:
    return socket.create_connection(("127.0.0.1", service.port), timeout=10)


def read_all(connection: socket.socket) -> bytes:
    """Read until the other side closes."""
    received = b""
    try:
        while chunk := connection.recv(65536):
            received += chunk
    except ConnectionResetError:
        pass
    return received


def wait_until(claim: str, is_true: Callable[[], object]) -> None:
    deadline = time.monotonic() + 10
    while not is_true():
        assert time.monotonic() < deadline, claim
        time.sleep(0.01)


@pytest.mark.parametrize("head", [b"", b"GET /healthz HT", b"GET /healthz HTTP/1.1\r\nHost: x\r\n"])
def test_a_head_that_never_ends_is_closed(service: RunningService, head: bytes) -> None:
    with connect(service) as connection:
        begun = time.monotonic()
        if head:
            connection.sendall(head)
        assert read_all(connection) == b""
        assert 0.2 < time.monotonic() - begun < 5


def test_a_second_head_that_never_ends_is_closed_too(service: RunningService) -> None:
    with connect(service) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /hea")
        assert read_all(connection).startswith(b"HTTP/1.1 200")


def test_a_connection_between_requests_stays_open(service: RunningService) -> None:
    with connect(service) as connection:
        for _ in range(2):
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            assert b'{"status":"ok"}' in connection.recv(65536)
            time.sleep(0.5)  # longer than a head may take


def test_half_a_body_is_answered_with_408(service: RunningService) -> None:
    with connect(service) as connection:
        connection.sendall(POST + b"Content-Length: 100\r\n\r\n{")
        answer = read_all(connection)
        assert answer.startswith(b"HTTP/1.1 408")
        assert b"urn:assay:problem:body-timeout" in answer


def test_a_refused_body_is_read_on_so_that_the_answer_arrives(service: RunningService) -> None:
    with connect(service) as connection:
        connection.sendall(POST + b"Content-Length: 8000000\r\n\r\n")
        for _ in range(80):
            connection.sendall(b"x" * 100_000)
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        received = b""
        while b'{"status":"ok"}' not in received:
            chunk = connection.recv(65536)
            assert chunk, received
            received += chunk
        assert received.startswith(b"HTTP/1.1 413")


def test_a_refused_body_that_stalls_is_closed(service: RunningService) -> None:
    with connect(service) as connection:
        connection.sendall(POST + b"Content-Length: 8000000\r\n\r\nxxx")
        assert read_all(connection).startswith(b"HTTP/1.1 413")


def test_chunks_beyond_the_limit_are_refused(service: RunningService) -> None:
    with connect(service) as connection:
        connection.sendall(POST + b"Transfer-Encoding: chunked\r\n\r\n")
        try:
            for _ in range(40):
                connection.sendall(b"10000\r\n" + b"x" * 65536 + b"\r\n")
        except (BrokenPipeError, ConnectionResetError):
            pass
        assert read_all(connection).startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize(
    "noise",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n",
        b"NOT HTTP\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nLong: " + b"x" * 60_000,
    ],
)
def test_what_is_not_http_gets_a_problem(service: RunningService, noise: bytes) -> None:
    with connect(service) as connection:
        connection.sendall(noise)
        answer = read_all(connection)
        assert answer.startswith(b"HTTP/1.1 400")
        assert b"application/problem+json" in answer


def test_head_and_body_leave_in_one_packet(service: RunningService) -> None:
    with connect(service) as connection:
        connection.sendall(POST + b"Content-Length: 2\r\n\r\n{}")
        assert connection.recv(65536).endswith(b"\r\n\r\n{}")


def test_pipelined_requests_are_answered_in_order(service: RunningService) -> None:
    with connect(service) as connection:
        for body in (b"[1]", b"[2]", b"[3]"):
            connection.sendall(POST + b"Content-Length: 3\r\n\r\n" + body)
        received = b""
        while received.count(b"HTTP/1.1 200") < 3 or not received.endswith(b"[3]"):
            received += connection.recv(65536)
        assert received.index(b"[1]") < received.index(b"[2]") < received.index(b"[3]")


def test_work_ends_when_its_caller_leaves(service: RunningService, work: Work) -> None:
    with connect(service) as connection:
        connection.sendall(POST.replace(b"echo", b"slow") + b"Content-Length: 2\r\n\r\n{}")
        wait_until("work begins", lambda: work.num_begun)
    wait_until("work is cancelled", lambda: work.num_cancelled)
    assert work.num_done == 0


def test_what_is_held_is_finished_at_shutdown(work: Work) -> None:
    with RunningService(make(work, seconds=0.7)) as service, connect(service) as connection:
        connection.sendall(POST.replace(b"echo", b"slow") + b"Content-Length: 2\r\n\r\n{}")
        wait_until("work begins", lambda: work.num_begun)
        service.leave()
        wait_until("the service leaves", lambda: service.app.drain.is_draining)
        with pytest.raises(ConnectionRefusedError):
            connect(service)
        assert read_all(connection).endswith(b"slow")
    assert work.num_done == 1


def test_what_cannot_be_finished_in_time_is_answered(work: Work) -> None:
    service = RunningService(make(work, seconds=60), shutdown_seconds=1)
    with service, connect(service) as connection:
        connection.sendall(POST.replace(b"echo", b"slow") + b"Content-Length: 2\r\n\r\n{}")
        wait_until("work begins", lambda: work.num_begun)
        service.leave()
        answer = read_all(connection)
    assert answer.startswith(b"HTTP/1.1 503")
    assert b"urn:assay:problem:shutting-down" in answer
    assert work.num_cancelled == 1


def test_a_taken_address_is_a_mistake_of_the_user() -> None:
    listener = bind("127.0.0.1", 0)
    try:
        listener.listen()
        with pytest.raises(ConfigError, match="choose another"):
            bind("127.0.0.1", listener.getsockname()[1])
    finally:
        listener.close()
    with pytest.raises(ConfigError, match="expected to listen"):
        bind("no such host.invalid", 0)
