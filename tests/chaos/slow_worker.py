"""A worker process that stops itself in the middle of a task, and goes on when it is told to.

`python -m tests.chaos.slow_worker DATABASE RUN MARK LEASE_SECONDS PULSE`: at its first judgement it
makes the file MARK and stops, as a machine that is put to sleep. PULSE `none` takes its heartbeat
away, so that it tries to commit what it no longer holds; the fence alone is left to stop it.
"""

import os
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from assay.audit.engine import open_engine
from assay.domain.ports import Judged
from assay.domain.sample import Sample
from assay.web.logs import open_log
from assay_filter.runs import heartbeat
from assay_filter.runs.control import run_summary
from assay_filter.runs.local import OneJudge
from assay_filter.runs.worker import Worker
from assay_judge.evidence.judge import EvidenceJudge

FOREVER = 1e9


class SleepyJudge(EvidenceJudge):
    """The evidence judge; its process stops at the first judgement."""

    def __init__(self, mark: Path) -> None:
        self._mark = mark

    def judge_samples(self, samples: Sequence[Sample]) -> list[Judged]:
        if not self._mark.exists():
            self._mark.touch()
            os.kill(os.getpid(), signal.SIGSTOP)
        return super().judge_samples(samples)


@dataclass(frozen=True, slots=True)
class MakeSleepyJudge:
    mark: Path

    def __call__(self) -> SleepyJudge:
        return SleepyJudge(self.mark)


def main() -> None:
    database, run_id, mark, lease_seconds, pulse = sys.argv[1:]
    if pulse == "none":
        heartbeat.CHECK_SECONDS = FOREVER
    engine = open_engine(database)
    judges = OneJudge(MakeSleepyJudge(Path(mark)))
    worker = Worker(engine, judges, name="slow", lease_seconds=float(lease_seconds), log=open_log())
    while run_summary(engine, run_id).state in ("queued", "running"):
        if not worker.work_next(run_id):
            time.sleep(0.02)


if __name__ == "__main__":
    main()
