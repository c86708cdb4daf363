"""What keeps Celery's pool at work: dead and deaf pools are replaced, held tasks freed."""

import os
from collections.abc import Iterator, Sequence
from io import StringIO
from pathlib import Path

import pytest
import typer
from pydantic import SecretStr
from sqlalchemy import select
from tests.fakes.audit_databases import sqlite_audit

from assay.audit import tables
from assay.audit.engine import Engine, reading
from assay.audit.recording import RunRecord, Snapshot, start_run
from assay.audit.tasks import NewTask, add_tasks, claim_next
from assay.queue.doorbell import DoorbellError, Key
from assay.web.logs import open_log
from assay_cli import celery_keeper
from assay_cli.celery_keeper import MAX_DEATHS, CeleryKeeper, PoolHome
from assay_cli.celery_pool import pool_name
from assay_cli.settings import WorkerSettings


class FakePool:
    """A pool that only says how it is; `started` holds all that were made."""

    started: list["FakePool"] = []
    is_born_dead = False

    def __init__(self, settings: WorkerSettings, num_workers: int) -> None:
        self.code: int | None = 1 if FakePool.is_born_dead else None
        self.name = pool_name(os.getpid())
        self.graces: list[float] = []
        FakePool.started.append(self)

    def leave(self, grace_seconds: float) -> None:
        self.graces.append(grace_seconds)


class FakeDoorbell:
    """Remembers what it rang for."""

    def __init__(self) -> None:
        self.rung: list[Key] = []
        self.is_away = False

    def ring(self, keys: Sequence[Key]) -> None:
        if self.is_away:
            raise DoorbellError("away")
        self.rung += keys


@pytest.fixture
def doorbell(monkeypatch: pytest.MonkeyPatch) -> FakeDoorbell:
    doorbell = FakeDoorbell()
    FakePool.started, FakePool.is_born_dead = [], False
    monkeypatch.setattr(celery_keeper, "CeleryPool", FakePool)
    monkeypatch.setattr(celery_keeper, "make_doorbell", lambda _app: doorbell)
    return doorbell


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """A database with one run of the server, which has one task."""
    engine = sqlite_audit(tmp_path / "audit.db")
    record = RunRecord(
        id="run-1",
        config=Snapshot("pipeline", "{}"),
        rubric=Snapshot("rubric", "{}"),
        rules=Snapshot("rules", "[]"),
        code_version="0",
        inputs=["data.jsonl"],
        out_dir="out",
        judge="evidence",
        judge_version="1",
        seed=0,
    )
    with engine.begin() as connection:
        start_run(connection, record, state="queued", request={}, home="server")
        add_tasks(connection, "run-1", [NewTask("ingest", 0, 0, {})])
    yield engine
    engine.dispose()


def keeper_of(engine: Engine, output: StringIO, *, deaf_seconds: float = 60.0) -> CeleryKeeper:
    settings = WorkerSettings(
        database_url=str(engine.url), broker_url=SecretStr("redis://127.0.0.1:1/0")
    )
    return CeleryKeeper(PoolHome(settings, 1, 7.0, deaf_seconds), engine, open_log(output))


def holder_of(engine: Engine) -> str | None:
    with reading(engine) as connection:
        held: str | None = connection.execute(select(tables.task.c.worker)).scalar_one()
    return held


def test_a_task_is_told_and_all_is_well(engine: Engine, doorbell: FakeDoorbell) -> None:
    keeper = keeper_of(engine, StringIO())
    assert keeper.look() is True
    assert doorbell.rung == [("run-1", "ingest", 0)]
    keeper.close()
    assert [pool.graces for pool in FakePool.started] == [[7.0]]


def test_a_broker_that_is_away_is_told_and_nothing_ends(
    engine: Engine, doorbell: FakeDoorbell
) -> None:
    output = StringIO()
    keeper = keeper_of(engine, output)
    doorbell.is_away = True
    assert keeper.look() is False
    assert "event=broker.away" in output.getvalue()
    doorbell.is_away = False
    assert keeper.look() is True
    assert doorbell.rung == [("run-1", "ingest", 0)]


