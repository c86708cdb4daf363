"""Runs: accepted only when they can be begun, made once for one key, stopped, resumed, listed."""

import asyncio
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from sqlalchemy import func, insert, select, update
from tests.fakes.filter_service import GOOD, WRONG, Bell, Service, problem_of

from assay.audit import tables
from assay.audit.service_tables import kept_answer, submission
from assay.configs import load_config
from assay.rubrics import load_rubric
from assay_filter.pipeline import Pipeline

KEY = "a-key-of-the-tests-0123"


def num_runs(service: Service) -> int:
    with service.engine.connect() as connection:
        return int(connection.execute(select(func.count()).select_from(tables.run)).scalar_one())


def test_a_file_becomes_results(service: Service) -> None:
    file_id = service.upload()
    response = service.post("/v1/runs", json={"input": file_id, "metadata": {"team": "a"}})
    made = response.json()
    assert response.status_code == 202
    assert response.headers["location"] == f"/v1/runs/{made['id']}"
    assert service.get(response.headers["location"]).json() == made
    assert (made["status"], made["inputs"], made["metadata"]) == (
        "queued",
        ["rows.jsonl"],
        {"team": "a"},
    )
    service.work()
    done = service.get(response.headers["location"]).json()
    assert done["status"] == "completed"
    assert done["request_counts"] == {"total": 2, "completed": 2, "failed": 0}
    assert {name: n for name, n in done["outcomes"].items() if n} == {"accepted": 1, "rejected": 1}
    assert done["progress"]["decide"] == {"done": 1, "total": 1, "samples": 2}
    assert done["chain_head"]
    assert "out_dir" not in done
    for outcome, sample in (("accepted", GOOD), ("rejected", WRONG)):
        line = service.get(done["links"][outcome]).json()
        assert (line["id"], line["messages"]) == (sample["id"], sample["messages"])
        assert line["assay"]["row"].startswith("rows.jsonl:")


def test_several_files_of_one_name_keep_apart(service: Service) -> None:
    ids = [service.upload([GOOD]), service.upload([WRONG])]
    run_id = service.finished_run(input=ids)
    assert service.get(f"/v1/runs/{run_id}").json()["inputs"] == ["rows.jsonl", "rows.jsonl (2)"]


def test_samples_in_the_request_need_no_file(service: Service) -> None:
    run_id = service.finished_run(input=[GOOD, WRONG], format="parquet", judge="evidence", seed=7)
    line = service.get(f"/v1/runs/{run_id}/results/accepted?format=jsonl").json()
    assert line["assay"]["row"] == "input.jsonl:1"


def test_a_whole_pipeline_and_rubric_may_stand_in_the_request(
    small: Callable[..., Service],
) -> None:
    pipeline = load_config(Pipeline, "pipelines", "default").model_dump(mode="json")
    pipeline["rules"] = {"math.arith": {"enabled": False}}
    rubric = load_rubric("default").model_dump(mode="json")
    service = small()
    run_id = service.run(pipeline=pipeline, rubric=rubric)
    made = service.get(f"/v1/runs/{run_id}").json()
    assert (made["pipeline"], made["rubric"]) == ("(inline)", "(inline)")
    named = service.get(f"/v1/runs/{service.run()}").json()
    assert made["config_sha256"] != named["config_sha256"]


