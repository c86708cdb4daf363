"""The end of a run: outcome files, the closed chain, manifest and report, each appearing whole.

Order: outcome files and the report's figures are written aside; the run is closed in the audit with
the files' digests; manifest and report are made; all are renamed into the output folder, the
manifest last. A folder with a manifest is therefore complete, and a crash before that is mended by
going through these steps again.
"""

import os
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Engine, select

from assay.audit import tables
from assay.audit.recording import RunClosing, RunRecord, close_run, set_run_state
from assay.datasets.writing import JsonlWriter, RecordWriter
from assay.domain.errors import OutputError, RunStateError
from assay.domain.verdict import Outcome
from assay.queue.inprocess import InProcessQueue
from assay_filter.curation.export_stage import Exported, ExportTask, run_export
from assay_filter.curation.journal import Journal
from assay_filter.curation.judgement_rows import load_cost
from assay_filter.curation.progress import Progress
from assay_filter.curation.workspace import MANIFEST, REPORT, Workspace, write_whole
from assay_filter.report.examples import pick
from assay_filter.report.gathering import gather
from assay_filter.report.page import render

FIGURES = "figures.json"
OUTCOMES = (
    Outcome.ACCEPTED,
    Outcome.BORDERLINE,
    Outcome.REJECTED,
    Outcome.DUPLICATE,
    Outcome.ERROR,
)


@dataclass(frozen=True, slots=True)
class Ending:
    """What the closing needs of a run."""

    record: RunRecord
    engine: Engine
    workspace: Workspace
    journal: Journal
    progress: Progress
    files: Sequence[str]  # names of the sources, in order
    queue: InProcessQueue
    output_format: str
    seconds: dict[str, float]


