"""Runs share a database, and never an output folder."""

import os
import signal
import sqlite3

import pytest
from tests.integration.commands import wait_until
from tests.integration.conftest import Job
from tests.integration.curated import assert_same_results

pytestmark = pytest.mark.faults


@pytest.mark.usefixtures("without_database")
def test_two_runs_on_one_new_database_both_finish_and_verify(job: Job, undisturbed: Job) -> None:
    others = [job.folder / "one", job.folder / "two"]
    running = [
        job.server.start(job.arguments("--out", out, "--workers", 1), cwd=job.folder)
        for out in others
    ]
    for one, out in zip(running, others, strict=True):
        done = job.server.wait(one)
        assert done.code == 0, done.err
        assert_same_results(out, undisturbed.out)
    verified = job.verify()
    assert verified.code == 0, verified.out
    assert verified.out.count(": ok, ") == 2
    with sqlite3.connect(job.folder / "audit.db") as connection:
        assert connection.execute("SELECT count(*) FROM run_chain").fetchone() == (2,)


def test_second_run_in_one_folder_is_refused_and_the_first_goes_on(
    job: Job, undisturbed: Job
) -> None:
    first = job.server.start(job.arguments(), cwd=job.folder)
    wait_until((job.out / ".assay-work" / "run.json").exists)
    os.killpg(first.pid, signal.SIGSTOP)
    try:
        for more in ((), ("--resume",), ("--overwrite",)):
            refused = job.curate(*more)
            assert refused.code == 2
            assert "another run at work" in refused.err
    finally:
        os.killpg(first.pid, signal.SIGCONT)
    assert job.server.wait(first).code == 0
    assert_same_results(job.out, undisturbed.out)


def test_audit_can_be_verified_while_a_run_is_at_work(job: Job) -> None:
    running = job.server.start(job.arguments(), cwd=job.folder)
    wait_until(lambda: any((job.out / ".assay-work").glob("judge-000001-*.npy")))
    os.killpg(running.pid, signal.SIGSTOP)
    try:
        checked = job.verify()
        assert checked.code == 0, checked.out + checked.err
    finally:
        os.killpg(running.pid, signal.SIGCONT)
    assert job.server.wait(running).code == 0
