"""What is kept for a while only goes, and nothing else does."""

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import func, select, update
from tests.fakes.filter_service import GOOD, Service, problem_of

from assay.audit.service_tables import kept_answer, upload
from assay.audit.tasks import claim_next, release_worker
from assay_filter.service.expiry import expire
from assay_filter.service.orphans import free_orphans


def grow_old(path: Path, seconds: float) -> None:
    then = time.time() - seconds
    os.utime(path, (then, then))


def count(service: Service, table: object) -> int:
    with service.engine.connect() as connection:
        query = select(func.count()).select_from(table)  # type: ignore[arg-type]
        return int(connection.execute(query).scalar_one())


def test_old_files_go_unless_a_run_may_read_them(make_service: Callable[..., Service]) -> None:
    service = make_service(file_hours=1)
    old, read, new = (service.upload(name=f"{n}.jsonl") for n in range(3))
    run_id = service.run(input=read)
    with service.engine.begin() as connection:
        hours_ago = upload.c.created_at - 2 * 3_600_000
        old_ones = update(upload).where(upload.c.id.in_((old, read)))
        connection.execute(old_ones.values(created_at=hours_ago))
    assert expire(service.engine, service.store, service.settings).files == 1
    assert problem_of(service.get(f"/v1/files/{old}")) == "file-not-found"
    assert service.get(f"/v1/files/{read}/content").status_code == 200
    service.work()
    assert expire(service.engine, service.store, service.settings).files == 1
    assert service.get(f"/v1/files/{new}").json()["expires_at"] is not None
    assert service.get(f"/v1/runs/{run_id}/results/accepted").status_code == 200
    assert len([name for name in service.left_in_store() if name.startswith("files/")]) == 1


def test_files_stay_where_nothing_says_how_long(service: Service) -> None:
    file_id = service.upload()
    with service.engine.begin() as connection:
        connection.execute(update(upload).values(created_at=0))
    assert expire(service.engine, service.store, service.settings).files == 0
    assert service.get(f"/v1/files/{file_id}").json()["expires_at"] is None


def test_answers_are_forgotten_after_their_time(service: Service) -> None:
    for key in ("old", "new"):
        service.post("/v1/runs", json={"input": [GOOD]}, headers={"idempotency-key": key})
    with service.engine.begin() as connection:
        days_ago = kept_answer.c.created_at - 25 * 3_600_000
        connection.execute(
            update(kept_answer).where(kept_answer.c.key == "old").values(created_at=days_ago)
        )
    assert expire(service.engine, service.store, service.settings).answers == 1
    assert count(service, kept_answer) == 1


def test_what_crashes_left_goes_and_what_is_young_stays(service: Service) -> None:
    store = service.store
    kept = service.upload()
    inline = service.run()
    left = [
        store.incoming / "0123.part",
        store.files / "file-0123.jsonl",
        store.inputs / "20260101-000000-00000000.jsonl",
        store.copies / "20260101-000000-00000000",
    ]
    for path in left[:3]:
        path.write_bytes(b"{}\n")
    left[3].mkdir()
    (left[3] / "accepted-0.parquet").write_bytes(b"PAR1")
    assert expire(service.engine, store, service.settings).leftovers == 0
    for path in (*left, *store.files.iterdir(), *store.inputs.iterdir()):
        grow_old(path, 100_000)
    assert expire(service.engine, store, service.settings).leftovers == 4
    assert service.left_in_store() == {f"files/{kept}.jsonl", f"inputs/{inline}.jsonl"}
    service.work()
    for path in store.inputs.iterdir():
        grow_old(path, 100_000)
    assert expire(service.engine, store, service.settings).leftovers == 1


def test_what_a_dead_service_held_is_free_at_once(small: Callable[..., Service]) -> None:
    service = small()
    service.run()
    gone = subprocess.Popen(["true"])
    gone.wait()
    machine = os.uname().nodename
    for holder, num_freed in (
        (f"{machine}:{os.getpid()}:0", 0),
        (f"elsewhere:{gone.pid}:0", 0),
        ("w1", 0),
        (f"{machine}:{gone.pid}:0", 1),
    ):
        assert claim_next(service.engine, holder, lease_seconds=600) is not None
        assert free_orphans(service.engine) == num_freed
        release_worker(service.engine, holder)
