"""The endpoints of samples over real runs, on both databases."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import httpx
import orjson
import pytest
from tests.fakes.app_client import client_of
from tests.fakes.curated_runs import queue_rows, some_rows
from tests.integration.filter_samples.sampled_app import Sampled

from assay.audit.story import export_rows
from assay.audit.verification import verify_runs

Talk = Callable[[httpx.AsyncClient], Awaitable[None]]


def with_client(sampled: Sampled, talk: Talk) -> None:
    async def run() -> None:
        async with client_of(sampled.app) as client:
            await talk(client)

    asyncio.run(run())


async def body_of(client: httpx.AsyncClient, url: str, **params: Any) -> dict[str, Any]:
    answer = await client.get(url, params=params)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def every_sample(client: httpx.AsyncClient, **params: Any) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = []
    page = await body_of(client, "/v1/samples", **params)
    while True:
        found += page["data"]
        if page["next_cursor"] is None:
            assert not page["has_more"]
            return found
        page = await body_of(client, "/v1/samples", **params, cursor=page["next_cursor"])


def problem_of(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["type"].rpartition(":")[2]


def test_samples_are_listed_by_run_and_row_once_each(shared: Sampled) -> None:
    async def talk(client: httpx.AsyncClient) -> None:
        listed = await every_sample(client, limit=7)
        places = [(entry["run"], entry["ordinal"]) for entry in listed]
        assert len(places) == len(set(places)) == 40
        assert places == [
            (run, at) for run in (shared.second.id, shared.first.id) for at in range(20)
        ]
        assert {entry["row"] for entry in listed} == {f"data.jsonl:{n}" for n in range(1, 21)}

    with_client(shared, talk)


def test_filters_agree_with_the_outcome_files(shared: Sampled) -> None:
    async def talk(client: httpx.AsyncClient) -> None:
        run = shared.first.id
        for outcome in ("accepted", "borderline", "rejected", "duplicate", "error"):
            rows = await every_sample(client, run=run, outcome=outcome, limit=3)
            expected = [line["assay"]["row"] for line in shared.first.lines(outcome)]
            assert [row["row"] for row in rows] == expected
        everything = await every_sample(client, run=run)
        for name, value in (("source", "sums"), ("type", "single_turn"), ("language", "en")):
            rows = await every_sample(client, run=run, **{name: value})
            assert rows == [row for row in everything if row[name] == value]
            assert rows

    with_client(shared, talk)


def test_rule_filter_finds_events_and_reasons(shared: Sampled) -> None:
    async def talk(client: httpx.AsyncClient) -> None:
        run = shared.first.id
        looping = await every_sample(client, run=run, rule="rep.loop")
        assert [row["id"] for row in looping] == ["loops"]
        copies = await every_sample(client, run=run, rule="dedup.exact")
        assert [row["ordinal"] for row in copies] == [18, 19]
        assert await every_sample(client, run=run, rule="dedup_exact") == []
        assert await every_sample(client, rule="%") == []

    with_client(shared, talk)


def test_samples_are_found_by_their_names(shared: Sampled) -> None:
    async def talk(client: httpx.AsyncClient) -> None:
        run = shared.first.id
        (entry,) = await every_sample(client, run=run, q_id="row-3")
        for name in (entry["sample_id"], entry["sample_id"][:12], "data.jsonl:3"):
            assert await every_sample(client, run=run, q_id=name) == [entry]
        assert len(await every_sample(client, q_id="row-3")) == 2
        assert await every_sample(client, q_id="row-3", outcome="error") == []
        assert await every_sample(client, q_id="nobody") == []

    with_client(shared, talk)


@pytest.mark.parametrize(
    ("url", "params", "expected"),
    [
        ("/v1/samples", {"run": "absent"}, (404, "run-not-found")),
        ("/v1/samples", {"run": "../../etc"}, (404, "run-not-found")),
        ("/v1/samples", {"outcome": "accepted' OR 1=1"}, (422, "invalid-request")),
        ("/v1/samples", {"cursor": "x"}, (422, "invalid-request")),
        ("/v1/samples", {"cursor": "absent.1"}, (422, "invalid-request")),
        ("/v1/samples", {"cursor": "a.99999999999999999999"}, (422, "invalid-request")),
        ("/v1/samples", {"limit": 0}, (422, "invalid-request")),
        ("/v1/samples", {"limit": 201}, (422, "invalid-request")),
        ("/v1/samples", {"min_overall": "nan"}, (422, "invalid-request")),
        ("/v1/samples", {"rule": "a\0b"}, (422, "invalid-request")),
        ("/v1/samples/nobody", {}, (404, "sample-not-found")),
        ("/v1/samples/x%00y", {}, (422, "invalid-request")),
        ("/v1/samples/a:b:99999999999999999999", {}, (404, "sample-not-found")),
        ("/v1/stats", {"run": "absent"}, (404, "run-not-found")),
        ("/v1/runs/absent/diff/absent", {}, (404, "run-not-found")),
    ],
)
def test_what_is_not_there_is_a_problem(
    shared: Sampled, url: str, params: Mapping[str, Any], expected: tuple[int, str]
) -> None:
    async def talk(client: httpx.AsyncClient) -> None:
        assert problem_of(await client.get(url, params=params)) == expected

    with_client(shared, talk)


def test_sql_in_a_filter_is_only_text(shared: Sampled) -> None:
    async def talk(client: httpx.AsyncClient) -> None:
        for name in ("source", "type", "language", "rule", "q_id"):
            assert await every_sample(client, **{name: "x' OR '1'='1"}) == []
        assert len(await every_sample(client)) == 40

    with_client(shared, talk)


def test_story_holds_the_whole_trail_and_no_path(shared: Sampled) -> None:
    async def talk(client: httpx.AsyncClient) -> None:
        run = shared.first.id
        story = await body_of(client, "/v1/samples/loops", run=run)
        assert story["sample"]["user_id"] == "loops"
        assert "rep.loop" in [event["rule"] for event in story["events"]]
        assert story["decision"]["outcome"] == "rejected"
        assert "rep.loop" in story["decision"]["reasons"]
        address = await body_of(client, f"/v1/samples/{run}:data.jsonl:{17}")
        assert address["sample"] == story["sample"]
        first = await body_of(client, "/v1/samples/data.jsonl:1", run=run)
        assert len(first["identical"]) == 5, "twice more here, three times in the other run"
        assert [other["ordinal"] for other in first["duplicates"]] == [18, 19]
        copy = await body_of(client, "/v1/samples/data.jsonl:20", run=run)
        assert copy["duplicate_of"]["row"] == "data.jsonl:1"
        assert str(shared.store) not in orjson.dumps(story).decode()

    with_client(shared, talk)


def test_reviews_are_added_and_the_decision_stays(sampled: Sampled) -> None:
    async def talk(client: httpx.AsyncClient) -> None:
        run, url = sampled.first.id, "/v1/samples/loops/review"
        before = (await body_of(client, "/v1/samples/loops", run=run))["decision"]
        for seq, said in enumerate(("accept", "needs_fix")):
            answer = await client.post(url, json={"run": run, "decision": said, "comment": "so"})
            assert answer.status_code == 201, answer.text
            assert answer.json() | {"created_at": ""} == {
                "object": "review", "run": run, "ordinal": 16, "seq": seq,
                "reviewer": "anonymous", "decision": said, "comment": "so", "created_at": "",
            }  # fmt: skip
        story = await body_of(client, "/v1/samples/loops", run=run)
        assert [review["decision"] for review in story["reviews"]] == ["accept", "needs_fix"]
        assert story["decision"] == before
        (entry,) = await every_sample(client, run=run, q_id="loops")
        assert entry["review"] == "needs_fix"

    with_client(sampled, talk)
    assert [check.breach for check in verify_runs(sampled.engine)] == [None, None]


@pytest.mark.parametrize(
    ("name", "body", "expected"),
    [
        ("loops", {"decision": "accept"}, (422, "invalid-request")),
        ("loops", {"run": "RUN", "decision": "maybe"}, (422, "invalid-request")),
        ("loops", {"run": "RUN", "decision": "accept", "by": "me"}, (422, "invalid-request")),
        ("loops", {"run": "RUN", "decision": "accept", "comment": "x" * 4001},
         (422, "invalid-request")),
        ("loops", {"run": "RUN", "decision": "accept", "comment": "\0"}, (422, "invalid-request")),
        ("nobody", {"run": "RUN", "decision": "accept"}, (404, "sample-not-found")),
        ("loops", {"run": "absent", "decision": "accept"}, (404, "sample-not-found")),
        ("row-1", {"run": "RUN", "decision": "accept"}, (409, "ambiguous-sample")),
    ],
)  # fmt: skip
def test_reviews_that_do_not_fit_are_refused(
    shared: Sampled, name: str, body: dict[str, str], expected: tuple[int, str]
) -> None:
    async def talk(client: httpx.AsyncClient) -> None:
        asked = {k: shared.first.id if v == "RUN" else v for k, v in body.items()}
        assert problem_of(await client.post(f"/v1/samples/{name}/review", json=asked)) == expected

    with_client(shared, talk)


def test_statistics_agree_with_the_outcome_files(shared: Sampled) -> None:
    async def talk(client: httpx.AsyncClient) -> None:
        run = shared.first
        stats = await body_of(client, "/v1/stats", run=run.id)
        lines = {o: run.lines(o) for o in stats["outcomes"]}
        assert stats["outcomes"] == {o: len(found) for o, found in lines.items()}
        assert stats["samples"] == 20
        assert {"outcome": "duplicate", "reason": "dedup.exact", "samples": 2} in stats["reasons"]
        by_source = {entry["label"]: entry["samples"] for entry in stats["sources"]}
        assert by_source == {"(none)": 2, "sums": 10, "more sums": 8}
        assert sum(entry["samples"] for entry in stats["languages"]) == 20
        everywhere = await body_of(client, "/v1/stats")
        assert everywhere["states"] == {"done": 2}
        assert sum(everywhere["outcomes"].values()) == 40

    with_client(shared, talk)


def test_agreement_counts_the_last_review_of_each_sample(sampled: Sampled) -> None:
    async def talk(client: httpx.AsyncClient) -> None:
        run = sampled.first.id
        accepted = [li["assay"]["row"] for li in sampled.first.lines("accepted")][:2]
        rejected = [li["assay"]["row"] for li in sampled.first.lines("rejected")][:1]
        said = [(accepted[0], "reject"), (accepted[0], "accept"), (accepted[1], "reject"),
                (rejected[0], "reject")]  # fmt: skip
        for row, decision in said:
            await client.post(f"/v1/samples/{row}/review", json={"run": run, "decision": decision})
        reviews = (await body_of(client, "/v1/stats", run=run))["reviews"]
        assert reviews["samples"] == 3
        assert reviews["by_outcome"]["accepted"] == {"accept": 1, "reject": 1}
        assert reviews["agreement"] == pytest.approx(2 / 3)
        assert reviews["kappa"] == pytest.approx((2 / 3 - 4 / 9) / (1 - 4 / 9))
        assert (await body_of(client, "/v1/stats"))["reviews"] == reviews

    with_client(sampled, talk)


def test_two_runs_are_compared(shared: Sampled) -> None:
    async def talk(client: httpx.AsyncClient) -> None:
        one, other = shared.first.id, shared.second.id
        page = await body_of(client, f"/v1/runs/{one}/diff/{other}")
        assert page["data"] == [] and page["next_cursor"] is None
        assert page["summary"]["only_after"]
        again = await body_of(client, f"/v1/runs/{one}/diff/{one}", limit=1)
        assert again["data"] == []

    with_client(shared, talk)


def test_deleted_sample_is_gone_from_every_run(sampled: Sampled) -> None:
    async def talk(client: httpx.AsyncClient) -> None:
        answer = await client.delete("/v1/samples/row-3", params={"reason": "request 114"})
        assert answer.status_code == 200, answer.text
        body = answer.json()
        assert [run["samples"] for run in body["runs"]] == [1, 1]
        assert all(run["files"] and run["audit_rows"] for run in body["runs"])
        (sample_id,) = body["sample_ids"]
        story = await body_of(client, f"/v1/samples/{sample_id}", run=sampled.first.id)
        assert story["redactions"][0]["reason"] == "request 114"
        assert story["redactions"][0]["actor"] == "anonymous"
        assert story["sample"]["user_id"] is None
        assert problem_of(await client.get("/v1/samples/row-3")) == (404, "sample-not-found")
        again = await client.delete(f"/v1/samples/{sample_id}")
        assert [run["audit_rows"] for run in again.json()["runs"]] == [0, 0]
        for outcome in ("accepted", "borderline"):
            result = await client.get(f"/v1/runs/{sampled.first.id}/results/{outcome}")
            assert result.status_code == 200, result.text
            assert b"counting 3 apples" not in result.content

    with_client(sampled, talk)
    assert not [row for row in export_rows(sampled.engine) if b"counting 3 apples" in row]
    checks = list(verify_runs(sampled.engine))
    assert [check.breach for check in checks] == [None, None]
    assert all(check.num_redacted for check in checks)


def test_deleted_sample_of_one_run_stays_in_the_other(sampled: Sampled) -> None:
    async def talk(client: httpx.AsyncClient) -> None:
        name = f"{sampled.first.id}:data.jsonl:3"
        body = (await client.delete(f"/v1/samples/{name}")).json()
        assert [run["run"] for run in body["runs"]] == [sampled.first.id]
        (left,) = await every_sample(client, q_id="row-3")
        assert left["run"] == sampled.second.id

    with_client(sampled, talk)


def test_shortened_sample_id_deletes_nothing(shared: Sampled) -> None:
    async def talk(client: httpx.AsyncClient) -> None:
        (entry,) = await every_sample(client, run=shared.first.id, q_id="row-3")
        answer = await client.delete(f"/v1/samples/{entry['sample_id'][:12]}")
        assert problem_of(answer) == (422, "invalid-request")
        assert problem_of(await client.delete("/v1/samples/nobody")) == (404, "sample-not-found")
        answer = await client.delete("/v1/samples/row-3", params={"reason": " "})
        assert problem_of(answer) == (422, "invalid-request")

    with_client(shared, talk)
    assert not [check for check in verify_runs(shared.engine) if check.num_redacted]


def test_deleted_run_stays_in_the_list_without_its_texts(sampled: Sampled) -> None:
    async def talk(client: httpx.AsyncClient) -> None:
        run = sampled.first.id
        answer = await client.delete(f"/v1/runs/{run}")
        assert answer.status_code == 200, answer.text
        assert answer.json()["audit_rows"] > 0
        shown = await body_of(client, f"/v1/runs/{run}")
        assert shown["status"] == "completed"
        result = await client.get(f"/v1/runs/{run}/results/accepted")
        assert problem_of(result) == (410, "result-gone")
        assert (await body_of(client, "/v1/stats", run=run))["samples"] == 20

    with_client(sampled, talk)
    assert [check.breach for check in verify_runs(sampled.engine)] == [None, None]


def test_run_at_work_is_neither_deleted_nor_robbed(sampled: Sampled) -> None:
    record = queue_rows(sampled.engine, sampled.store / "third", some_rows())

    async def talk(client: httpx.AsyncClient) -> None:
        answer = await client.delete(f"/v1/runs/{record.id}")
        assert problem_of(answer) == (409, "run-state")

    with_client(sampled, talk)
