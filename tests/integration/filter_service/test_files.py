"""Files: streamed in, bounded, checked, named by the service, listed, read in ranges, deleted."""

import asyncio
import gzip
import hashlib
import io
import json
import tracemalloc
import zipfile
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from starlette.types import Message
from tests.fakes.filter_service import GOOD, WRONG, Service, lines_of, problem_of

ROWS = lines_of([GOOD, WRONG])


def parquet_bytes(num_rows: int = 2) -> bytes:
    stream = io.BytesIO()
    column = [json.dumps(GOOD["messages"])] * num_rows
    pq.write_table(pa.table({"messages": column}), stream)
    return stream.getvalue()


def zip_bytes() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("rows.jsonl", ROWS)
    return stream.getvalue()


CONTENTS = {
    "rows.jsonl": ROWS,
    "rows.NDJSON": ROWS,
    "rows.jsonl.gz": gzip.compress(ROWS),
    "rows.jsonl.zst": zstandard.compress(ROWS),
    "rows.parquet": parquet_bytes(),
}


@pytest.mark.parametrize("name", CONTENTS)
def test_each_format_is_taken_as_the_body(service: Service, name: str) -> None:
    response = service.post(f"/v1/files?filename={name}", content=CONTENTS[name])
    body = response.json()
    assert (response.status_code, body["object"], body["status"]) == (200, "file", "processed")
    assert body["filename"] == name
    assert body["bytes"] == len(CONTENTS[name])
    assert body["sha256"] == hashlib.sha256(CONTENTS[name]).hexdigest()
    content = service.get(f"/v1/files/{body['id']}/content")
    assert content.content == CONTENTS[name]
    assert service.get(f"/v1/files/{body['id']}").json() == body


def test_the_form_of_openais_sdk_is_taken(service: Service) -> None:
    body = (
        b'--f6e1\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nbatch\r\n'
        b'--f6e1\r\nContent-Disposition: form-data; name="file"; filename="rows.jsonl"\r\n'
        b"Content-Type: application/octet-stream\r\n\r\n" + ROWS + b"\r\n--f6e1--\r\n"
    )
    headers = {"content-type": "multipart/form-data; boundary=f6e1"}
    response = service.post("/v1/files", content=body, headers=headers)
    assert response.status_code == 200, response.text
    found = response.json()
    assert (found["filename"], found["purpose"]) == ("rows.jsonl", "batch")
    assert found["sha256"] == hashlib.sha256(ROWS).hexdigest()


def test_the_name_may_stand_in_a_header(small: Callable[..., Service]) -> None:
    headers = {"x-filename": "r%C3%BCckw%C3%A4rts.jsonl"}
    response = small().post("/v1/files", content=ROWS, headers=headers)
    assert response.json()["filename"] == "r\u00fcckw\u00e4rts.jsonl"


def test_the_same_content_has_one_digest_and_two_ids(service: Service) -> None:
    first, second = service.upload(), service.upload()
    assert first != second
    digests = {service.get(f"/v1/files/{each}").json()["sha256"] for each in (first, second)}
    assert len(digests) == 1


