"""A sample that ends its worker goes into quarantine with its reason; the run ends as it would."""

import os
import signal
import time
from collections.abc import Mapping
from typing import Any

import orjson
import pytest
from tests.integration.commands import children_of
from tests.integration.conftest import Job
from tests.integration.curated import manifest_of, samples_of

pytestmark = pytest.mark.faults

TEXT = "Tell me about lot 3."  # stands in one sample of the mixed input
DEADLINES = {"task_seconds": 3.0, "sample_seconds": 6.0}
PLACES = ("rule", "beside the rules", "judge")


def outcomes_of(job: Job) -> dict[str, tuple[str, Mapping[str, Any]]]:
    return {line["assay"]["row"]: (name, line) for name, line in samples_of(job.out)}


@pytest.mark.parametrize(
    ("where", "how"),
    [
        *((where, "die") for where in PLACES),
        ("rule", "hang"),
        pytest.param("judge", "hang", marks=pytest.mark.slow),
        pytest.param("beside the rules", "raise", marks=pytest.mark.slow),
        ("judge", "raise"),
    ],
)
def test_sample_that_ends_its_worker_is_quarantined_and_nothing_else_changes(
    where: str, how: str, job: Job, undisturbed: Job
) -> None:
    fault = {"failing": TEXT, "where": where, "how": how, **DEADLINES}
    done = job.curate(fault=fault)
    assert done.code == 3, done.err
    found, expected = outcomes_of(job), outcomes_of(undisturbed)
    assert found.keys() == expected.keys()
    (row,) = [row for row, (outcome, _) in found.items() if outcome == "error"]
    assert TEXT in orjson.dumps(expected[row][1]).decode()
    assert found[row][1]["assay"]["reasons"] == ["worker.died"]
    assert found[row][1]["assay"]["overall"] is None
    del found[row], expected[row]
    assert found == expected
    counts = manifest_of(job.out)["outcomes"]
    assert counts["error"] == 1
    assert sum(counts.values()) == manifest_of(undisturbed.out)["input"]
    assert not (job.out / ".assay-work").exists()
    verified = job.verify()
    assert verified.code == 0, verified.out


@pytest.mark.slow  # the process has half a minute to hear an interrupt, twice
def test_sample_at_which_no_interrupt_gets_through_is_quarantined_too(job: Job) -> None:
    fault = {"failing": TEXT, "where": "rule", "how": "hang deaf", **DEADLINES}
    done = job.curate(fault=fault, deadline_seconds=180)
    assert done.code == 3, done.err
    (line,) = [line for outcome, line in samples_of(job.out) if outcome == "error"]
    assert line["assay"]["reasons"] == ["worker.died"]


@pytest.mark.parametrize("how", ["die", pytest.param("hang", marks=pytest.mark.slow)])
def test_run_stopped_while_it_searches_leaves_no_process(how: str, job: Job) -> None:
    fault = {"failing": TEXT, "where": "rule", "how": how, "task_seconds": 2, "sample_seconds": 60}
    running = job.server.start(job.arguments("--workers", 1), cwd=job.folder, fault=fault)
    deadline = time.monotonic() + 40
    while not any(children_of(worker) for worker in children_of(running.pid)):
        assert time.monotonic() < deadline, "nobody searched"
        time.sleep(0.02)
    os.kill(running.pid, signal.SIGKILL)
    assert job.server.wait(running).code == -signal.SIGKILL  # and waits for all of its group
