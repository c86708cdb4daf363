"""Results: streamed as they are or in the other format, in ranges, by digest, never half."""

import hashlib
import io
from collections.abc import Callable

import orjson
import pyarrow.parquet as pq
import pytest
from sqlalchemy import update
from tests.fakes.filter_service import GOOD, WRONG, Service, problem_of

from assay.audit import tables
from assay.audit.file_changes import file_states, record_file_change
from assay.datasets.json_text import parse_json
from assay.datasets.parquet_layout import record_of
from assay_filter.service.results import drop_copies

MANY = [
    {**GOOD, "id": f"s{n}", "messages": [*GOOD["messages"][:1], _]}
    for n, _ in enumerate(
        {"role": "assistant", "content": f"12 * 12 = 144, and {n} + {n} = {2 * n}."}
        for n in range(40)
    )
]


def test_results_wait_for_the_end(service: Service) -> None:
    run_id = service.run()
    for below in ("results/accepted", "manifest", "report"):
        response = service.get(f"/v1/runs/{run_id}/{below}")
        assert (response.status_code, problem_of(response)) == (409, "run-not-finished")
        assert response.headers["retry-after"]
    service.post(f"/v1/runs/{run_id}/cancel")
    stopped = service.get(f"/v1/runs/{run_id}/results/accepted")
    assert problem_of(stopped) == "run-not-finished"
    assert "resume" in stopped.json()["detail"]


def test_a_result_is_what_the_manifest_says(service: Service) -> None:
    run_id = service.finished_run()
    here = f"/v1/runs/{run_id}"
    manifest = service.get(f"{here}/manifest").json()
    assert manifest["run"]["id"] == run_id
    for outcome in ("accepted", "borderline", "rejected", "duplicate", "error"):
        response = service.get(f"{here}/results/{outcome}")
        digest = hashlib.sha256(response.content).hexdigest()
        assert response.headers["etag"] == f'"{digest}"'
        assert manifest["files"][f"{outcome}.jsonl"]["sha256"] == digest
    assert service.get(f"{here}/results/kept").status_code == 422
    assert problem_of(service.get(f"{here}/results/..%2fmanifest")) in (
        "not-found",
        "invalid-request",
    )
    assert problem_of(service.get(f"{here}/results/accepted?format=csv")) == "invalid-request"


def test_a_result_is_read_in_ranges_and_only_when_it_changed(service: Service) -> None:
    path = f"/v1/runs/{service.finished_run()}/results/accepted"
    whole = service.get(path)
    pieces = []
    for start in range(0, len(whole.content), 100):
        part = service.get(path, headers={"range": f"bytes={start}-{start + 99}"})
        assert part.status_code == 206
        pieces.append(part.content)
    assert b"".join(pieces) == whole.content
    tail = service.get(path, headers={"range": "bytes=-5", "if-range": whole.headers["etag"]})
    assert tail.content == whole.content[-5:]
    assert problem_of(service.get(path, headers={"range": "bytes=99999-"})) == (
        "range-not-satisfiable"
    )
    same = service.get(path, headers={"if-none-match": whole.headers["etag"]})
    assert (same.status_code, same.content) == (304, b"")


def test_each_format_is_given_as_the_other(small: Callable[..., Service]) -> None:
    service = small()
    lines = {}
    for native in ("jsonl", "parquet"):
        path = f"/v1/runs/{service.finished_run(input=MANY, format=native)}/results/accepted"
        as_lines = service.get(path, params={"format": "jsonl"})
        lines[native] = [parse_json(line) for line in as_lines.content.splitlines()]
        as_parquet = service.get(path, params={"format": "parquet"})
        table = pq.read_table(io.BytesIO(as_parquet.content))
        assert [record_of(row) for row in table.to_pylist()] == lines[native]
        assert service.get(path).content == (as_lines if native == "jsonl" else as_parquet).content
        for response in (as_lines, as_parquet):
            headers = {"if-none-match": response.headers["etag"]}
            wanted = {"format": "jsonl" if response is as_lines else "parquet"}
            assert service.get(path, params=wanted, headers=headers).status_code == 304
    assert lines["jsonl"]
    assert lines["jsonl"] == lines["parquet"]


