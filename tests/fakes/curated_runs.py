"""Curates rows in this process: a real run by a real worker, on any database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import orjson
from sqlalchemy import Engine

from assay.audit.recording import RunRecord
from assay.configs import load_config
from assay.domain.rubric import Rubric
from assay_cli.judges import MakeEvidenceJudge
from assay_filter.curation.workspace import Workspace
from assay_filter.pipeline import Pipeline
from assay_filter.runs.context import RunContext
from assay_filter.runs.control import run_summary
from assay_filter.runs.request import RunRequest, SourceFile
from assay_filter.runs.starting import enqueue, make_record
from assay_filter.runs.worker import Worker

LOOPING = "I can not do that at all. " * 40


@dataclass(frozen=True, slots=True)
class CuratedRun:
    """A finished run and its folder."""

    id: str
    out_dir: Path

    def lines(self, outcome: str) -> list[dict[str, Any]]:
        """Return an outcome file's rows."""
        data = (self.out_dir / f"{outcome}.jsonl").read_bytes()
        return [orjson.loads(line) for line in data.splitlines()]


def chat_row(question: str, answer: str, **more: Any) -> dict[str, Any]:
    """Return a conversation of one question and one answer."""
    messages = [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
    return {"messages": messages, **more}


def some_rows(num_rows: int = 20) -> list[dict[str, Any]]:
    """Return rows of which some are kept, some loop, and the last two are copies of the first."""
    rows = [
        chat_row(
            f"What is {n} plus {n}, and why does the order not matter in this sum?",
            f"{n} plus {n} is {2 * n}. Addition of whole numbers is commutative, so either order "
            f"gives the same result; counting {n} apples twice shows it.",
            id=f"row-{n}",
            source="sums" if n % 2 else "more sums",
        )
        for n in range(1, num_rows - 3)
    ]
    rows.append(chat_row("Say something about rivers, please.", LOOPING, id="loops"))
    rows.append(
        chat_row("Who can I call?", "Call me at 555-0100,  my \u00a0number.\u200b", id="phone")
    )
    return [*rows, rows[0], {**rows[0], "id": "copy"}]


def curate_rows(
    engine: Engine,
    folder: Path,
    rows: Sequence[Mapping[str, Any]],
    *,
    output_format: Literal["jsonl", "parquet"] = "jsonl",
    runs_dir: Path | None = None,
) -> CuratedRun:
    """Curate rows to the end; the evidence judge judges.

    Results go into `folder / "out"`, or into the run's folder below `runs_dir`.
    """
    record = queue_rows(engine, folder, rows, output_format=output_format, runs_dir=runs_dir)
    work_off(engine)
    summary = run_summary(engine, record.id)
    assert summary.state == "done", summary.error
    return CuratedRun(record.id, Path(record.out_dir))


def queue_rows(
    engine: Engine,
    folder: Path,
    rows: Sequence[Mapping[str, Any]],
    *,
    output_format: Literal["jsonl", "parquet"] = "jsonl",
    runs_dir: Path | None = None,
) -> RunRecord:
    """Store a run that nobody works on yet."""
    folder.mkdir(parents=True, exist_ok=True)
    data = folder / "data.jsonl"
    data.write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))
    request = RunRequest(
        sources=(SourceFile(name="data.jsonl", path=str(data), format="jsonl"),),
        output_format=output_format,
        judge="evidence",
    )
    record = make_record(
        pipeline=load_config(Pipeline, "pipelines", "default"),
        rubric=load_config(Rubric, "rubrics", "default"),
        request=request,
        out_dir=folder / "out",
        judge_version=MakeEvidenceJudge()().version,
    )
    if runs_dir is not None:
        record = replace(record, out_dir=str((runs_dir / record.id).absolute()))
    Workspace.of_run(record.out_dir).export_dir.mkdir(parents=True)
    enqueue(engine, record, request)
    return record


def work_off(engine: Engine) -> None:
    """Work until there is nothing to do."""
    worker = Worker(engine, evidence_judge, name="in-process")
    while worker.work_next():
        pass


def evidence_judge(context: RunContext) -> MakeEvidenceJudge:
    """Give every run the evidence judge."""
    return MakeEvidenceJudge()