BOMB = gzip.compress(b"\n" * (80 << 20))
REFUSED = {
    "no suffix": ("rows", ROWS, 422, "unusable-file"),
    "another suffix": ("rows.csv", b"a,b\n", 422, "unusable-file"),
    "a zip": ("rows.jsonl", zip_bytes(), 422, "unusable-file"),
    "gzip under another name": ("rows.jsonl", gzip.compress(ROWS), 422, "unusable-file"),
    "text under a gzip name": ("rows.jsonl.gz", ROWS, 422, "unusable-file"),
    "a JSON array": ("rows.json", b'[{"a":1}]', 422, "unusable-file"),
    "empty": ("rows.jsonl", b"", 422, "unusable-file"),
    "empty when expanded": ("rows.jsonl.gz", gzip.compress(b""), 422, "unusable-file"),
    "cut gzip": ("rows.jsonl.gz", gzip.compress(ROWS)[:-9], 422, "unusable-file"),
    "damaged zstd": ("r.jsonl.zst", zstandard.compress(ROWS)[:8] + b"x" * 90, 422, "unusable-file"),
    "binary in gzip": ("rows.jsonl.gz", gzip.compress(b"\0\1\2"), 422, "unusable-file"),
    "a bomb": ("rows.jsonl.gz", BOMB, 422, "unusable-file"),
    "cut Parquet": ("rows.parquet", parquet_bytes()[:-20], 422, "unusable-file"),
    "Parquet without rows": ("rows.parquet", parquet_bytes(0), 422, "unusable-file"),
    "a path": ("../../etc/passwd", ROWS, 422, "unusable-file"),
    "a path that ends well": ("x.jsonl/..", ROWS, 422, "unusable-file"),
    "a NUL": ("rows%00.jsonl", ROWS, 422, "unusable-file"),
    "a line break": ("rows%0D%0A.jsonl", ROWS, 422, "unusable-file"),
    "a very long name": ("x" * 3000 + ".jsonl", ROWS, 422, "unusable-file"),
    "no name": ("", ROWS, 422, "unusable-file"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_curated_is_refused_and_leaves_nothing(
    small: Callable[..., Service], case: str
) -> None:
    name, content, status, kind = REFUSED[case]
    service = small()
    response = service.post(f"/v1/files?filename={name}", content=content)
    assert (response.status_code, problem_of(response)) == (status, kind), response.text
    assert service.left_in_store() == set()
    assert str(service.store.root) not in response.text
    assert service.get("/v1/files").json()["data"] == []


@pytest.mark.parametrize("name", ["../../../rows.jsonl", "..\\..\\rows.jsonl", "/etc/rows.jsonl"])
def test_a_path_in_a_name_is_shown_without_it_and_never_used(
    small: Callable[..., Service], name: str
) -> None:
    service = small()
    files = {"file": (name, ROWS)}
    response = service.post("/v1/files", files=files)
    assert response.json()["filename"] == "rows.jsonl"
    assert service.left_in_store() == {f"files/{response.json()['id']}.jsonl"}
    assert not list(service.store.root.parent.glob("*.jsonl"))


BOUNDARY = "multipart/form-data; boundary=b"
PART = b'--b\r\nContent-Disposition: form-data; name="file"; filename="r.jsonl"\r\n\r\n' + ROWS
FORMS = {
    "no boundary": ("multipart/form-data", PART + b"\r\n--b--\r\n"),
    "a long boundary": (f"multipart/form-data; boundary={'b' * 300}", PART),
    "cut off": (BOUNDARY, PART),
    "no form at all": (BOUNDARY, ROWS),
    "no file": (BOUNDARY, b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--b--\r\n'),
    "two files": (BOUNDARY, PART + b"\r\n" + PART + b"\r\n--b--\r\n"),
    "a large field": (
        BOUNDARY,
        b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n' + b"x" * 9000 + b"\r\n--b--\r\n",
    ),
    "many fields": (
        BOUNDARY,
        b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n' * 40 + b"--b--\r\n",
    ),
    "a long header": (BOUNDARY, b"--b\r\nContent-Disposition: " + b"x" * 9000 + b"\r\n\r\n"),
}


@pytest.mark.parametrize("case", FORMS)
def test_a_malformed_form_is_refused(small: Callable[..., Service], case: str) -> None:
    content_type, content = FORMS[case]
    service = small()
    response = service.post("/v1/files", content=content, headers={"content-type": content_type})
    assert (response.status_code, problem_of(response)) == (400, "malformed-body")
    assert service.left_in_store() == set()


def test_a_file_over_the_limit_is_refused_while_it_arrives(small: Callable[..., Service]) -> None:
    service = small(max_upload_bytes=100_000)
    taken = 0

    async def pieces() -> AsyncIterator[bytes]:
        nonlocal taken
        for _ in range(1000):
            taken += 10_000
            yield b"x" * 10_000

    streamed = service.post("/v1/files?filename=r.jsonl", content=pieces())
    assert (streamed.status_code, problem_of(streamed)) == (413, "body-too-large")
    headers = {"content-length": "5000000000"}
    declared = service.post("/v1/files?filename=r.jsonl", content=pieces(), headers=headers)
    assert (declared.status_code, problem_of(declared)) == (413, "body-too-large")
    assert service.left_in_store() == set()


def test_a_large_file_is_never_held_in_memory(small: Callable[..., Service]) -> None:
    service = small()
    size = 48 << 20

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(size >> 16):
            yield b"{}\n" * 21_845 + b"\n"

    tracemalloc.start()
    response = service.post("/v1/files?filename=r.jsonl", content=pieces())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert response.json()["bytes"] == size
    assert peak < 24 << 20


def test_only_uploads_may_be_large(small: Callable[..., Service]) -> None:
    service = small(max_body_bytes=2048)
    assert service.upload([GOOD] * 50)
    response = service.post("/v1/runs", json={"input": [GOOD] * 50})
    assert (response.status_code, problem_of(response)) == (413, "body-too-large")


def test_a_sender_that_stalls_is_cut_off(small: Callable[..., Service]) -> None:
    service = small(body_timeout_seconds=0.1)

    async def stalling() -> AsyncIterator[bytes]:
        yield ROWS
        await asyncio.sleep(30)

    async def talk() -> list[Message]:
        sent: list[Message] = []
        pieces = stalling()

        async def receive() -> Message:
            return {"type": "http.request", "body": await anext(pieces), "more_body": True}

        async def send(message: Message) -> None:
            sent.append(message)

        await service.app(_scope(), receive, send)
        await pieces.aclose()  # type: ignore[attr-defined]
        return sent

    answer = asyncio.run(talk())
    assert answer[0]["status"] == 408
    assert service.left_in_store() == set()


def test_a_sender_that_goes_away_leaves_nothing(small: Callable[..., Service]) -> None:
    service = small()
    messages: Iterator[Message] = iter(
        [{"type": "http.request", "body": ROWS, "more_body": True}, {"type": "http.disconnect"}]
    )

    async def receive() -> Message:
        return next(messages)

    async def send(message: Message) -> None:
        raise AssertionError(f"nobody is there to read {message}")

    asyncio.run(service.app(_scope(), receive, send))
    assert service.left_in_store() == set()


def _scope() -> dict[str, Any]:
    return {
        "type": "http",
        "method": "POST",
        "path": "/v1/files",
        "raw_path": b"/v1/files",
        "query_string": b"filename=r.jsonl",
        "root_path": "",
        "scheme": "http",
        "headers": [],
        "client": None,
        "server": None,
        "http_version": "1.1",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
    }


def test_a_compressed_body_and_another_purpose_are_refused(small: Callable[..., Service]) -> None:
    service = small()
    headers = {"content-encoding": "gzip"}
    packed = service.post(
        "/v1/files?filename=r.jsonl", content=gzip.compress(ROWS), headers=headers
    )
    assert (packed.status_code, problem_of(packed)) == (415, "unsupported-media-type")
    other = service.post("/v1/files?filename=r.jsonl&purpose=fine-tune", content=ROWS)
    assert (other.status_code, problem_of(other)) == (422, "invalid-request")
    assert service.left_in_store() == set()


def test_the_store_takes_so_much_and_no_more(make_service: Callable[..., Service]) -> None:
    service = make_service(max_stored_bytes=len(ROWS) + 10)
    kept = service.upload()
    full = service.post("/v1/files?filename=r.jsonl", content=ROWS)
    assert (full.status_code, problem_of(full)) == (507, "storage-full")
    assert service.request("DELETE", f"/v1/files/{kept}").status_code == 200
    assert service.upload()
    few = make_service(max_files=1)
    assert problem_of(few.post("/v1/files?filename=r.jsonl", content=ROWS)) == "storage-full"


def test_files_are_listed_by_page_in_either_order(service: Service) -> None:
    ids = [service.upload(name=f"{number}.jsonl") for number in range(5)]
    first = service.get("/v1/files", params={"limit": 2}).json()
    assert [each["id"] for each in first["data"]] == [ids[4], ids[3]]
    assert (first["has_more"], first["next_cursor"], first["last_id"]) == (True, ids[3], ids[3])
    second = service.get("/v1/files", params={"limit": 2, "after": first["next_cursor"]}).json()
    third = service.get("/v1/files", params={"limit": 2, "after": second["next_cursor"]}).json()
    assert [each["id"] for each in (*second["data"], *third["data"])] == [ids[2], ids[1], ids[0]]
    assert (third["has_more"], third["next_cursor"]) == (False, None)
    rising = service.get("/v1/files", params={"order": "asc", "after": ids[3]}).json()
    assert [each["id"] for each in rising["data"]] == [ids[4]]
    assert service.get("/v1/files", params={"purpose": "batch"}).json()["data"] == []


def test_a_wrong_query_is_a_problem(service: Service) -> None:
    wrong = ("limit=0", "limit=1001", "limit=x", "order=1", "purpose=' OR 1=1 --")
    for query in (*wrong, "after=%00", "after=x", "after=' OR 1=1 --"):
        response = service.get(f"/v1/files?{query}")
        assert problem_of(response) in ("invalid-request", "file-not-found"), query


def test_a_file_is_read_in_ranges_and_not_again(service: Service) -> None:
    path = f"/v1/files/{service.upload()}/content"
    whole = service.get(path)
    part = service.get(path, headers={"range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, ROWS[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{len(ROWS)}"
    beyond = service.get(path, headers={"range": f"bytes={len(ROWS)}-"})
    assert (beyond.status_code, problem_of(beyond)) == (416, "range-not-satisfiable")
    assert beyond.headers["content-range"] == f"bytes */{len(ROWS)}"
    etag = whole.headers["etag"]
    assert etag == f'"{hashlib.sha256(ROWS).hexdigest()}"'
    assert service.get(path, headers={"if-none-match": etag}).status_code == 304
    changed = {"range": "bytes=10-19", "if-range": '"another"'}
    assert service.get(path, headers=changed).content == ROWS


FOREIGN = [
    "file-000000000000000000000000",
    "batch_0",
    "..",
    "%00",
    "a%2Fb",
    "x" * 500,
    "' OR 1=1 --",
]


def test_an_unknown_id_is_not_found(service: Service) -> None:
    for file_id in FOREIGN:
        for method, below in (("GET", ""), ("GET", "/content"), ("DELETE", "")):
            response = service.request(method, f"/v1/files/{file_id}{below}")
            kind = problem_of(response)
            assert kind in ("file-not-found", "not-found", "method-not-allowed"), file_id


def test_a_file_that_a_run_may_read_is_not_deleted(service: Service) -> None:
    file_id = service.upload()
    run_id = service.run(input=file_id)
    path = f"/v1/files/{file_id}"
    refused = service.request("DELETE", path)
    assert (refused.status_code, problem_of(refused)) == (409, "file-in-use")
    assert run_id in refused.json()["detail"]
    service.work()
    gone = service.request("DELETE", path)
    assert gone.json() == {"id": file_id, "object": "file", "deleted": True}
    assert not [name for name in service.left_in_store() if name.startswith("files/")]
    assert problem_of(service.get(path)) == "file-not-found"
    assert problem_of(service.request("DELETE", path)) == "file-not-found"
    assert service.get(f"/v1/runs/{run_id}/results/accepted").status_code == 200


def test_nothing_of_a_file_or_its_name_is_in_the_log(small: Callable[..., Service]) -> None:
    service = small()
    service.upload(name="very-secret-name.jsonl")
    assert "secret" not in service.log.getvalue()
    assert "12 * 12" not in service.log.getvalue()


def test_two_uploads_at_once_are_both_kept(service: Service) -> None:
    async def talk(client: httpx.AsyncClient) -> list[httpx.Response]:
        return await asyncio.gather(
            *[client.post("/v1/files?filename=r.jsonl", content=ROWS) for _ in range(6)]
        )

    responses = service.ask(talk)
    assert {response.status_code for response in responses} == {200}
    assert len(service.left_in_store()) == 6
