"""`assay worker` as real processes on a real PostgreSQL and a real Redis."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.fakes.vllm import CHAT, FakeVllm, Fault
from tests.integration.deployment.redis_process import PASSWORD, RedisProcess
from tests.integration.deployment.server_home import (
    ServerHome,
    descendants_of,
    is_gone,
    until,
)

from assay_cli.celery_pool import END_SECONDS

pytestmark = pytest.mark.faults

NUM_ROWS = 60


def test_a_run_is_worked_on_to_its_end_and_told_in_events_alone(
    home: ServerHome, broker: RedisProcess, rows: Path, small_chunks: Path
) -> None:
    broker.start()
    run_id = home.submit(rows, small_chunks)
    alive = home.folder / "alive"
    worker = home.worker("--concurrency", "2", "--alive-file", str(alive))
    worker.until_told("worker.started")
    until("the pool has begun", lambda: home.num_done(run_id) > 1, 60, told=lambda: worker.log)
    arguments = arguments_of([worker.pid, *descendants_of(worker.pid)])
    run = home.until_done(run_id)
    assert sum((run.counts or {}).values()) == NUM_ROWS
    assert alive.is_file()
    assert worker.terminate(30) == 0
    assert any("assay_cli.celery_worker" in line for line in arguments)
    for line in arguments:
        assert PASSWORD not in line and "postgresql" not in line
    assert PASSWORD not in worker.log
    for line in worker.log.splitlines():
        assert line.startswith("timestamp="), worker.log


def test_without_a_broker_workers_look_by_themselves(
    home: ServerHome, rows: Path, small_chunks: Path
) -> None:
    run_id = home.submit(rows, small_chunks)
    worker = home.worker("--concurrency", "1", ASSAY_BROKER_URL=None)
    home.until_done(run_id)
    assert worker.terminate(30) == 0
    assert "event=worker.left" in worker.log


def test_what_a_killed_worker_held_is_done_by_another(
    home: ServerHome, broker: RedisProcess, rows: Path, small_chunks: Path
) -> None:
    broker.start()
    run_id = home.submit(rows, small_chunks)
    first = home.worker("--concurrency", "2")
    until("some tasks are done", lambda: home.num_done(run_id) > 3, 90, told=lambda: first.log)
    first.kill()
    assert home.run(run_id).state == "running"
    home.end_leases(run_id)
    home.age_messages(run_id)
    home.worker("--concurrency", "1")
    assert sum((home.until_done(run_id).counts or {}).values()) == NUM_ROWS


def test_a_pool_does_not_outlive_its_supervisor(home: ServerHome, broker: RedisProcess) -> None:
    broker.start()
    worker = home.worker("--concurrency", "1")
    worker.until_told("worker.started")
    until("the pool has children", lambda: len(descendants_of(worker.pid)) >= 2, 30)
    until("the pool listens", lambda: "_kombu.binding" in keys_of(broker), 30)
    left = worker.kill_supervisor()
    until("the pool ends", lambda: all(is_gone(pid) for pid in left), 30, told=lambda: worker.log)


@pytest.mark.slow
def test_a_task_whose_process_dies_is_freed_at_once(
    home: ServerHome, broker: RedisProcess, model: FakeVllm, rows: Path, small_chunks: Path
) -> None:
    broker.start()
    run_id = submit_for(model, home, rows, small_chunks)
    hold(model, seconds=600)
    worker = home.worker("--concurrency", "1")
    os.kill(holder_of(home, run_id, model), signal.SIGKILL)
    model.fault_for(None)
    worker.until_told("worker.died", 30)
    home.until_done(run_id)
    assert max(task.attempt for task in home.tasks(run_id)) == 2


@pytest.mark.slow
def test_a_worker_leaves_within_its_grace_and_its_task_is_taken_over(
    home: ServerHome, broker: RedisProcess, model: FakeVllm, rows: Path, small_chunks: Path
) -> None:
    broker.start()
    run_id = submit_for(model, home, rows, small_chunks)
    hold(model, seconds=600)
    first = home.worker("--concurrency", "1", "--grace-seconds", "2")
    holder_of(home, run_id, model)
    assert first.terminate(2 + END_SECONDS) == 0
    assert "event=worker.left" in first.log
    held = next(task for task in home.tasks(run_id) if task.stage == "judge" and task.fence)
    assert (held.state, held.attempt) == ("pending", 0)  # it was not to blame
    model.fault_for(None)
    home.worker("--concurrency", "1")
    home.until_done(run_id)


@pytest.mark.slow
def test_a_worker_that_leaves_finishes_what_ends_in_time(
    home: ServerHome, broker: RedisProcess, model: FakeVllm, rows: Path, small_chunks: Path
) -> None:
    broker.start()
    run_id = submit_for(model, home, rows, small_chunks)
    hold(model, seconds=1.0)
    worker = home.worker("--concurrency", "1", "--grace-seconds", "60")
    holder_of(home, run_id, model)
    num_done = home.num_done(run_id)
    assert worker.terminate(30) == 0
    assert home.num_done(run_id) == num_done + 1
    assert all(task.state != "running" for task in home.tasks(run_id))


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeVllm]:
    """The judge called `default`: a model server, without a cache."""
    with FakeVllm() as server:
        monkeypatch.setenv("ASSAY_FILTER_JUDGE_URL", server.url)
        monkeypatch.setenv("ASSAY_FILTER_JUDGE_CACHE", "off")
        monkeypatch.setenv("ASSAY_JUDGE_NONCE_KEY", "nonce")
        yield server


def submit_for(model: FakeVllm, home: ServerHome, rows: Path, pipeline: Path) -> str:
    home.environment.update(
        ASSAY_FILTER_JUDGE_URL=model.url,
        ASSAY_FILTER_JUDGE_CACHE="off",
        ASSAY_JUDGE_NONCE_KEY="nonce",
    )
    return home.submit(rows, pipeline, judge="default")


def hold(model: FakeVllm, *, seconds: float) -> None:
    """Make every judgement that begins from now on take so long."""
    model.fault_for(lambda _number, path: Fault(seconds=seconds) if path == CHAT else None)


def holder_of(home: ServerHome, run_id: str, model: FakeVllm) -> int:
    """Wait until a judgement is under way; return the process that waits for it."""
    until("a judgement is under way", lambda: model.num_open, 90)
    held = [task for task in home.tasks(run_id) if task.state == "running"]
    return int(held[0].worker.rpartition(":")[2])


def keys_of(broker: RedisProcess) -> str:
    return str(broker.execute("KEYS", "*"))


def arguments_of(pids: list[int]) -> list[str]:
    """Return what `ps` shows of processes."""
    lines = []
    for pid in pids:
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            continue
        lines.append(words.replace(b"\0", b" ").decode())
    return lines
