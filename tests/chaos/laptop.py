"""Kills processes of `assay curate` at random moments and resumes what that stopped."""

import os
import random
import signal
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

from tests.chaos.figures import SeedFigures
from tests.chaos.processes import kill_all
from tests.integration.commands import Running, children_of, wait_for_group
from tests.integration.conftest import Job

KINDS = ("worker", "parent", "group")
NUM_TASKS = 36
STARTING_SECONDS = 60.0


def disturb_command(job: Job, noted: SeedFigures) -> None:
    """Curate with three to six kills; the last resume goes to its end in peace."""
    rng = random.Random(noted.seed)
    begun = time.monotonic()
    kinds = [KINDS[noted.seed % len(KINDS)]]
    kinds += [rng.choice(KINDS) for _ in range(rng.randrange(2, 6))]
    rng.shuffle(kinds)
    points = sorted(rng.randrange(NUM_TASKS) for _ in kinds)
    running = _start(job)
    for kind, point in zip(kinds, points, strict=True):
        if not _until_at(job, running, point):
            break
        time.sleep(rng.uniform(0.0, 0.2))
        before, killed_at = _num_done(job), time.monotonic()
        if not KILLS[kind](running, rng):
            continue
        noted.faults.append(kind)
        if kind != "worker":
            _reap(job, running)
            noted.restarts.append(kind)
            running = _start(job)
        if _until_at(job, running, before + 1):
            noted.recoveries.append((kind, round(time.monotonic() - killed_at, 2)))
    done = job.server.wait(running, deadline_seconds=120.0)
    if done.code != 0 and "worker process died" in done.err:
        noted.resumes += 1
        done = job.curate("--resume", deadline_seconds=120.0)
    assert done.code == 0, done.err
    assert noted.faults, "the run ended before anything could be killed"
    noted.seconds = time.monotonic() - begun


def _start(job: Job) -> Running:
    return job.server.start(job.arguments("--resume"), cwd=job.folder)


def _until_at(job: Job, running: Running, point: int) -> bool:
    """Wait until so many tasks are done; False where the command ended before."""
    deadline = time.monotonic() + STARTING_SECONDS
    while _num_done(job) < point:
        if not Path(f"/proc/{running.pid}").exists():
            return False
        assert time.monotonic() < deadline, running.err.read_text()
        time.sleep(0.02)
    return True


def _num_done(job: Job) -> int:
    path = job.folder / "audit.db"
    if not path.exists():
        return 0
    with (
        suppress(sqlite3.OperationalError),  # not made yet, or locked by its recovery
        closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection,
    ):
        query = "SELECT count(*) FROM task WHERE state = 'done'"
        return int(connection.execute(query).fetchone()[0])
    return 0


def _reap(job: Job, running: Running) -> None:
    ended = job.server.wait(running)
    assert ended.code in (-signal.SIGKILL, 0), ended.err


def _kill_worker(running: Running, rng: random.Random) -> bool:
    workers = children_of(running.pid)
    if not workers:
        return False
    kill_all([rng.choice(workers)])
    return True


def _kill_parent(running: Running, rng: random.Random) -> bool:
    """Its workers end by themselves; `_reap` waits for that."""
    kill_all([running.pid])
    return True


def _kill_group(running: Running, rng: random.Random) -> bool:
    with suppress(ProcessLookupError):
        os.killpg(running.pid, signal.SIGKILL)
    wait_for_group(running.pid)
    return True


KILLS: dict[str, Callable[[Running, random.Random], bool]] = {
    "worker": _kill_worker,
    "parent": _kill_parent,
    "group": _kill_group,
}
