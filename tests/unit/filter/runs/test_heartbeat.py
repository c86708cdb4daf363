"""The pulse keeps a claim, and ends work that is not to go on."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from tests.fakes.audit_databases import sqlite_audit
from tests.fakes.queued_tasks import claim, finish, row_of, start

from assay.audit.recording import set_run_state
from assay.audit.tasks import claim_next, release_tasks
from assay_filter.runs import heartbeat as heartbeat_module
from assay_filter.runs.heartbeat import Heartbeat, TaskOverdue, TaskStopped


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = sqlite_audit(tmp_path / "audit.db")
    start(opened, num_tasks=1)
    yield opened
    opened.dispose()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A pulse of a twentieth of a second; the signal's handler is put back."""
    before = signal.getsignal(heartbeat_module.SIGNAL)
    monkeypatch.setattr(heartbeat_module, "CHECK_SECONDS", 0.05)
    monkeypatch.setattr(heartbeat_module, "REPEAT_SECONDS", 0.1)
    yield
    signal.signal(heartbeat_module.SIGNAL, before)


def test_lease_is_renewed_while_the_work_goes_on(engine: Engine) -> None:
    pulse, claimed = Heartbeat(engine, lease_seconds=0.4), claim(engine, lease=0.4)
    first = row_of(engine).lease_until
    with pulse.beating(claimed):
        time.sleep(0.8)
        assert row_of(engine).lease_until > first
        assert claim_next(engine, "other", lease_seconds=1) is None
    finish(engine, claimed)


@pytest.mark.parametrize("state", ["cancelled", "failed"])
def test_work_of_a_stopped_run_is_interrupted(engine: Engine, state: str) -> None:
    pulse, claimed = Heartbeat(engine, lease_seconds=60), claim(engine)
    begun = time.monotonic()
    with pytest.raises(TaskStopped) as raised, pulse.beating(claimed):
        set_run_state(engine, "r1", state=state)
        time.sleep(30)
    assert time.monotonic() - begun < 5
    assert not isinstance(raised.value, TaskOverdue)


def test_work_on_a_task_that_another_has_is_interrupted(engine: Engine) -> None:
    pulse, claimed = Heartbeat(engine, lease_seconds=60), claim(engine)
    with pytest.raises(TaskStopped), pulse.beating(claimed):
        release_tasks(engine, run_id="r1")
        claim(engine, "other")
        time.sleep(30)


def test_work_beyond_its_limit_is_interrupted_and_the_claim_stays(engine: Engine) -> None:
    pulse, claimed = Heartbeat(engine, lease_seconds=60), claim(engine)
    with pytest.raises(TaskOverdue), pulse.beating(claimed):
        pulse.limit(0.1)
        time.sleep(30)
    finish(engine, claimed)


def test_limit_can_be_lifted_and_does_not_outlive_its_task(engine: Engine) -> None:
    pulse, claimed = Heartbeat(engine, lease_seconds=60), claim(engine)
    with pulse.beating(claimed):
        pulse.limit(0.1)
        pulse.limit(None)
        time.sleep(0.3)
        pulse.limit(0.2)
    with pulse.beating(claimed):
        time.sleep(0.4)
    finish(engine, claimed)


def test_interrupt_that_was_swallowed_is_sent_again(engine: Engine) -> None:
    pulse, claimed = Heartbeat(engine, lease_seconds=60), claim(engine)
    num_swallowed = 0
    with pytest.raises(TaskStopped), pulse.beating(claimed):
        set_run_state(engine, "r1", state="cancelled")
        while True:
            try:
                time.sleep(30)
            except TaskStopped:
                num_swallowed += 1
                if num_swallowed == 3:
                    raise


def test_nobody_is_interrupted_after_the_work(engine: Engine) -> None:
    pulse, claimed = Heartbeat(engine, lease_seconds=60), claim(engine)
    with pulse.beating(claimed):
        finish(engine, claimed)
    os.kill(os.getpid(), heartbeat_module.SIGNAL)  # one that was late
    time.sleep(0.2)


def test_process_that_hears_no_interrupt_ends(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeat_module, "GRACE_SECONDS", 0.3)
    claimed = claim(engine)
    engine.dispose()  # no connection is shared with the child
    pid = os.fork()
    if pid == 0:
        pulse = Heartbeat(engine, lease_seconds=60)
        signal.pthread_sigmask(signal.SIG_BLOCK, (heartbeat_module.SIGNAL,))
        with pulse.beating(claimed):
            pulse.limit(0.1)
            time.sleep(30)
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == -signal.SIGKILL
