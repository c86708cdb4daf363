"""Batches: the very requests and answers of OpenAI's SDK, over runs."""

import gzip
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson
import pytest
from tests.fakes.filter_service import GOOD, WRONG, Service, lines_of, problem_of

BATCH_MEMBERS = {  # of openai.types.Batch
    *("id", "object", "endpoint", "errors", "input_file_id", "completion_window", "status"),
    *("output_file_id", "error_file_id", "created_at", "in_progress_at", "expires_at"),
    *("finalizing_at", "completed_at", "failed_at", "expired_at", "cancelling_at"),
    *("cancelled_at", "request_counts", "metadata"),
}
FILE_MEMBERS = {"id", "object", "bytes", "created_at", "filename", "purpose", "status"}


def request_line(
    custom_id: str, sample: Mapping[str, Any], url: str = "/v1/score"
) -> dict[str, Any]:
    return {"custom_id": custom_id, "method": "POST", "url": url, "body": {"sample": sample}}


def make_batch(service: Service, lines: Sequence[Mapping[str, Any]], **members: Any) -> Any:
    file_id = service.upload([dict(line) for line in lines], name="in.jsonl")
    body = {
        "input_file_id": file_id,
        "endpoint": "/v1/score",
        "completion_window": "24h",
        **members,
    }
    return service.post("/v1/batches", json=body)


def output_of(service: Service, file_id: str) -> list[dict[str, Any]]:
    content = service.get(f"/v1/files/{file_id}/content").content
    return [orjson.loads(line) for line in content.splitlines()]


def test_a_batch_is_made_worked_and_read(service: Service) -> None:
    lines = [request_line("a", GOOD), request_line("b", WRONG), request_line("c", GOOD)]
    made = make_batch(service, lines, metadata={"k": "v"})
    assert made.status_code == 200, made.text
    body = made.json()
    assert set(body) == BATCH_MEMBERS
    assert (body["object"], body["status"]) == ("batch", "validating")
    assert body["request_counts"] == {"total": 3, "completed": 0, "failed": 0}
    assert service.get(f"/v1/batches/{body['id']}").json() == body
    service.work(max_tasks=1)
    assert service.get(f"/v1/batches/{body['id']}").json()["status"] == "in_progress"
    service.work()
    done = service.get(f"/v1/batches/{body['id']}").json()
    assert (done["status"], done["errors"], done["error_file_id"]) == ("completed", None, None)
    assert done["request_counts"] == {"total": 3, "completed": 3, "failed": 0}
    assert done["completed_at"] >= done["created_at"]
    assert done["metadata"] == {"k": "v"}
    file = service.get(f"/v1/files/{done['output_file_id']}").json()
    assert set(file) >= FILE_MEMBERS
    assert (file["object"], file["purpose"]) == ("file", "batch_output")
    answers = {line["custom_id"]: line for line in output_of(service, file["id"])}
    assert set(answers) == {"a", "b", "c"}
    outcomes = {name: line["response"]["body"]["outcome"] for name, line in answers.items()}
    assert outcomes == {"a": "accepted", "b": "rejected", "c": "accepted"}, "scored, not deduped"
    first = answers["a"]
    assert set(first) == {"id", "custom_id", "response", "error"}
    assert (first["response"]["status_code"], first["error"]) == (200, None)
    assert "sample" not in first["response"]["body"]
    assert len({line["id"] for line in answers.values()}) == 3
    content = service.get(f"/v1/files/{file['id']}/content", headers={"range": "bytes=0-9"})
    assert (content.status_code, len(content.content)) == (206, 10)
    assert file["bytes"] == len(service.get(f"/v1/files/{file['id']}/content").content)


def test_curating_gives_the_samples_back_without_copies(service: Service) -> None:
    lines = [request_line(name, GOOD, "/v1/curate") for name in ("a", "b")]
    batch = make_batch(service, lines, endpoint="/v1/curate").json()
    service.work()
    done = service.get(f"/v1/batches/{batch['id']}").json()
    bodies = {
        line["custom_id"]: line["response"]["body"]
        for line in output_of(service, done["output_file_id"])
    }
    assert {name: body["outcome"] for name, body in bodies.items()} == {
        "a": "accepted",
        "b": "duplicate",
    }
    assert bodies["a"]["sample"]["messages"] == GOOD["messages"]


def test_a_sample_of_no_known_form_is_answered_under_its_id(service: Service) -> None:
    odd = [
        request_line("odd", {"colour": "red"}),
        request_line("role", {"messages": [{"role": 1}]}),
    ]
    batch = make_batch(service, odd).json()
    service.work()
    done = service.get(f"/v1/batches/{batch['id']}").json()
    answers = output_of(service, done["output_file_id"])
    assert {line["custom_id"] for line in answers} == {"odd", "role"}
    assert {line["response"]["body"]["outcome"] for line in answers} == {"rejected"}


def test_a_compressed_input_is_read(service: Service) -> None:
    content = gzip.compress(lines_of([request_line("a", GOOD)]))
    files = {"file": ("in.jsonl.gz", content)}
    file_id = service.post("/v1/files", files=files, data={"purpose": "batch"}).json()["id"]
    body = {"input_file_id": file_id, "endpoint": "/v1/score"}
    assert service.post("/v1/batches", json=body).json()["request_counts"]["total"] == 1