def test_a_parquet_copy_is_made_once_and_read_in_ranges(small: Callable[..., Service]) -> None:
    service = small()
    path = f"/v1/runs/{service.finished_run()}/results/accepted?format=parquet"
    whole = service.get(path)
    (copy,) = [name for name in service.left_in_store() if name.startswith("copies/")]
    made = (service.store.root / copy).stat().st_mtime_ns
    part = service.get(path, headers={"range": "bytes=0-3"})
    assert (part.status_code, part.content) == (206, b"PAR1")
    assert (service.store.root / copy).stat().st_mtime_ns == made
    assert service.get(path).content == whole.content


def test_a_result_too_large_to_be_written_again_says_what_to_do(
    small: Callable[..., Service],
) -> None:
    service = small(max_convert_bytes=10)
    run_id = service.finished_run()
    response = service.get(f"/v1/runs/{run_id}/results/accepted?format=parquet")
    assert (response.status_code, problem_of(response)) == (406, "not-acceptable")
    assert "format=jsonl" in response.json()["detail"]


def test_a_rewritten_result_has_a_new_digest_and_leaves_no_old_copy(service: Service) -> None:
    run_id = service.finished_run(input=MANY)
    path = f"/v1/runs/{run_id}/results/accepted"
    before, copy = service.get(path), service.get(f"{path}?format=parquet")
    lines = before.content.splitlines(keepends=True)
    kept = b"".join(lines[1:])
    with service.engine.begin() as connection:
        state = file_states(connection, run_id)["accepted.jsonl"]
        after = (state.num_rows - 1, len(kept), hashlib.sha256(kept).hexdigest())
        record_file_change(connection, run_id, state, after=after, reason="asked", actor="test")
    (service.store.run_dir(run_id) / "accepted.jsonl").write_bytes(kept)
    now = service.get(path, headers={"if-none-match": before.headers["etag"]})
    assert (now.status_code, now.content) == (200, kept)
    assert now.headers["etag"] == f'"{after[2]}"'
    again = service.get(f"{path}?format=parquet")
    assert again.headers["etag"] != copy.headers["etag"]
    ids = pq.read_table(io.BytesIO(again.content)).column("id").to_pylist()
    assert orjson.loads(lines[0])["id"] not in ids
    assert len([name for name in service.left_in_store() if name.startswith("copies/")]) == 1
    drop_copies(service.store, run_id)
    assert not [name for name in service.left_in_store() if name.startswith("copies/")]


def test_a_result_that_was_removed_is_gone(service: Service) -> None:
    run_id = service.finished_run()
    (service.store.run_dir(run_id) / "accepted.jsonl").unlink()
    response = service.get(f"/v1/runs/{run_id}/results/accepted")
    assert (response.status_code, problem_of(response)) == (410, "result-gone")


def test_the_report_can_load_and_send_nothing(service: Service) -> None:
    sample = {
        **WRONG,
        "messages": [
            WRONG["messages"][0],
            {"role": "assistant", "content": ("<script>fetch('//evil')</script> 7 * 8 = 54")},
        ],
    }
    run_id = service.finished_run(input=[sample])
    response = service.get(f"/v1/runs/{run_id}/report")
    policy = response.headers["content-security-policy"]
    assert response.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "script-src" not in policy
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "<script" not in response.text


@pytest.mark.parametrize("state", ["running", "failed"])
def test_an_unfinished_run_never_shows_drafts(small: Callable[..., Service], state: str) -> None:
    service = small()
    run_id = service.finished_run()
    with service.engine.begin() as connection:
        connection.execute(update(tables.run).values(state=state))
    response = service.get(f"/v1/runs/{run_id}/results/accepted")
    assert problem_of(response) == "run-not-finished"
    assert (service.store.run_dir(run_id) / "accepted.jsonl").is_file()
