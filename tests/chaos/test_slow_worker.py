"""A worker that sleeps through the end of its lease and then goes on changes nothing."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.contract.conftest import engine, inputs
from tests.contract.conftest import server as queue
from tests.fakes.queued_runs import Server, work_to_the_end
from tests.fakes.queued_tasks import row_of
from tests.integration.commands import ROOT
from tests.integration.deployment.server_home import until

from assay.audit.tasks import claim_next, give_back

pytestmark = pytest.mark.faults

__all__ = ["engine", "inputs", "queue"]

LEASE_SECONDS = 2.0


@pytest.mark.parametrize("pulse", ["none", pytest.param("beating", marks=pytest.mark.slow)])
def test_a_worker_that_slept_through_its_lease_is_fenced_out(
    queue: Server, tmp_path: Path, pulse: str
) -> None:
    run_id, mark = queue.submit(), tmp_path / "asleep"
    log = tmp_path / "slow.log"
    url = queue.engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "tests.chaos.slow_worker", url, run_id, str(mark)]
    with log.open("wb") as output:
        slow = subprocess.Popen(
            [*command, str(LEASE_SECONDS), pulse], cwd=ROOT, stdout=output, stderr=output
        )
    try:
        until("it sleeps", lambda: is_stopped(slow.pid), 90, told=log.read_text)
        held = row_of(queue.engine, run_id, "judge", 0)
        assert (held.state, held.worker) == ("running", "slow")
        assert claim_of(queue, run_id) != 0  # others are free, this one is not yet
        until("its lease is over", lambda: is_free(queue, run_id), 30)
        work_to_the_end(queue.worker("quick"))
        queue.assert_whole(run_id)
        os.kill(slow.pid, signal.SIGCONT)
        assert slow.wait(60) == 0, log.read_text()
    finally:
        slow.kill()
        slow.wait()
    queue.assert_whole(run_id)
    assert "event=task.lost" in log.read_text()
    task = row_of(queue.engine, run_id, "judge", 0)
    # one claim to see that the lease is over, one to do the work
    assert (task.worker, task.fence) == ("quick", held.fence + 2)


def is_stopped(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"


def claim_of(queue: Server, run_id: str) -> int | None:
    """Return which task of the stage another worker gets now; it is given back."""
    claim = claim_next(queue.engine, "other", run_id=run_id, lease_seconds=60.0)
    if claim is None:
        return None
    give_back(queue.engine, claim, is_attempt=False)
    return claim.ordinal


def is_free(queue: Server, run_id: str) -> bool:
    time.sleep(0.1)
    return claim_of(queue, run_id) == 0