GOOD_LINE = request_line("a", GOOD)
WRONG_LINES: dict[str, tuple[list[Any], str]] = {
    "an id twice": ([GOOD_LINE, GOOD_LINE], "/2/custom_id"),
    "no id": ([{**GOOD_LINE, "custom_id": None}], "/1/custom_id"),
    "a long id": ([{**GOOD_LINE, "custom_id": "x" * 600}], "/1/custom_id"),
    "another method": ([{**GOOD_LINE, "method": "GET"}], "/1/method"),
    "another address": ([{**GOOD_LINE, "url": "http://169.254.169.254/"}], "/1/url"),
    "no sample": ([{**GOOD_LINE, "body": {"messages": []}}], "/1/body/sample"),
    "no body": ([{**GOOD_LINE, "body": 1}], "/1/body/sample"),
    "plain samples": ([GOOD], "/1/custom_id"),
    "too many": ([request_line(str(n), GOOD) for n in range(5)], "at most 4 requests"),
}


@pytest.mark.parametrize("case", WRONG_LINES)
def test_lines_that_are_no_requests_are_named(small: Callable[..., Service], case: str) -> None:
    lines, said = WRONG_LINES[case]
    service = small(max_batch_lines=4)
    response = make_batch(service, lines)
    assert (response.status_code, problem_of(response)) == (422, "invalid-request")
    assert said in response.text
    assert service.get("/v1/batches").json()["data"] == []
    assert list(service.store.inputs.iterdir()) == []
    assert list(service.store.runs.iterdir()) == []


def test_lines_that_are_no_json_are_named(small: Callable[..., Service]) -> None:
    service = small(max_batch_bytes=5000)
    for content in (b"{\n", b"[]\n", b"\n \n", orjson.dumps(request_line("a", {"x": "y" * 9000}))):
        response = service.post("/v1/files?filename=in.jsonl", content=content)
        body = {"input_file_id": response.json()["id"], "endpoint": "/v1/score"}
        assert problem_of(service.post("/v1/batches", json=body)) == "invalid-request"


@pytest.mark.parametrize(
    ("members", "status", "kind"),
    [
        ({"endpoint": "/v1/chat/completions"}, 422, "invalid-request"),
        ({"input_file_id": "file-0"}, 404, "file-not-found"),
        ({"input_file_id": "../../etc/passwd"}, 404, "file-not-found"),
        ({"input_file_id": 5}, 422, "invalid-request"),
        ({"metadata": {"a": "x" * 600}}, 422, "invalid-request"),
    ],
)
def test_a_wrong_batch_is_refused(
    small: Callable[..., Service], members: dict[str, Any], status: int, kind: str
) -> None:
    response = make_batch(small(), [GOOD_LINE], **members)
    assert (response.status_code, problem_of(response)) == (status, kind)


def test_one_key_makes_one_batch(service: Service) -> None:
    file_id = service.upload([GOOD_LINE], name="in.jsonl")
    body = {"input_file_id": file_id, "endpoint": "/v1/score", "completion_window": "24h"}
    headers = {"idempotency-key": "k"}
    first, second = (service.post("/v1/batches", json=body, headers=headers) for _ in "12")
    assert first.json()["id"] == second.json()["id"]
    assert second.headers["idempotency-replayed"] == "true"
    assert len(service.get("/v1/batches").json()["data"]) == 1
    refused = service.request("DELETE", f"/v1/files/{file_id}")
    assert problem_of(refused) == "file-in-use"


def test_batches_are_listed_and_cancelled(service: Service) -> None:
    ids = [make_batch(service, [GOOD_LINE]).json()["id"] for _ in range(3)]
    first = service.get("/v1/batches?limit=2").json()
    assert [each["id"] for each in first["data"]] == [ids[2], ids[1]]
    assert first["has_more"]
    rest = service.get(f"/v1/batches?limit=2&after={first['last_id']}").json()
    assert [each["id"] for each in rest["data"]] == [ids[0]]
    cancelled = service.post(f"/v1/batches/{ids[0]}/cancel").json()
    assert (cancelled["status"], cancelled["output_file_id"]) == ("cancelled", None)
    output = f"file-{ids[0].removeprefix('batch_')}-output"
    assert problem_of(service.get(f"/v1/files/{output}/content")) == "run-not-finished"
    for unknown in ("batch_0", "file-0", "%00"):
        assert problem_of(service.get(f"/v1/batches/{unknown}")) == "batch-not-found"
        assert problem_of(service.post(f"/v1/batches/{unknown}/cancel")) == "batch-not-found"
    assert problem_of(service.get("/v1/files/file-0-output")) == "file-not-found"


def test_what_stopped_a_batch_is_told_in_its_errors(service: Service) -> None:
    batch = make_batch(service, [GOOD_LINE]).json()
    for path in service.store.inputs.iterdir():
        path.unlink()
    service.work()
    failed = service.get(f"/v1/batches/{batch['id']}").json()
    assert failed["status"] == "failed"
    assert failed["errors"]["object"] == "list"
    assert failed["errors"]["data"][0]["code"] == "InputError"
    assert str(service.store.root) not in failed["errors"]["data"][0]["message"]
