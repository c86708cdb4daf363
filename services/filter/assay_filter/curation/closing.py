"""The end of a run: outcome files, the last ledger entry, manifest and report.

Files are put together aside; the export rows close the chain with the files' digests; manifest and
report are made; all are renamed into the output folder, the manifest last. A folder with a manifest
is therefore complete, and a crash before that is mended by going through these steps again.
"""

import os
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Engine, select

from assay.audit import tables
from assay.audit.engine import reading
from assay.audit.recording import RunClosing, RunRecord
from assay.datasets.writing import JsonlWriter, RecordWriter
from assay.domain.errors import OutputError, RunStateError
from assay.domain.verdict import Outcome
from assay_filter.curation.journal import Journal
from assay_filter.curation.judgement_rows import load_cost
from assay_filter.curation.outcome_lines import read_blocks
from assay_filter.curation.parts import read_part
from assay_filter.curation.rendering import snippet_of
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
    """What the end needs of a run; `fence` names the folder that its files are put together in."""

    record: RunRecord
    engine: Engine
    workspace: Workspace
    journal: Journal
    fence: int
    output_format: str
    inputs: Sequence[Mapping[str, Any]]
    seconds: Mapping[str, float]
    index: Mapping[str, Any] | None = None  # head and runs that the run was set against
    evaluation: Mapping[str, Any] | None = None  # sets whose items were taken out
    semantic: Mapping[str, Any] | None = None  # who embedded, and how much was flagged

    @property
    def folder(self) -> Path:
        """Where the files stand until they are published."""
        return self.workspace.export_dir / str(self.fence)


@dataclass(slots=True)
class Figures:
    """What only this pass sees, kept beside the files until they are published."""

    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    overall: Counter[str] = field(default_factory=Counter)
    dimensions: dict[str, Counter[str]] = field(default_factory=dict)
    not_applicable: Counter[str] = field(default_factory=Counter)
    bases: Counter[str] = field(default_factory=Counter)
    snippets: dict[int, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    inputs: list[dict[str, Any]] = field(default_factory=list)

    def add(self, figures: Mapping[str, Any]) -> None:
        """Add one chunk's figures."""
        self.overall.update(figures["overall"])
        for name, counts in figures["dimensions"].items():
            self.dimensions.setdefault(name, Counter()).update(counts)
        self.not_applicable.update(figures["not_applicable"])
        self.bases.update(figures["bases"])

    def to_json(self) -> bytes:
        """Return the figures as JSON; keys become strings."""
        body = {f.name: getattr(self, f.name) for f in fields(self)}
        return orjson.dumps(body, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_SORT_KEYS)


def put_together(ending: Ending) -> RunClosing:
    """Write the outcome files and figures aside, in sample order; return what closes the run.

    Raises:
        RunStateError: a chunk's file is damaged, or the sums do not agree.
        OutputError: the disk is full.
    """
    begun = time.monotonic()
    figures = Figures(inputs=[dict(entry) for entry in ending.inputs])
    _write_outcomes(ending, figures)
    figures.snippets = _snippets(ending)
    figures.seconds = {**ending.seconds, "export": time.monotonic() - begun}
    write_whole(ending.folder / FIGURES, figures.to_json())
    _check_conservation(ending.journal, figures)
    exports = sorted(
        (name, file["rows"], file["num_bytes"], file["sha256"])
        for name, file in figures.files.items()
    )
    counts = {o.value: ending.journal.outcomes().get(o.value, 0) for o in OUTCOMES}
    return RunClosing(inputs=figures.inputs, counts=counts, exports=exports)


def publish(ending: Ending) -> None:
    """Make manifest and report of a closed run, and move all results into its folder.

    Raises:
        OutputError: the results cannot be moved.
    """
    saved = orjson.loads((ending.folder / FIGURES).read_bytes())
    manifest = _manifest(ending, saved)
    told = (ending.evaluation, ending.semantic)
    report = render(gather(ending.engine, ending.record.id, ending.journal, saved, *told))
    _move(ending, saved, manifest, report)


def _write_outcomes(ending: Ending, figures: Figures) -> None:
    names = {o.value: ending.folder / f"{o.value}.{ending.output_format}" for o in OUTCOMES}
    with ExitStack() as stack:
        writers = {n: stack.enter_context(_open_writer(path)) for n, path in names.items()}
        for chunk in ending.journal.chunks("decide"):
            path = ending.workspace.part("decide", chunk.ordinal, chunk.fence, "lines")
            blocks, counted = read_blocks(path, chunk.part_sha256)
            for block in blocks:
                writers[block.outcome].write_lines(block.data, block.num_lines)
            figures.add(counted)
        for outcome, writer in writers.items():
            figures.files[names[outcome].name] = writer.close()._asdict()


def _open_writer(path: Path) -> RecordWriter:
    if path.suffix == ".parquet":
        from assay.datasets.parquet_writing import ParquetWriter  # loads Arrow

        return ParquetWriter(path)
    return JsonlWriter(path)


def _snippets(ending: Ending) -> dict[int, str]:
    """Return the texts that the report quotes, by ordinal."""
    with reading(ending.engine) as connection:
        quoted = sorted(pick(connection, ending.record.id).ordinals())
    snippets: dict[int, str] = {}
    for chunk in ending.journal.chunks("rules"):
        own = range(chunk.first_sample, chunk.first_sample + chunk.num_samples)
        wanted = {ordinal for ordinal in quoted if ordinal in own}
        if wanted:
            part = ending.workspace.part("rules", chunk.ordinal, chunk.fence, "jsonl.zst")
            for ordinal, record in zip(own, read_part(part), strict=True):
                if ordinal in wanted:
                    snippets[ordinal] = snippet_of(record)
    return snippets


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


def _manifest(ending: Ending, figures: Mapping[str, Any]) -> dict[str, Any]:
    """Return the manifest; all of it but `run` is the same for the same input and configuration."""
    with reading(ending.engine) as connection:
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
        **({} if ending.index is None else {"index": ending.index}),
        **({} if ending.evaluation is None else {"evaluation": ending.evaluation}),
        **({} if ending.semantic is None else {"semantic": ending.semantic}),
        "chain_head": run.chain_head,
        "run": {
            "id": run.id,
            "created_at": run.created_at,
            "finished_at": run.finished_at,
            "seconds": {name: round(value, 2) for name, value in figures["seconds"].items()},
            **({} if cost is None else {"judging": cost}),
        },
    }


def _move(
    ending: Ending, figures: Mapping[str, Any], manifest: Mapping[str, Any], report: str
) -> None:
    """Rename everything into the output folder, the manifest last."""
    out_dir = ending.workspace.out_dir
    try:
        for name in figures["files"]:
            aside = ending.folder / name
            if aside.exists():
                aside.replace(out_dir / name)
        _sync_folder(out_dir)
    except OSError as exc:
        raise OutputError(
            f"expected to move results into {str(out_dir)!r}, found: {exc.strerror}; "
            "mend it, then use --resume"
        ) from exc
    write_whole(out_dir / REPORT, report.encode())
    body = orjson.dumps(manifest, option=orjson.OPT_INDENT_2)
    write_whole(out_dir / MANIFEST, body + b"\n")
    _sync_folder(out_dir)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
