"""The real process against callers that mean harm: bombs, floods, half requests, no keys."""

import gzip
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from tests.fakes.vllm import FakeVllm, Fault
from tests.integration.judge_service.process import SAMPLE, ServiceProcess

KEY = "a-key-of-the-tests-0123"
AUTH = {"authorization": f"Bearer {KEY}"}
JSON = {**AUTH, "content-type": "application/json"}
NUM_FLOODS = 24


@pytest.fixture(scope="module")
def service() -> Iterator[ServiceProcess]:
    environment = {
        "ASSAY_API_KEYS": KEY,
        "ASSAY_JUDGE_MAX_BODY_BYTES": "1000000",
        "ASSAY_JUDGE_BODY_TIMEOUT_SECONDS": "1",
    }
    with ServiceProcess(**environment) as running:
        running.until_ready()
        yield running
        assert running.score(headers=AUTH).status_code == 200  # whatever came before
        assert KEY not in running.log
        assert "Traceback" not in running.log


def problem_of(response: httpx.Response) -> str:
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["instance"] == response.headers["x-request-id"]
    return str(response.json()["type"]).rpartition(":")[2]


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer no"}, {"authorization": KEY}])
def test_no_key_no_service(service: ServiceProcess, headers: dict[str, str]) -> None:
    response = service.score(headers=headers)
    assert (response.status_code, problem_of(response)) == (401, "unauthorized")
    assert "www-authenticate" in response.headers


BOMBS = {
    "deep": b'{"sample":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "deep_objects": b'{"sample":' + b'{"a":' * 50_000 + b"1" + b"}" * 50_000 + b"}",
    "deep_in_a_string": b'{"sample":{"messages":"' + b"[" * 200_000 + b'"}}',
    "wide": b'{"sample":{"messages":[' + b",".join([b"[]"] * 100_000) + b"]}}",
    "many_keys": b'{"sample":{' + b",".join(b'"%d":1' % n for n in range(90_000)) + b"}}",
    "not_utf8": b'{"sample":"\xff\xfe"}',
    "half_a_character": b'{"sample":"\\udfff"}',
    "nan": b'{"sample":{"messages":[],"metadata":{"a":NaN}}}',
    "infinity": b'{"sample":1e999}',
    "huge_number": b'{"sample":' + b"9" * 900_000 + b"}",
    "nul": b'{"sample":"\x00"}',
    "empty": b"",
    "gzip": gzip.compress(b"x" * 100_000),
    "long_string": b'{"sample":"' + b"x" * 900_000 + b'"}',
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_a_short_problem(service: ServiceProcess, name: str) -> None:
    response = service.ask("POST", "/v1/score", content=BOMBS[name], headers=JSON)
    assert response.status_code in (400, 413, 422), response.text
    assert problem_of(response) in ("malformed-body", "invalid-request", "sample-too-large")
    assert len(response.content) < 5_000


def test_a_large_body_is_refused_declared_or_not(service: ServiceProcess) -> None:
    large = b'{"sample":"' + b"x" * 2_000_000 + b'"}'
    declared = service.ask("POST", "/v1/score", content=large, headers=JSON)
    assert (declared.status_code, problem_of(declared)) == (413, "body-too-large")
    pieces = (large[start : start + 50_000] for start in range(0, len(large), 50_000))
    streamed = service.ask("POST", "/v1/score", content=pieces, headers=JSON)
    assert (streamed.status_code, problem_of(streamed)) == (413, "body-too-large")


def test_a_body_without_a_type_is_refused(service: ServiceProcess) -> None:
    response = service.ask("POST", "/v1/score", content=b"{}", headers=AUTH)
    assert (response.status_code, problem_of(response)) == (415, "unsupported-media-type")


def test_a_wrong_sample_names_its_member(service: ServiceProcess) -> None:
    sample = {"messages": [{"role": "boss", "content": "q"}]}
    response = service.ask("POST", "/v1/score", json={"sample": sample}, headers=AUTH)
    assert (response.status_code, problem_of(response)) == (422, "invalid-request")
    assert response.json()["fields"][0]["field"] == "/sample/messages/0/role"


def test_half_requests_hold_nobody_up(service: ServiceProcess) -> None:
    head = b"POST /v1/score HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    half = head + b"Authorization: Bearer " + KEY.encode() + b"\r\nContent-Length: 1000\r\n\r\n{"
    connections = []
    try:
        for _ in range(50):
            connection = socket.create_connection(("127.0.0.1", service.port), timeout=15)
            connection.sendall(half)
            connections.append(connection)
        assert service.score(headers=AUTH).status_code == 200
        answer = connections[0].recv(65536)
        assert answer.startswith(b"HTTP/1.1 408")
        assert b"body-timeout" in answer
    finally:
        for connection in connections:
            connection.close()


def test_a_flood_is_refused_with_429_and_what_is_taken_is_answered() -> None:
    with FakeVllm() as model:
        model.fault_for(lambda _number, path: Fault(seconds=0.3) if "chat" in path else None)
        environment = {"ASSAY_JUDGE_MAX_IN_FLIGHT": "2", "ASSAY_JUDGE_MAX_QUEUED": "2"}
        environment |= {"ASSAY_JUDGE_MAX_BATCH": "4"}
        options = ("--backend-url", model.url, "--mode", "fast")
        with ServiceProcess(*options, **environment) as running:
            running.until_ready()
            with ThreadPoolExecutor(NUM_FLOODS) as threads:
                bodies = [{"sample": _numbered(number)} for number in range(NUM_FLOODS)]
                answers = list(threads.map(lambda body: running.score(json=body), bodies))
            statuses = [answer.status_code for answer in answers]
            assert set(statuses) == {200, 429}
            assert statuses.count(200) >= 4
            refused = [answer for answer in answers if answer.status_code == 429]
            assert all(int(answer.headers["retry-after"]) >= 1 for answer in refused)
            assert {problem_of(answer) for answer in refused} == {"too-many-requests"}
            assert running.status_of("/healthz") == 200
            assert running.score().status_code == 200


def _numbered(number: int) -> dict[str, object]:
    return {"messages": [*SAMPLE["messages"][:1], {"role": "assistant", "content": f"{number}"}]}


@pytest.mark.parametrize(
    ("options", "environment", "said"),
    [
        (("--host", "0.0.0.0"), {}, "ASSAY_API_KEYS"),
        ((), {"ASSAY_API_KEYS": "short"}, "16 characters"),
        (("--rubric", "none"), {}, "expected a rubric of"),
        (("--mode", "quick"), {}, "mode"),
        (("--backend-url", "nowhere"), {}, "the model server"),
        (("--host", "203.0.113.1", "--allow-anonymous"), {}, "expected to listen"),
    ],
)
def test_a_wrong_setting_is_one_line_and_exit_2(
    options: tuple[str, ...], environment: dict[str, str], said: str
) -> None:
    service = ServiceProcess(*options, **environment)
    assert service.end() == 2
    assert said in service.log
    assert "Traceback" not in service.log