@dataclass(slots=True)
class Figures:
    """What only the export pass sees, kept beside the files until the folder is complete."""

    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    overall: Counter[int] = field(default_factory=Counter)
    dimensions: dict[str, Counter[int]] = field(default_factory=dict)
    not_applicable: Counter[str] = field(default_factory=Counter)
    bases: Counter[str] = field(default_factory=Counter)
    snippets: dict[int, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    inputs: list[dict[str, Any]] = field(default_factory=list)

    def add(self, exported: Exported) -> None:
        """Add one chunk's figures."""
        self.overall.update(exported.overall)
        for name, counts in exported.dimensions.items():
            self.dimensions.setdefault(name, Counter()).update(counts)
        self.not_applicable.update(exported.not_applicable)
        self.bases.update(exported.bases)
        self.snippets.update(exported.snippets)

    def to_json(self) -> bytes:
        """Return the figures as JSON; keys become strings."""
        body = {f.name: getattr(self, f.name) for f in fields(self)}
        return orjson.dumps(body, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_SORT_KEYS)


def finish(ending: Ending) -> Mapping[str, Any]:
    """Write the results of a decided run, close it, and return its manifest."""
    if not ending.journal.is_closed:
        set_run_state(ending.engine, ending.record.id, state="running", stage="export")
        figures = _export(ending)
        _check_conservation(ending.journal, figures)
        _close(ending, figures)
    saved = orjson.loads((ending.workspace.export_dir / FIGURES).read_bytes())
    manifest = _manifest(ending, saved)
    report = render(gather(ending.engine, ending.record.id, ending.journal, saved))
    _publish(ending.workspace, saved, manifest, report)
    return manifest


def _export(ending: Ending) -> Figures:
    """Write the outcome files aside, in sample order."""
    begun = time.monotonic()
    figures = Figures(inputs=_inputs(ending.journal))
    folder = ending.workspace.export_dir
    names = {o.value: folder / f"{o.value}.{ending.output_format}" for o in OUTCOMES}
    total = ending.journal.num_samples("decide")
    ending.progress.start_stage("export", total, "samples")
    writers = {name: _open_writer(path) for name, path in names.items()}
    done = 0
    for exported in ending.queue.map(run_export, _tasks(ending)):
        for outcome, lines in exported.lines.items():
            for line in lines:
                writers[outcome].write(line)
            done += len(lines)
        figures.add(exported)
        ending.progress.advance(done, done)
    for outcome, writer in writers.items():
        figures.files[names[outcome].name] = writer.close()._asdict()
    figures.seconds = {**ending.seconds, "export": time.monotonic() - begun}
    write_whole(folder / FIGURES, figures.to_json())
    return figures


def _open_writer(path: Path) -> RecordWriter:
    if path.suffix == ".parquet":
        from assay.datasets.parquet_writing import ParquetWriter  # loads Arrow

        return ParquetWriter(path)
    return JsonlWriter(path)


def _tasks(ending: Ending) -> Iterator[ExportTask]:
    with ending.engine.connect() as connection:
        quoted = pick(connection, ending.record.id).ordinals()
    sources = {c.ordinal: c.source for c in ending.journal.chunks("rules")}
    for chunk in ending.journal.chunks("decide"):
        own = range(chunk.first_sample, chunk.first_sample + chunk.num_samples)
        yield ExportTask(
            first_sample=chunk.first_sample,
            file=ending.files[sources[chunk.ordinal]],
            rules_part=ending.workspace.part("rules", chunk.ordinal, "jsonl.zst"),
            decide_part=ending.workspace.part("decide", chunk.ordinal, "jsonl.zst"),
            judge=ending.record.judge,
            rubric=ending.record.rubric.sha256,
            quoted=frozenset(ordinal for ordinal in quoted if ordinal in own),
        )


def _inputs(journal: Journal) -> list[dict[str, Any]]:
    return [
        {"name": name, "sha256": sha256, "bytes": num_bytes}
        for name, (sha256, num_bytes) in journal.digests.items()
    ]


def _check_conservation(journal: Journal, figures: Figures) -> None:
    """Refuse to close a run in which the sums do not agree.

    Raises:
        RunStateError: a sample was lost or counted twice: a bug, never the user's fault.
    """
    num_read = journal.num_samples("rules")
    num_decided = sum(journal.outcomes().values())
    num_written = sum(int(file["rows"]) for file in figures.files.values())
    if not num_read == num_decided == num_written:
        raise RunStateError(
            f"expected as many samples written as read, found {num_read} read, {num_decided} "
            f"decided, {num_written} written; please report this as a bug"
        )


def _close(ending: Ending, figures: Figures) -> None:
    exports = sorted(
        (name, file["rows"], file["num_bytes"], file["sha256"])
        for name, file in figures.files.items()
    )
    counts = {o.value: ending.journal.outcomes().get(o.value, 0) for o in OUTCOMES}
    closing = RunClosing(inputs=figures.inputs, counts=counts, exports=exports)
    close_run(ending.engine, ending.record.id, ending.record.genesis, closing)


def _manifest(ending: Ending, figures: Mapping[str, Any]) -> dict[str, Any]:
    """Return the manifest; all of it but `run` is the same for the same input and configuration."""
    with ending.engine.connect() as connection:
        run = connection.execute(
            select(tables.run).where(tables.run.c.id == ending.record.id)
        ).one()
        cost = load_cost(connection, ending.record.id)
    stored = orjson.loads(run.counts)
    counts = {outcome.value: stored[outcome.value] for outcome in OUTCOMES}
    return {
        "manifest_version": 1,
        "input": sum(counts.values()),
        "outcomes": counts,
        "reasons": [
            {"outcome": outcome, "reason": reason, "samples": number}
            for outcome, reason, number in ending.journal.reasons()
        ],
        "formats": ending.journal.total("formats"),
        "inputs": figures["inputs"],
        "files": figures["files"],
        "config_sha256": run.config_sha256,
        "rubric_sha256": run.rubric_sha256,
        "rules_sha256": run.rules_sha256,
        "judge": {"name": run.judge, "version": run.judge_version},
        "code_version": run.code_version,
        "seed": run.seed,
        "chain_head": run.chain_head,
        "run": {
            "id": run.id,
            "created_at": run.created_at,
            "finished_at": run.finished_at,
            "seconds": {name: round(value, 2) for name, value in figures["seconds"].items()},
            **({} if cost is None else {"judging": cost}),
        },
    }


def _publish(
    workspace: Workspace, figures: Mapping[str, Any], manifest: Mapping[str, Any], report: str
) -> None:
    """Rename everything into the output folder, the manifest last, and drop the work folder."""
    try:
        for name in figures["files"]:
            aside = workspace.export_dir / name
            if aside.exists():
                aside.replace(workspace.out_dir / name)
        _sync_folder(workspace.out_dir)
    except OSError as exc:
        raise OutputError(
            f"expected to move results into {str(workspace.out_dir)!r}, found: {exc.strerror}; "
            "mend it, then use --resume"
        ) from exc
    write_whole(workspace.out_dir / REPORT, report.encode())
    body = orjson.dumps(manifest, option=orjson.OPT_INDENT_2)
    write_whole(workspace.out_dir / MANIFEST, body + b"\n")
    _sync_folder(workspace.out_dir)
    workspace.remove_work()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
