"""Whole runs in the queue of record, carried out by workers in this process."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from tests.integration.curated import assert_same_results, manifest_of

from assay.audit.verification import verify_runs
from assay.configs import load_config
from assay.datasets.sources import expand_inputs
from assay.rubrics import load_rubric
from assay_filter.curation.open_judges import JudgeFactory
from assay_filter.curation.workspace import Workspace
from assay_filter.pipeline import Pipeline
from assay_filter.runs.context import RunContext
from assay_filter.runs.control import run_summary
from assay_filter.runs.request import RunRequest, SourceFile
from assay_filter.runs.starting import enqueue, make_record
from assay_filter.runs.worker import Worker
from assay_filter.semantic.settings import SemanticSettings
from assay_judge.evidence.judge import EvidenceJudge


@dataclass(frozen=True, slots=True)
class Inputs:
    """What is curated, and what `assay curate` made of it."""

    pipeline: Path
    folder: Path
    expected: Path


@dataclass(frozen=True, slots=True)
class OneFactory:
    """The same judge for every run."""

    factory: JudgeFactory

    def __call__(self, context: RunContext) -> JudgeFactory:
        return self.factory


@dataclass(frozen=True, slots=True)
class Server:
    """A queue, a run in it, and workers by name."""

    engine: Engine
    inputs: Inputs
    out: Path

    def submit(
        self,
        *,
        patience_seconds: float = 0.0,
        judge: tuple[str, str] = ("evidence", "1"),
        semantic: SemanticSettings | None = None,
    ) -> str:
        """Enqueue the run; return its id. `judge`: its name and version."""
        sources = expand_inputs([str(self.inputs.folder)]).sources
        request = RunRequest(
            sources=tuple(SourceFile.of(source) for source in sources),
            judge=judge[0],
            patience_seconds=patience_seconds,
            semantic=semantic,
        )
        record = make_record(
            pipeline=load_config(Pipeline, "pipelines", str(self.inputs.pipeline)),
            rubric=load_rubric("default"),
            request=request,
            out_dir=self.out,
            judge_version=judge[1],
        )
        Workspace.of_run(record.out_dir).export_dir.mkdir(parents=True)
        enqueue(self.engine, record, request)
        return record.id

    def worker(self, name: str = "w", factory: JudgeFactory = EvidenceJudge, **more: Any) -> Worker:
        """Return a worker whose judge is what `factory` makes."""
        return Worker(self.engine, OneFactory(factory), name=name, **more)

    def assert_whole(self, run_id: str) -> None:
        """The results are those of `assay curate`, the audit verifies, nothing is left over."""
        summary = run_summary(self.engine, run_id)
        assert (summary.state, summary.stage, summary.error) == ("done", "done", None)
        assert_same_results(self.out, self.inputs.expected)
        assert summary.chain_head == manifest_of(self.inputs.expected)["chain_head"]
        assert summary.counts == manifest_of(self.inputs.expected)["outcomes"]
        assert [check.breach for check in verify_runs(self.engine)] == [None]
        assert not (self.out / ".assay-work").exists()


def work_to_the_end(worker: Worker) -> int:
    """Work until no task is free; return how many were carried out."""
    num_tasks = 0
    while worker.work_next():
        num_tasks += 1
    return num_tasks
