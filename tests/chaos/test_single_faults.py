"""One fault at a time on a whole server: messages, clocks, disks, requests that come twice."""

import resource
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex

import httpx
import pytest
from sqlalchemy import func, select
from tests.chaos.processes import Daemon
from tests.chaos.undisturbed import DONE_SECONDS, PIPELINE, Undisturbed, assert_undisturbed
from tests.chaos.world import ServerWorld
from tests.integration.commands import ForkServer
from tests.integration.deployment.server_home import descendants_of, until

from assay.audit import tables
from assay.queue.celery import QUEUE, CeleryDoorbell, make_celery
from assay.queue.doorbell import Key

pytestmark = pytest.mark.faults

LIST = f"assay:{QUEUE}"  # of Redis, in which the messages wait
SKEWED = Path(__file__).parent / "skewed_clock"
HOURS = 3600
SMALL_DISK_BYTES = 48 << 10  # more than a part or a log of these tests, less than a result
NUM_REQUESTS = 6


def test_one_key_at_two_api_processes_makes_one_run(world: ServerWorld, uploads: list[str]) -> None:
    body = {"input": uploads[-1], "judge": "default", "pipeline": dict(PIPELINE)}
    key, answers = {"idempotency-key": token_hex(8)}, []
    before = num_runs(world)
    together = threading.Barrier(NUM_REQUESTS)

    def post(number: int) -> None:
        together.wait()
        answers.append(world.ask("POST", "/v1/runs", first=number, json=body, headers=key))

    threads = [threading.Thread(target=post, args=(number,)) for number in range(NUM_REQUESTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [httpx.codes.ACCEPTED] * NUM_REQUESTS
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert num_runs(world) == before + 1
    assert world.until_ended(answers[0].json()["id"], DONE_SECONDS)["status"] == "completed"


@pytest.mark.slow
def test_messages_that_come_again_and_again_change_nothing(
    world: ServerWorld, uploads: list[str], expected: Undisturbed, server: ForkServer
) -> None:
    bell = CeleryDoorbell(make_celery(world.redis.url))
    run_id = world.submit(uploads, PIPELINE)
    while world.ask("GET", f"/v1/runs/{run_id}").json()["status"] in ("queued", "running"):
        bell.ring(keys_of(world, run_id))  # free ones, held ones and done ones alike
        time.sleep(1.0)
    run = world.until_ended(run_id, DONE_SECONDS)
    claims = {(task.stage, task.ordinal): task.fence for task in world.tasks(run_id)}
    for _ in range(2):
        bell.ring(keys_of(world, run_id))
    until("the old messages are read", lambda: world.redis.execute("LLEN", LIST) == 0, 120)
    assert {(task.stage, task.ordinal): task.fence for task in world.tasks(run_id)} == claims
    assert set(claims.values()) == {1}  # each task was taken once, however often it was told
    assert_undisturbed(world, run, expected, server)


@pytest.mark.slow
def test_workers_whose_clocks_are_hours_off_change_nothing(
    world: ServerWorld, uploads: list[str], expected: Undisturbed, server: ForkServer
) -> None:
    skews = (5 * HOURS, -7 * HOURS)
    with other_workers(
        world, [{"PYTHONPATH": str(SKEWED), "ASSAY_CHAOS_SKEW": str(skew)} for skew in skews]
    ):
        run_id = world.submit(uploads, PIPELINE)
        run = world.until_ended(run_id, DONE_SECONDS)
        tasks = world.tasks(run_id)
        assert_undisturbed(world, run, expected, server)
    assert len({task.worker for task in tasks}) == len(skews)
    assert {(task.attempt, task.fence) for task in tasks} == {(1, 1)}


@pytest.mark.slow
def test_a_full_disk_stops_the_run_and_a_resume_completes_it(
    world: ServerWorld, uploads: list[str], expected: Undisturbed, server: ForkServer
) -> None:
    with other_workers(world, [{}]) as workers:
        limit_files(workers, SMALL_DISK_BYTES)
        run_id = world.submit(uploads, PIPELINE)
        run = world.until_ended(run_id, DONE_SECONDS)
        assert run["status"] == "failed"
        assert run["error"]["kind"] == "OutputError"
        assert "File too large" in run["error"]["message"]
        assert str(world.folder) not in run["error"]["message"]
        limit_files(workers, resource.RLIM_INFINITY)
        world.ask("POST", f"/v1/runs/{run_id}/resume")
        assert_undisturbed(world, world.until_ended(run_id, DONE_SECONDS), expected, server)


@contextmanager
def other_workers(
    world: ServerWorld, environments: Sequence[dict[str, str]]
) -> Iterator[list[Daemon]]:
    """Have workers with variables of their own in the place of the world's."""
    usual = world.workers
    for worker in usual:
        worker.kill()
    world.workers = [
        Daemon(
            f"other-{token_hex(3)}",
            ("worker", "--concurrency", "1"),
            {**world.environment, **more},
            world.folder,
        )
        for more in environments
    ]
    try:
        for worker in world.workers:
            worker.start()
        for worker in world.workers:
            worker.until_told("worker.started")
        until("they take tasks", lambda: all(map(world.pool_children, world.workers)), 120)
        yield world.workers
    finally:
        for worker in world.workers:
            worker.kill()
        world.workers = usual
        for worker in usual:
            worker.start()


def limit_files(workers: Sequence[Daemon], num_bytes: int) -> None:
    """Make writing a file beyond so many bytes fail in workers, as on a full disk."""
    for worker in workers:
        for pid in [worker.pid, *descendants_of(worker.pid)]:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (num_bytes, resource.RLIM_INFINITY))


def keys_of(world: ServerWorld, run_id: str) -> list[Key]:
    return [(task.run_id, task.stage, task.ordinal) for task in world.tasks(run_id)]


def num_runs(world: ServerWorld) -> int:
    query = select(func.count()).select_from(tables.run)
    return world.read(lambda connection: int(connection.execute(query).scalar_one()))
