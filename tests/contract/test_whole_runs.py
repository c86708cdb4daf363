"""Whole runs by workers, on SQLite and on PostgreSQL: the bytes and the chain of `assay curate`.

Workers live in this process and take turns, so that a test can say exactly who does what when.
"""

import random
import time
from collections.abc import Sequence

import pytest
from tests.fakes.queued_runs import Server, work_to_the_end
from tests.fakes.queued_tasks import row_of, run_of

from assay.audit.tasks import Claim, claim_next
from assay.domain.errors import OutputError
from assay.queue.doorbell import DoorbellError
from assay_filter.runs import worker as worker_module
from assay_filter.runs.control import resume_run, run_summary
from assay_filter.runs.dispatch import dispatch, sweep
from assay_filter.runs.stages import Stage
from assay_filter.runs.worker import STEPS, Worker

Key = tuple[str, str, int]


def test_run_has_the_bytes_and_the_chain_of_the_command(server: Server) -> None:
    run_id = server.submit()
    workers = [server.worker("one"), server.worker("two"), server.worker("three")]
    while any([worker.work_next() for worker in workers]):  # noqa: C419  each has its turn
        pass
    server.assert_whole(run_id)


class LossyBell:
    """A broker that delivers in any order, some messages twice or three times, and loses others."""

    def __init__(self, rng: random.Random) -> None:
        self.waiting: list[Key] = []
        self.is_away = False
        self._rng = rng

    def ring(self, keys: Sequence[Key]) -> None:
        if self.is_away:
            raise DoorbellError("nobody there")
        for key in keys:
            self.waiting += [key] * self._rng.choice((0, 1, 2, 3))

    def take(self) -> Key:
        return self.waiting.pop(self._rng.randrange(len(self.waiting)))


@pytest.mark.parametrize("seed", range(2))
def test_lost_and_repeated_messages_change_nothing(server: Server, seed: int) -> None:
    run_id = server.submit()
    rng = random.Random(seed)
    bell, workers = LossyBell(rng), [server.worker("one"), server.worker("two")]
    carried_out: list[Key] = []
    for _ in range(1000):
        sweep(server.engine, bell) if not bell.waiting else None
        dispatch(server.engine, bell, stale_seconds=0.0)
        if bell.waiting:
            key = bell.take()
            if rng.choice(workers).work_on(*key):
                carried_out.append(key)
        if run_of(server.engine, run_id).state == "done":
            break
    server.assert_whole(run_id)
    assert len(carried_out) == len(set(carried_out))
    assert not any(workers[0].work_on(*key) for key in carried_out)


def test_broker_that_is_away_loses_nothing(server: Server) -> None:
    run_id = server.submit()
    bell, worker = LossyBell(random.Random(0)), server.worker()
    bell.is_away = True
    with pytest.raises(DoorbellError):
        dispatch(server.engine, bell)
    bell.is_away = False
    assert dispatch(server.engine, bell) == 1  # told again at once: it was taken back
    work_to_the_end(worker)
    server.assert_whole(run_id)


@pytest.mark.parametrize("stage", sorted(set(Stage) - {Stage.EMBED, Stage.COMPARE}))
def test_worker_that_comes_too_late_changes_nothing(server: Server, stage: Stage) -> None:
    run_id = server.submit()
    quick = server.worker("quick")
    claimed = advance_to(server, quick, stage)
    time.sleep(0.05)  # its lease is over
    work_to_the_end(quick)
    server.assert_whole(run_id)
    server.worker("slow").carry_out(claimed)
    server.assert_whole(run_id)
    assert row_of(server.engine, run_id, stage, claimed.ordinal).fence == claimed.fence + 1


@pytest.mark.parametrize("stage", [Stage.RULES, Stage.EXPORT])
def test_worker_that_fails_too_late_does_not_stop_the_run(
    server: Server, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = server.submit()
    quick = server.worker("quick")
    claimed = advance_to(server, quick, stage)
    time.sleep(0.05)
    assert quick.work_next()  # it is another's now

    def fail(_: object) -> None:
        raise OutputError("its disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(worker_module, "STEPS", {**STEPS, stage: fail})
        server.worker("slow").carry_out(claimed)
    assert run_of(server.engine, run_id).state == "running"
    work_to_the_end(quick)
    server.assert_whole(run_id)


def advance_to(server: Server, worker: Worker, stage: Stage) -> Claim:
    """Work until a task of the stage is free, and take it with a lease that ends at once."""
    while True:
        claimed = claim_next(server.engine, "slow", lease_seconds=0.01)
        assert claimed is not None
        if claimed.stage == stage:
            return claimed
        worker.carry_out(claimed)


def test_disk_that_is_full_stops_the_run_and_a_resume_goes_on(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id, worker = server.submit(), server.worker()

    def fail(_: object) -> None:
        raise OutputError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(worker_module, "STEPS", {**STEPS, Stage.DECIDE: fail})
        work_to_the_end(worker)
    summary = run_summary(server.engine, run_id)
    assert (summary.state, summary.error_kind) == ("failed", "OutputError")
    assert summary.error == "the disk is full"
    resume_run(server.engine, run_id)
    work_to_the_end(worker)
    server.assert_whole(run_id)
