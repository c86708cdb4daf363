"""Writes a data set from finished runs: verified, mixed, split by cluster, described.

Two passes over the outcome files. The first verifies them against the audit and keeps integers; the
choice is made on those; the second copies the chosen rows. The same runs, mix and seed give the
same bytes on every machine, the time in `lineage.json` aside. Rows stand in the order of runs and
rows, repeats one round after the other; trainers shuffle.
"""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, TypeAlias

import orjson
from sqlalchemy import Engine

from assay.audit.engine import reading
from assay.datasets.writing import JsonlWriter, RecordWriter, Written
from assay.domain.errors import InputError
from assay_filter.exporting.card import render_card
from assay_filter.exporting.figures import count_written
from assay_filter.exporting.folder import MANIFEST, whole_folder
from assay_filter.exporting.gathering import Choice, Rows, gather, load_links
from assay_filter.exporting.lineage import lineage_event
from assay_filter.exporting.manifest import describe_run, manifest_body
from assay_filter.exporting.mix import Mix
from assay_filter.exporting.outcome_files import OutcomeFile, find_files, load_runs, read_file
from assay_filter.exporting.selection import Selection, select_rows
from assay_filter.exporting.splits import TRAIN, check_splits

CARD = "README.md"
LINEAGE = "lineage.json"
MAX_SEED = 2**63

OutputFormat: TypeAlias = Literal["jsonl", "parquet"]


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """What is asked of an export.

    `splits`: name -> fraction of the clusters, beside `train`. `unreviewed`: take borderline
    samples that nobody reviewed. `max_rows`: write no more than this.
    """

    run_ids: Sequence[str]
    out: Path
    mix: Mix | None = None
    format: OutputFormat = "jsonl"
    outcomes: Sequence[str] = ("accepted",)
    splits: Mapping[str, float] = field(default_factory=dict)
    seed: int = 0
    max_rows: int | None = None
    unreviewed: bool = False
    overwrite: bool = False


@dataclass(frozen=True, slots=True)
class _Plan:
    """Everything that is known before the first row is written."""

    runs: Sequence[Mapping[str, Any]]
    folders: Mapping[str, Path]
    files: Sequence[OutcomeFile]
    rows: Rows
    selection: Selection


def export_runs(engine: Engine, request: ExportRequest) -> dict[str, Any]:
    """Write the data set and return its manifest.

    Raises:
        InputError: a run is unknown or unfinished, an outcome is no training data, a borderline
            sample was not reviewed, or the folder stands there already.
        ConfigError: the mix asks for what cannot be.
        AuditError: an outcome file is not what the audit says.
        OutputError: the folder cannot be written.
    """
    _check(request)
    with whole_folder(request.out, overwrite=request.overwrite) as folder:
        plan = _plan(engine, request)
        written = _write(plan, request, folder)
        manifest = manifest_body(
            plan.runs,
            plan.files,
            plan.rows,
            plan.selection,
            count_written(
                plan.rows,
                plan.selection,
                plan.files,
                {} if request.mix is None else request.mix.licenses,
            ),
            written,
            mix=request.mix,
            splits=request.splits,
            seed=request.seed,
            max_rows=request.max_rows,
        )
        out = request.out.absolute()
        event = lineage_event(manifest, plan.folders, out, now=datetime.now(UTC))
        (folder / CARD).write_text(render_card(out.name, manifest), encoding="utf-8")
        (folder / LINEAGE).write_bytes(_json(event))
        (folder / MANIFEST).write_bytes(_json(manifest))
    return manifest


def _check(request: ExportRequest) -> None:
    check_splits(request.splits)
    if not request.outcomes or len(set(request.outcomes)) != len(request.outcomes):
        raise InputError(
            f"expected different outcomes, found {list(request.outcomes)!r:.80}; name each once"
        )
    if not -MAX_SEED <= request.seed < MAX_SEED:
        raise InputError(f"expected a seed of 64 bits, found {request.seed!r:.80}")
    if request.max_rows is not None and request.max_rows < 1:
        raise InputError(f"expected max_rows of at least 1, found {request.max_rows!r:.80}")


def _plan(engine: Engine, request: ExportRequest) -> _Plan:
    with reading(engine) as connection:
        runs = load_runs(connection, request.run_ids)
        files = [file for run in runs for file in find_files(connection, run, request.outcomes)]
        rows = gather(connection, files, Choice(request.mix, request.unreviewed))
        links = load_links(connection, request.run_ids)
        told = [describe_run(connection, run) for run in runs]
    selection = select_rows(
        rows,
        links,
        mix=request.mix,
        splits=request.splits,
        seed=request.seed,
        max_rows=request.max_rows,
    )
    folders = {run.id: Path(run.out_dir).absolute() for run in runs}
    return _Plan(told, folders, files, rows, selection)


def _write(plan: _Plan, request: ExportRequest, folder: Path) -> dict[str, Written]:
    """Copy the chosen rows, one round over the files for each repeat."""
    names = [f"{split}.{request.format}" for split in (TRAIN, *request.splits)]
    with ExitStack() as stack:
        writers = [stack.enter_context(_open(folder / name)) for name in names]
        num_rounds = int(plan.selection.repeats.max(initial=0))
        for done in range(num_rounds):
            _write_round(plan, writers, done)
        return {name: writer.close() for name, writer in zip(names, writers, strict=True)}


def _write_round(plan: _Plan, writers: Sequence[RecordWriter], done: int) -> None:
    start = 0
    for file in plan.files:
        own = slice(start, start + file.num_rows)
        repeats = plan.selection.repeats[own].tolist()
        splits = plan.selection.split[own].tolist()
        start += file.num_rows
        for line, repeat, split in zip(read_file(file), repeats, splits, strict=True):
            if repeat > done:
                writers[split].write(line)


def _open(path: Path) -> RecordWriter:
    if path.suffix == ".parquet":
        from assay.datasets.parquet_writing import ParquetWriter  # loads Arrow

        return ParquetWriter(path)
    return JsonlWriter(path)


def _json(body: Mapping[str, Any]) -> bytes:
    return orjson.dumps(body, option=orjson.OPT_INDENT_2) + b"\n"
