"""A run that is killed at any moment and resumed gives the bytes of an undisturbed one."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import time
from collections.abc import Mapping, Sequence

import pytest
from tests.integration.commands import (
    Finished,
    children_of,
    command_line,
    wait_for_group,
    wait_until,
)
from tests.integration.conftest import Job
from tests.integration.curated import assert_same_results
from tests.integration.fault_points import CLEANUP, FIRED, KINDS

pytestmark = pytest.mark.faults

SHARES = (0.0, 0.5, 1.0)  # of a kind's calls: the first, one between, the last, by turns
MANY_SHARES = [round(0.05 * step, 2) for step in range(21)]
VICTIMS = ("self", "parent", "group")  # a worker; who looks after the workers; all at once


def points_of(shares: Sequence[float]) -> list[tuple[str, float, str]]:
    """Return kill points: of each kind at each share, the victims by turns."""
    return [
        (kind, share, VICTIMS[(i + j) % len(VICTIMS)])
        for i, kind in enumerate(KINDS)
        for j, share in enumerate(shares)
    ]


def few_points() -> list[tuple[str, float, str]]:
    """Return one kill point of each kind."""
    return [points_of((SHARES[i % len(SHARES)],))[i] for i in range(len(KINDS))]


# How often these are called differs a little from run to run, with how often workers look for work.
UNSTEADY = {
    "statement": 0.8,
    "before_commit": 0.9,
    "after_commit": 0.9,
    "unlink": 0.9,
    "rmdir": 0.9,
}
PARENT_POINTS = (
    ("replace", 1),
    pytest.param("after_replace", 1, marks=pytest.mark.slow),
    pytest.param("statement", 2, marks=pytest.mark.slow),
    ("statement", 60),
    pytest.param("before_commit", 2, marks=pytest.mark.slow),
    ("after_commit", 2),
    pytest.param("after_commit", 3, marks=pytest.mark.slow),
)
SIGNALS = (
    pytest.param(signal.SIGINT, "statement", 0.0, marks=pytest.mark.slow),
    (signal.SIGINT, "claimed", 0.4),
    pytest.param(signal.SIGINT, "unlink", 0.0, marks=pytest.mark.slow),
    pytest.param(signal.SIGTERM, "claimed", 0.8, marks=pytest.mark.slow),
    (signal.SIGTERM, "export_line", 0.5),
)


def number_of(job: Job, kind: str, share: float) -> int:
    """Return which call of its kind lies at `share` of all."""
    counts: dict[str, int] = json.loads((job.folder / "counts").read_text())
    assert counts[kind] >= 2, f"no {kind} to die at"
    return 1 + round(share * UNSTEADY.get(kind, 1.0) * (counts[kind] - 1))


def assert_mended(job: Job, undisturbed: Job) -> None:
    done = job.curate("--resume")
    assert done.code == 0, done.err
    assert_whole(job, undisturbed)


def assert_whole(job: Job, undisturbed: Job) -> None:
    assert not (job.out / ".assay-work").exists()
    assert_same_results(job.out, undisturbed.out)
    verified = job.verify()
    assert verified.code == 0, verified.out + verified.err


def states_of(job: Job) -> list[tuple[str, str]]:
    with sqlite3.connect(job.folder / "audit.db") as connection:
        return connection.execute("SELECT state, stage FROM run").fetchall()


def curate_with_kill(job: Job, fault: Mapping[str, object], *more: object) -> Finished:
    """Run with a fault; it must have happened."""
    ended = job.curate(*more, fault=fault)
    assert ended.calls is not None
    assert (ended.calls / FIRED).exists(), f"the run ended before {fault}: {ended.err}"
    return ended


def assert_killed_run_is_mended(
    kind: str, share: float, victim: str, job: Job, undisturbed: Job
) -> None:
    number = number_of(undisturbed, kind, share)
    ended = curate_with_kill(job, {"kind": kind, "number": number, "victim": victim})
    if victim == "self" and (kind not in CLEANUP or ended.code == 0):
        assert ended.code == 0, ended.err  # the others went on, and another took its place
        assert_whole(job, undisturbed)
    else:
        assert ended.code == -signal.SIGKILL, ended.err
        assert_mended(job, undisturbed)


@pytest.mark.parametrize(("kind", "share", "victim"), few_points())
def test_killed_run_resumes_to_the_same_bytes(
    kind: str, share: float, victim: str, job: Job, undisturbed: Job
) -> None:
    assert_killed_run_is_mended(kind, share, victim, job, undisturbed)


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "share", "victim"), points_of(MANY_SHARES))
def test_run_killed_anywhere_resumes_to_the_same_bytes(
    kind: str, share: float, victim: str, job: Job, undisturbed: Job
) -> None:
    assert_killed_run_is_mended(kind, share, victim, job, undisturbed)


@pytest.mark.usefixtures("without_database")
@pytest.mark.parametrize(("kind", "number"), PARENT_POINTS)
def test_run_whose_parent_dies_at_its_own_work_resumes_to_the_same_bytes(
    kind: str, number: int, job: Job, undisturbed: Job
) -> None:
    killed = curate_with_kill(job, {"kind": kind, "number": number, "who": "parent"})
    assert killed.code == -signal.SIGKILL, killed.err
    assert_mended(job, undisturbed)


@pytest.mark.parametrize(
    "kills",
    [
        pytest.param(
            (("claimed", 0.1), ("claimed", 0.3), ("before_commit", 0.2), ("after_commit", 0.1)),
            marks=pytest.mark.slow,
        ),
        (("after_commit", 0.6), ("after_replace", 0.2), ("replace", 0.9), ("unlink", 0.5)),
    ],
)
def test_run_killed_again_and_again_resumes_to_the_same_bytes(
    kills: Sequence[tuple[str, float]], job: Job, undisturbed: Job
) -> None:
    codes: list[int] = []
    for kind, share in kills:
        number = number_of(undisturbed, kind, share)
        more = ("--resume",) if codes else ()
        fault = {"kind": kind, "number": number, "victim": "group"}
        codes.append(job.curate(*more, fault=fault).code)
    assert codes[0] == -signal.SIGKILL and codes.count(-signal.SIGKILL) >= 2
    assert_mended(job, undisturbed)


@pytest.mark.parametrize(("number", "kind", "share"), SIGNALS)
def test_interrupted_run_says_so_and_resumes_to_the_same_bytes(
    number: signal.Signals, kind: str, share: float, job: Job, undisturbed: Job
) -> None:
    at = number_of(undisturbed, kind, share)
    fault = {"kind": kind, "number": at, "signal": number, "victim": "parent"}
    stopped = curate_with_kill(job, fault)
    assert stopped.code == 130, stopped.err
    assert "Traceback" not in stopped.err
    if kind in ("claimed", "export_line"):
        assert "--resume" in stopped.err
        assert states_of(job)[0][0] == "interrupted"
    assert_mended(job, undisturbed)
    assert states_of(job) == [("done", "done")]


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_run_survives_the_death_of_its_workers(seed: int, job: Job, undisturbed: Job) -> None:
    rng = random.Random(seed)
    running = job.server.start(job.arguments(), cwd=job.folder)
    wait_until(lambda: len(children_of(running.pid)) == 2)
    num_killed = 0
    for _ in range(2):
        time.sleep(rng.uniform(0.05, 0.4))
        for worker in children_of(running.pid)[:1]:
            os.kill(worker, signal.SIGKILL)
            num_killed += 1
    done = job.server.wait(running)
    assert num_killed, "the run ended before a worker could be killed"
    assert done.code == 0, done.err
    assert_same_results(job.out, undisturbed.out)
    assert job.verify().code == 0


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_real_command_killed_at_a_random_moment_resumes_to_the_same_bytes(
    seed: int, job: Job, undisturbed: Job
) -> None:
    """The whole group dies at once, workers too, as when a machine loses power."""
    rng = random.Random(seed)
    for _ in range(3):
        process = subprocess.Popen(
            command_line(job.arguments("--resume")),
            cwd=job.folder,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        time.sleep(rng.uniform(0.5, 12.0))
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(20)
        wait_for_group(process.pid)
    assert_mended(job, undisturbed)