def test_a_pool_that_died_is_replaced(engine: Engine, doorbell: FakeDoorbell) -> None:
    output = StringIO()
    keeper = keeper_of(engine, output)
    FakePool.started[0].code = 1
    assert keeper.look() is False
    assert len(FakePool.started) == 2
    assert "event=worker.pool_died code=1" in output.getvalue()
    assert keeper.look() is True


def test_pools_that_die_as_fast_as_they_start_end_the_worker(
    engine: Engine, doorbell: FakeDoorbell
) -> None:
    FakePool.is_born_dead = True
    keeper = keeper_of(engine, StringIO())
    for _ in range(MAX_DEATHS - 1):
        assert keeper.look() is False
    with pytest.raises(typer.Exit) as caught:
        keeper.look()
    assert caught.value.exit_code == 1
    assert len(FakePool.started) == MAX_DEATHS


def test_pools_that_live_long_may_die_as_often_as_they_like(
    engine: Engine, doorbell: FakeDoorbell
) -> None:
    FakePool.is_born_dead = True
    keeper = keeper_of(engine, StringIO(), deaf_seconds=0.0)
    for _ in range(3 * MAX_DEATHS):
        assert keeper.look() is False


def test_a_pool_that_does_nothing_though_there_is_something_to_do_is_replaced(
    engine: Engine, doorbell: FakeDoorbell
) -> None:
    output = StringIO()
    keeper = keeper_of(engine, output, deaf_seconds=0.0)
    assert keeper.look() is False
    assert "event=worker.pool_deaf" in output.getvalue()
    assert [pool.graces for pool in FakePool.started] == [[0.0], []]


def test_a_pool_at_work_is_let_be(engine: Engine, doorbell: FakeDoorbell) -> None:
    keeper = keeper_of(engine, StringIO(), deaf_seconds=0.0)
    with engine.begin() as connection:
        add_tasks(connection, "run-1", [NewTask("rules", 0, 1, {})])  # another one waits
    worker = f"{FakePool.started[0].name}:{os.getpid()}"
    assert claim_next(engine, worker, lease_seconds=60) is not None
    assert keeper.look() is True
    assert holder_of_first(engine) == worker
    assert len(FakePool.started) == 1


def test_a_pool_without_anything_to_do_is_let_be(engine: Engine, doorbell: FakeDoorbell) -> None:
    keeper = keeper_of(engine, StringIO(), deaf_seconds=0.0)
    assert claim_next(engine, "elsewhere:1:1", lease_seconds=60) is not None
    assert keeper.look() is True
    assert len(FakePool.started) == 1


def test_what_a_dead_process_held_is_freed(engine: Engine, doorbell: FakeDoorbell) -> None:
    output = StringIO()
    keeper = keeper_of(engine, output)
    child = os.posix_spawn("/bin/true", ["true"], {})
    os.waitpid(child, 0)
    name = f"{FakePool.started[0].name}:{child}"
    assert claim_next(engine, name, lease_seconds=60) is not None
    keeper.look()
    assert holder_of(engine) is None
    assert "event=worker.died tasks=1" in output.getvalue()


def test_what_the_pool_held_when_it_left_is_freed_and_counts_as_no_attempt(
    engine: Engine, doorbell: FakeDoorbell
) -> None:
    keeper = keeper_of(engine, StringIO())
    name = f"{FakePool.started[0].name}:{os.getpid()}"
    claim = claim_next(engine, name, lease_seconds=60)
    assert claim is not None and claim.attempt == 1
    keeper.close()
    assert holder_of(engine) is None
    again = claim_next(engine, "other:1:1", lease_seconds=60)
    assert again is not None and again.attempt == 1


def test_what_workers_elsewhere_hold_is_let_be(engine: Engine, doorbell: FakeDoorbell) -> None:
    keeper = keeper_of(engine, StringIO())
    assert claim_next(engine, f"{pool_name(os.getpid() + 1)}:1", lease_seconds=60) is not None
    keeper.look()
    keeper.close()
    assert holder_of(engine) is not None


def holder_of_first(engine: Engine) -> str | None:
    with reading(engine) as connection:
        first = select(tables.task.c.worker).where(tables.task.c.stage == "ingest")
        held: str | None = connection.execute(first).scalar_one()
    return held
