"""The real process: SIGTERM while requests are held, and a model server that goes and comes."""

import signal
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.fakes.relay import Relay
from tests.fakes.vllm import CHAT, FakeVllm, Fault
from tests.integration.judge_service.process import SAMPLE, ServiceProcess, until

pytestmark = pytest.mark.faults


@pytest.fixture
def model() -> Iterator[FakeVllm]:
    with FakeVllm() as server:
        yield server


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as pool:
        yield pool


def slow_down(model: FakeVllm, seconds: float) -> None:
    """Make every chat that begins from now on take a while."""
    model.fault_for(lambda _number, path: Fault(seconds=seconds) if path == CHAT else None)


def test_the_model_behind_the_service_grades(model: FakeVllm) -> None:
    with ServiceProcess("--backend-url", model.url, "--mode", "fast") as service:
        service.until_ready()
        answer = service.score().json()
        assert answer["judgement"]["judge"] == "tiny"
        assert answer["judgement"]["mode"] == "fast"
        assert answer["verdict"]["decision"] in ("accept", "borderline", "reject")
        told = service.ask("GET", "/v1/capabilities").json()
        assert told["backend"]["server"] == "vllm 0.32.0"
        for mode in ("standard", "thorough", "cascade"):
            response = service.score(json={"sample": SAMPLE, "mode": mode})
            assert response.status_code == 200, response.text
        assert "assay_judge_limiter_concurrency" in service.ask("GET", "/metrics").text
        assert "12 * 12" not in service.log


def test_sigterm_finishes_what_is_held_and_exits_0(
    model: FakeVllm, threads: ThreadPoolExecutor
) -> None:
    with ServiceProcess("--backend-url", model.url, "--mode", "fast") as service:
        service.until_ready()
        slow_down(model, 1.5)
        held = [threads.submit(service.score) for _ in range(4)]
        until("requests are held", lambda: model.num_open)
        service.send(signal.SIGTERM)
        until("the service leaves", lambda: "event=service.leaving" in service.log)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", service.port), timeout=5)
        assert [future.result().status_code for future in held] == [200] * 4
        assert service.end() == 0
        assert "event=service.left" in service.log


def test_what_cannot_be_finished_is_released_with_503(
    model: FakeVllm, threads: ThreadPoolExecutor
) -> None:
    settings = {"ASSAY_JUDGE_SHUTDOWN_SECONDS": "1"}
    with ServiceProcess("--backend-url", model.url, "--mode", "fast", **settings) as service:
        service.until_ready()
        slow_down(model, 60)
        held = threads.submit(service.score)
        until("a request is held", lambda: model.num_open)
        begun = time.monotonic()
        service.send(signal.SIGTERM)
        response = held.result()
        assert response.status_code == 503
        assert response.json()["type"] == "urn:assay:problem:shutting-down"
        assert service.end() == 0
        assert time.monotonic() - begun < 15
        until("the model's work was aborted", lambda: model.num_aborted)


def test_ctrl_c_is_told_as_such(model: FakeVllm) -> None:
    with ServiceProcess() as service:
        service.until_ready()
        service.send(signal.SIGINT)
        assert service.end() == 130


def test_a_lost_model_server_is_a_problem_and_comes_back(
    model: FakeVllm, threads: ThreadPoolExecutor
) -> None:
    with (
        Relay(model.url) as relay,
        ServiceProcess("--backend-url", relay.url, "--mode", "fast") as service,
    ):
        service.until_ready()
        slow_down(model, 60)
        held = threads.submit(service.score)
        until("a request is held", lambda: model.num_open)
        relay.cut()
        response = held.result()
        assert response.status_code == 503
        assert response.json()["code"] == "unreachable"
        assert response.json()["retryable"] is True
        assert "retry-after" in response.headers
        assert service.status_of("/readyz") == 503
        assert service.status_of("/healthz") == 200
        begun = time.monotonic()
        assert service.score().json()["type"] == "urn:assay:problem:not-ready"
        assert time.monotonic() - begun < 2
        model.fault_for(None)
        relay.restore()
        service.until_ready()
        assert service.score().status_code == 200


def test_a_service_starts_without_its_model_server(model: FakeVllm) -> None:
    with Relay(model.url) as relay:
        relay.cut()
        with ServiceProcess("--backend-url", relay.url) as service:
            assert service.status_of("/healthz") == 200
            ready = service.ask("GET", "/readyz")
            assert ready.status_code == 503
            assert "no connection" in ready.json()["checks"]["judge"]
            assert service.score().status_code == 503
            relay.restore()
            service.until_ready()
            assert service.score().status_code == 200


def test_a_caller_that_leaves_stops_the_models_work(model: FakeVllm) -> None:
    with ServiceProcess("--backend-url", model.url, "--mode", "fast") as service:
        service.until_ready()
        slow_down(model, 60)
        body = b'{"sample":{"messages":[{"role":"user","content":"q"},'
        body += b'{"role":"assistant","content":"a long answer"}]}}'
        head = b"POST /v1/score HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        with socket.create_connection(("127.0.0.1", service.port), timeout=10) as connection:
            connection.sendall(head + b"Content-Length: %d\r\n\r\n" % len(body) + body)
            until("the model works", lambda: model.num_open)
        until("the model's work is aborted", lambda: model.num_aborted)
        until("the request is counted", lambda: "status=499" in service.log)


@pytest.mark.parametrize("status", [500, 503])
def test_a_model_server_that_fails_twice_is_asked_again(model: FakeVllm, status: int) -> None:
    with ServiceProcess("--backend-url", model.url, "--mode", "fast") as service:
        service.until_ready()
        model.fail(Fault(status=status), times=2)
        answer = service.score()
        assert answer.status_code == 200
        assert answer.json()["usage"]["num_retries"] == 2
