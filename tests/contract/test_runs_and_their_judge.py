"""Judges that hang or are away: a run lets go of them, waits for them, or stops and is resumed."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.fakes.mending_model import mending_model
from tests.fakes.queued_runs import Server, work_to_the_end
from tests.fakes.queued_tasks import run_of
from tests.fakes.vllm import FakeVllm, Fault

from assay.audit.tasks import ACTIVE
from assay.audit.verification import verify_runs
from assay.domain.errors import JudgeBackendError
from assay.domain.ports import Judge, Judged
from assay.domain.sample import Sample
from assay_cli.judges import MakeModelJudge, close_judge, judge_factory
from assay_filter.runs import worker as worker_module
from assay_filter.runs.control import cancel_run, resume_run, run_summary
from assay_filter.runs.worker import Worker
from assay_judge.evidence.judge import EvidenceJudge


@dataclass(frozen=True, slots=True, eq=False)
class HangingFactory:
    """A judge that answers nobody until it is let."""

    lets_go: threading.Event
    has_begun: threading.Event

    def __call__(self) -> Judge:
        return HangingJudge(self)


class HangingJudge(EvidenceJudge):
    def __init__(self, factory: HangingFactory) -> None:
        self._factory = factory

    def judge_samples(self, samples: Sequence[Sample]) -> list[Judged]:
        self._factory.has_begun.set()
        self._factory.lets_go.wait(60)
        return super().judge_samples(samples)


def test_cancelled_run_lets_go_of_a_judge_that_hangs_and_can_be_resumed(server: Server) -> None:
    run_id = server.submit()
    factory = HangingFactory(threading.Event(), threading.Event())
    cancelled_at: list[float] = []

    def cancel() -> None:
        assert factory.has_begun.wait(60)
        cancel_run(server.engine, run_id)
        cancelled_at.append(time.monotonic())

    canceller = threading.Thread(target=cancel)
    canceller.start()
    worker = server.worker(factory=factory)
    work_to_the_end(worker)
    let_go = time.monotonic()
    canceller.join(10)
    assert let_go - cancelled_at[0] < 3
    assert run_of(server.engine, run_id).state == "cancelled"
    factory.lets_go.set()
    resume_run(server.engine, run_id)
    work_to_the_end(worker)
    server.assert_whole(run_id)


def test_cancelled_run_lets_go_of_a_model_server_that_hangs(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker goes on with the same judge, whose requests under way were taken back."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    hangs, met = threading.Event(), threading.Event()

    def fault(number: int, path: str) -> Fault | None:
        if not hangs.is_set() or "completions" not in path:
            return None
        met.set()
        return Fault(seconds=120)

    with FakeVllm(mending_model(), keeps_log=False) as model:
        maker = judge_factory(model.url)
        assert isinstance(maker, MakeModelJudge)
        judge = maker()
        model.fault_for(fault)
        hangs.set()
        run_id = server.submit(judge=(judge.name, judge.version))
        cancelled_at: list[float] = []

        def cancel() -> None:
            assert met.wait(60)
            cancel_run(server.engine, run_id)
            cancelled_at.append(time.monotonic())

        canceller = threading.Thread(target=cancel)
        canceller.start()
        worker = server.worker(factory=KeepingFactory(judge))
        work_to_the_end(worker)
        let_go = time.monotonic()
        canceller.join(10)
        assert let_go - cancelled_at[0] < 3
        assert run_of(server.engine, run_id).state == "cancelled"
        hangs.clear()
        resume_run(server.engine, run_id)
        work_to_the_end(worker)
        close_judge(judge)
    summary = run_summary(server.engine, run_id)
    assert (summary.state, summary.error) == ("done", None)
    assert summary.counts is not None
    assert summary.counts["error"] == 0
    assert [check.breach for check in verify_runs(server.engine)] == [None]


@dataclass(frozen=True, slots=True, eq=False)
class KeepingFactory:
    """Gives a judge that is there already."""

    judge: Judge

    def __call__(self) -> Judge:
        return self.judge


class AwayJudge(EvidenceJudge):
    """A judge that gives no answer the first times."""

    num_failures = 3

    def judge_samples(self, samples: Sequence[Sample]) -> list[Judged]:
        AwayJudge.num_failures -= 1
        if AwayJudge.num_failures >= 0:
            raise JudgeBackendError("nobody answers", code="unreachable")
        return super().judge_samples(samples)


def work_until(worker: Worker, is_over: Callable[[], bool], *, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not is_over():
        assert time.monotonic() < deadline
        if not worker.work_next():
            time.sleep(0.02)


def test_outage_within_the_patience_costs_time_alone(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "JUDGE_RETRY_SECONDS", 0.2)
    monkeypatch.setattr(AwayJudge, "num_failures", 3)
    run_id = server.submit(patience_seconds=60)
    work_until(
        server.worker(factory=AwayJudge), lambda: run_of(server.engine, run_id).state == "done"
    )
    assert AwayJudge.num_failures < 0
    server.assert_whole(run_id)
    assert run_of(server.engine, run_id).retry_until is None


def test_outage_beyond_the_patience_interrupts_the_run_and_a_resume_completes_it(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "JUDGE_RETRY_SECONDS", 0.2)
    monkeypatch.setattr(AwayJudge, "num_failures", 10_000)
    run_id, worker = server.submit(patience_seconds=0.5), server.worker(factory=AwayJudge)
    begun = time.monotonic()
    work_until(worker, lambda: run_of(server.engine, run_id).state not in ACTIVE)
    assert time.monotonic() - begun > 0.5
    summary = run_summary(server.engine, run_id)
    assert (summary.state, summary.error_kind) == ("interrupted", "JudgeBackendError")
    AwayJudge.num_failures = 0
    resume_run(server.engine, run_id)
    work_to_the_end(worker)
    server.assert_whole(run_id)