PIPELINE = {"id": "p", "version": 1, "rules": {}}
REFUSED: dict[str, tuple[Any, int, str, str]] = {
    "unknown member": ({"input": [GOOD], "colour": 1}, 422, "invalid-request", "/colour"),
    "no input": ({}, 422, "invalid-request", "/input"),
    "empty input": ({"input": []}, 422, "invalid-request", "/input"),
    "a number": ({"input": 5}, 422, "invalid-request", "/input"),
    "files and samples": ({"input": ["file-1", GOOD]}, 422, "invalid-request", "/input/0"),
    "no object": ({"input": [GOOD, 1]}, 422, "invalid-request", "/input/1"),
    "a file twice": ({"input": ["file-1", "file-1"]}, 422, "invalid-request", "/input"),
    "many samples": ({"input": [GOOD] * 6}, 422, "invalid-request", "/input"),
    "a foreign file": ({"input": "file-0123"}, 404, "file-not-found", "file-0123"),
    "a batch's id": ({"input": "batch_0123"}, 404, "file-not-found", "batch_0123"),
    "a path": ({"input": "../../etc/passwd"}, 404, "file-not-found", "../../etc/passwd"),
    "a NUL": ({"input": "file-\0"}, 404, "file-not-found", "file-"),
    "SQL": ({"input": "' OR 1=1 --"}, 404, "file-not-found", "OR 1=1"),
    "another pipeline": (
        {"input": [GOOD], "pipeline": "../../etc/passwd"},
        422,
        "invalid-request",
        "/pipeline",
    ),
    "a pipeline's number": (
        {"input": [GOOD], "pipeline": 1},
        422,
        "invalid-request",
        "/pipeline",
    ),
    "unknown pipeline key": (
        {"input": [GOOD], "pipeline": {**PIPELINE, "speed": 9}},
        422,
        "invalid-request",
        "/pipeline/speed",
    ),
    "unknown rule": (
        {"input": [GOOD], "pipeline": {**PIPELINE, "rules": {"math.magic": {}}}},
        422,
        "invalid-configuration",
        "math.magic",
    ),
    "unknown setting": (
        {"input": [GOOD], "pipeline": {**PIPELINE, "rules": {"math.arith": {"x": 1}}}},
        422,
        "invalid-configuration",
        "x",
    ),
    "another rubric": ({"input": [GOOD], "rubric": "none"}, 422, "invalid-request", "/rubric"),
    "a rubric's part": (
        {"input": [GOOD], "rubric": {"id": "r"}},
        422,
        "invalid-request",
        "/rubric/",
    ),
    "a rubric that extends a path": (
        {"input": [GOOD], "rubric": {"extends": "/etc/passwd"}},
        422,
        "invalid-request",
        "/rubric/extends",
    ),
    "another judge": (
        {"input": [GOOD], "judge": "http://169.254.169.254/"},
        422,
        "invalid-configuration",
        "169.254",
    ),
    "a judge that is gone": (
        {"input": [GOOD], "judge": "gone"},
        503,
        "judge-unreachable",
        "found nobody",
    ),
    "another format": ({"input": [GOOD], "format": "csv"}, 422, "invalid-request", "/format"),
    "a seed of text": ({"input": [GOOD], "seed": "x"}, 422, "invalid-request", "/seed"),
    "a large seed": ({"input": [GOOD], "seed": 1 << 70}, 422, "invalid-request", "/seed"),
    "deep metadata": (
        {"input": [GOOD], "metadata": {"a": {"b": "c"}}},
        422,
        "invalid-request",
        "/metadata/a",
    ),
    "much metadata": (
        {"input": [GOOD], "metadata": {str(n): "x" for n in range(17)}},
        422,
        "invalid-request",
        "/metadata",
    ),
    "a list": ([GOOD], 422, "invalid-request", "object"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_begun_is_refused_and_leaves_nothing(
    small: Callable[..., Service], case: str
) -> None:
    body, status, kind, said = REFUSED[case]
    service = small(max_inline_samples=5)
    response = service.post("/v1/runs", json=body, headers={"idempotency-key": "k"})
    assert (response.status_code, problem_of(response)) == (status, kind), response.text
    assert said in response.text
    assert num_runs(service) == 0
    assert service.left_in_store() == set()
    assert list(service.store.runs.iterdir()) == []
    again = service.post("/v1/runs", json={"input": [GOOD]}, headers={"idempotency-key": "k"})
    assert again.status_code == 202, "a refused request does not use its key up"


@pytest.mark.parametrize(
    ("content", "status"),
    [(b"", 400), (b"{", 400), (b'{"input":' + b"[" * 5000, 400), (b"\xff", 400), (b"[]", 422)],
)
def test_a_body_that_is_no_object_is_refused(
    small: Callable[..., Service], content: bytes, status: int
) -> None:
    headers = {"content-type": "application/json"}
    response = small().post("/v1/runs", content=content, headers=headers)
    assert response.status_code == status
    assert problem_of(response) in ("malformed-body", "invalid-request")


def test_a_judge_that_is_gone_need_not_answer_now(small: Callable[..., Service]) -> None:
    service = small()
    response = service.post("/v1/runs?check=false", json={"input": [GOOD], "judge": "gone"})
    assert response.status_code == 202
    assert (response.json()["judge"], response.json()["judge_version"]) == ("gone", "unchecked")
    unknown = service.post("/v1/runs?check=false", json={"input": [GOOD], "judge": "other"})
    assert problem_of(unknown) == "invalid-configuration"


def test_one_key_makes_one_run(service: Service) -> None:
    body = {"input": [GOOD], "metadata": {"n": "1"}}
    headers = {"idempotency-key": "first"}
    first = service.post("/v1/runs", json=body, headers=headers)
    again = service.post("/v1/runs", json=body, headers=headers)
    assert again.status_code == 202
    assert again.content == first.content
    assert again.headers["location"] == first.headers["location"]
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    other = service.post("/v1/runs", json={"input": [WRONG]}, headers=headers)
    assert (other.status_code, problem_of(other)) == (422, "idempotency-key-reused")
    elsewhere = service.post("/v1/runs?check=false", json=body, headers=headers)
    assert problem_of(elsewhere) == "idempotency-key-reused"
    assert num_runs(service) == 1
    assert service.post("/v1/runs", json=body, headers={"idempotency-key": "2"}).json() != again
    assert num_runs(service) == 2


def test_a_key_belongs_to_who_sent_it(make_service: Callable[..., Service]) -> None:
    other = "another-key-of-the-tests"
    service = make_service(keys=f"{KEY},{other}")
    made = [
        service.post(
            "/v1/runs",
            json={"input": [sample]},
            headers={"idempotency-key": "same", "authorization": f"Bearer {key}"},
        )
        for key, sample in ((KEY, GOOD), (other, WRONG))
    ]
    assert [response.status_code for response in made] == [202, 202]
    owners = {response.json()["created_by"] for response in made}
    assert len(owners) == 2
    assert not any(KEY in owner or other in owner for owner in owners)


def test_two_requests_at_once_under_one_key_make_one_run(service: Service) -> None:
    async def talk(client: httpx.AsyncClient) -> list[httpx.Response]:
        headers = {"idempotency-key": "race"}
        asking = [client.post("/v1/runs", json={"input": [GOOD]}, headers=headers) for _ in "12345"]
        return await asyncio.gather(*asking)

    responses = service.ask(talk)
    assert {response.status_code for response in responses} <= {202, 409}
    for response in responses:
        if response.status_code == 409:
            assert problem_of(response) == "idempotency-key-in-flight"
            assert response.headers["retry-after"] == "1"
    assert len({r.json()["id"] for r in responses if r.status_code == 202}) == 1
    assert num_runs(service) == 1


def at_work(service: Service, key: str, age_seconds: int) -> None:
    """Leave a key as a request leaves it that is at work, or died."""
    service.post("/v1/runs", json={"input": [GOOD]}, headers={"idempotency-key": key})
    with service.engine.begin() as connection:
        connection.execute(
            update(kept_answer).values(
                status=None, body=None, created_at=kept_answer.c.created_at - age_seconds * 1000
            )
        )


def test_a_key_at_work_must_wait_and_that_of_a_dead_process_is_free(service: Service) -> None:
    at_work(service, "k", 5)
    headers = {"idempotency-key": "k"}
    busy = service.post("/v1/runs", json={"input": [GOOD]}, headers=headers)
    assert (busy.status_code, problem_of(busy)) == (409, "idempotency-key-in-flight")
    at_work(service, "k", 1000)
    assert service.post("/v1/runs", json={"input": [GOOD]}, headers=headers).status_code == 202


def test_a_key_is_forgotten_after_its_time(make_service: Callable[..., Service]) -> None:
    service = make_service(idempotency_hours=1)
    headers = {"idempotency-key": "k"}
    first = service.post("/v1/runs", json={"input": [GOOD]}, headers=headers)
    with service.engine.begin() as connection:
        connection.execute(update(kept_answer).values(created_at=kept_answer.c.created_at - 3.7e6))
    later = service.post("/v1/runs", json={"input": [WRONG]}, headers=headers)
    assert later.status_code == 202
    assert later.json()["id"] != first.json()["id"]


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb", "\u00e9"])
def test_a_key_that_is_none_is_refused(small: Callable[..., Service], key: str) -> None:
    headers = {"idempotency-key": key.encode("latin-1")}
    response = small().post("/v1/runs", json={"input": [GOOD]}, headers=headers)
    assert (response.status_code, problem_of(response)) == (422, "invalid-request")


def test_the_broker_is_told_and_may_be_away(make_service: Callable[..., Service]) -> None:
    bell = Bell()
    run_id = make_service(doorbell=bell).run()
    assert bell.rung == [(run_id, "ingest", 0)]
    broken = make_service(doorbell=Bell(is_broken=True))
    assert broken.run()
    assert "doorbell.silent" in broken.log.getvalue()


def test_runs_are_listed_by_page_and_by_state(service: Service) -> None:
    ids = [service.run() for _ in range(3)]
    assert service.post(f"/v1/runs/{ids[1]}/cancel").status_code == 200
    first = service.get("/v1/runs?limit=2").json()
    rest = service.get(f"/v1/runs?limit=2&after={first['next_cursor']}").json()
    assert first["has_more"] and not rest["has_more"]
    listed = [run["id"] for run in (*first["data"], *rest["data"])]
    assert sorted(listed) == sorted(ids)
    cancelled = service.get("/v1/runs?state=cancelled").json()
    assert [run["id"] for run in cancelled["data"]] == [ids[1]]
    assert service.get("/v1/runs?state=completed").json()["data"] == []


def test_a_wrong_filter_is_a_problem(service: Service) -> None:
    service.run()
    wrong = ("state=' OR 1=1 --", "state=done", "limit=0", "limit=201", "limit=x")
    for query in (*wrong, "after=' OR 1=1 --", "after=%00"):
        response = service.get(f"/v1/runs?{query}")
        assert problem_of(response) in ("invalid-request", "run-not-found"), query


@pytest.mark.parametrize("run_id", ["20260101-000000-00000000", "file-1", "..", "%00", "x" * 300])
def test_an_unknown_run_is_not_found(service: Service, run_id: str) -> None:
    reading = ("", "/events", "/results/accepted", "/manifest", "/report")
    asked = [*(("GET", below) for below in reading), ("POST", "/cancel"), ("POST", "/resume")]
    for method, below in asked:
        response = service.request(method, f"/v1/runs/{run_id}{below}")
        kind = problem_of(response)
        assert kind in ("run-not-found", "not-found", "method-not-allowed"), below


def test_a_run_is_cancelled_and_resumed(make_service: Callable[..., Service]) -> None:
    bell = Bell()
    service = make_service(doorbell=bell)
    run_id = service.run()
    service.work(max_tasks=2)
    stopped = service.post(f"/v1/runs/{run_id}/cancel")
    assert stopped.json()["status"] == "cancelled"
    assert service.work() == 0
    twice = service.post(f"/v1/runs/{run_id}/cancel")
    assert (twice.status_code, problem_of(twice)) == (409, "run-state")
    bell.rung.clear()
    assert service.post(f"/v1/runs/{run_id}/resume").json()["status"] == "running"
    assert bell.rung
    service.work()
    assert service.get(f"/v1/runs/{run_id}").json()["status"] == "completed"
    assert problem_of(service.post(f"/v1/runs/{run_id}/resume")) == "run-state"


def test_a_run_of_a_command_is_shown_and_left_alone(service: Service) -> None:
    run_id = service.run()
    with service.engine.begin() as connection:
        connection.execute(update(tables.run).values(out_dir="/somewhere/else"))
    assert service.get(f"/v1/runs/{run_id}").status_code == 200
    assert problem_of(service.post(f"/v1/runs/{run_id}/cancel")) == "run-state"
    with service.engine.begin() as connection:
        connection.execute(update(tables.run).values(state="done"))
    for below in ("results/accepted", "manifest", "report"):
        response = service.get(f"/v1/runs/{run_id}/{below}")
        assert (response.status_code, problem_of(response)) == (410, "result-gone")


def test_a_failed_run_says_why_without_the_stores_path(service: Service) -> None:
    file_id = service.upload()
    run_id = service.run(input=file_id)
    for path in service.store.files.iterdir():
        path.unlink()
    service.work()
    found = service.get(f"/v1/runs/{run_id}").json()
    assert found["status"] == "failed"
    assert found["error"]["kind"] == "InputError"
    assert str(service.store.root) not in json.dumps(found)


def test_only_a_key_opens_the_service(small: Callable[..., Service]) -> None:
    service = small(keys=KEY)
    for headers in ({}, {"authorization": "Bearer wrong"}, {"authorization": f"Basic {KEY}"}):
        for method, path in (("GET", "/v1/runs"), ("POST", "/v1/runs"), ("POST", "/v1/files")):
            response = service.request(method, path, headers=headers)
            assert (response.status_code, problem_of(response)) == (401, "unauthorized")
    authorised = {"authorization": f"Bearer {KEY}"}
    response = service.post("/v1/runs", json={"input": [GOOD]}, headers=authorised)
    assert response.status_code == 202
    assert KEY not in service.log.getvalue()


def test_a_run_and_what_its_request_said_come_together(service: Service) -> None:
    run_id = service.run()
    with service.engine.begin() as connection:
        row = connection.execute(select(submission)).one()
        assert row.run_id == run_id
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("assay_filter.service.runs.insert", _failing_insert)
        response = service.post(
            "/v1/runs", json={"input": [GOOD]}, headers={"idempotency-key": "k"}
        )
    assert (response.status_code, problem_of(response)) == (500, "internal")
    assert "power" not in response.text
    assert num_runs(service) == 1
    assert len(list(service.store.runs.iterdir())) == 1
    assert len(list(service.store.inputs.iterdir())) == 1
    headers = {"idempotency-key": "k"}
    assert service.post("/v1/runs", json={"input": [GOOD]}, headers=headers).status_code == 202


def _failing_insert(table: Any) -> Any:
    if table is submission:
        raise RuntimeError("the power fails")
    return insert(table)


def test_two_services_on_one_database_share_keys_and_files(
    make_service: Callable[..., Service],
) -> None:
    first, second = make_service(), make_service()
    file_id = first.upload()
    assert second.get(f"/v1/files/{file_id}").status_code == 200
    headers = {"idempotency-key": "k"}
    with ThreadPoolExecutor(2) as threads:
        made = list(
            threads.map(
                lambda each: each.post("/v1/runs", json={"input": file_id}, headers=headers),
                (first, second),
            )
        )
    assert {response.status_code for response in made} <= {202, 409}
    assert num_runs(first) == 1


def test_a_database_that_is_away_is_a_problem(small: Callable[..., Service], tmp_path: Any) -> None:
    service = small()
    service.upload()
    (tmp_path / "audit.db").rename(tmp_path / "gone.db")
    service.engine.dispose()
    (tmp_path / "audit.db").mkdir()
    response = service.get("/v1/files")
    assert (response.status_code, problem_of(response)) == (503, "database-away")
    assert response.headers["retry-after"]
    ready = service.get("/readyz")
    assert ready.status_code == 503
    assert "database" in ready.json()["checks"]
    (tmp_path / "audit.db").rmdir()
    (tmp_path / "gone.db").rename(tmp_path / "audit.db")
    assert len(service.get("/v1/files").json()["data"]) == 1
