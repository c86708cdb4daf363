"""Outcome files and audit of a range of chunks: a shard each, in the order of samples.

Shards put one after the other are the files that a run on one machine writes. Their digest as a
whole, which the chain ends with, is one pass over each outcome's shards by one task: SHA-256 has no
other way.
"""

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from assay.audit import tables
from assay.audit.rows import leaves_of
from assay.datasets.writing import JsonlWriter
from assay_filter.curation.closing import OUTCOMES
from assay_filter.curation.outcome_lines import read_blocks
from assay_filter.curation.workspace import whole_file
from assay_filter.runs.stages import Stage
from assay_filter.scaling.chain import Entry
from assay_filter.scaling.flow import Flow, R
from assay_filter.scaling.job import ChunkAt, Job, new_attempt
from assay_filter.scaling.records import Kept, read_record, root_of
from assay_filter.scaling.trail import PER_SAMPLE, Trail

STAGES = (Stage.RULES, Stage.JUDGE, Stage.DECIDE)
BLOCK_BYTES = 1 << 20


class ShardFile(NamedTuple):
    """A file of a shard, where it was written; `table` is empty for an outcome file."""

    path: str
    outcome: str
    table: str
    rows: int
    num_bytes: int
    sha256: str


class WholeFile(NamedTuple):
    """An outcome's shards as one file; `path` is None where it was not written."""

    name: str
    path: str | None
    rows: int
    num_bytes: int
    sha256: str


def write_shards(
    flow: Flow[R],
    job: Job,
    run_id: str,
    chunks: Sequence[ChunkAt],
    entries: Sequence[Entry],
    shard_samples: int,
) -> list[list[ShardFile]]:
    """Write all shards; return the files of each."""
    items = [
        orjson.dumps(
            {
                "chunks": [chunk.to_json().decode() for chunk in some],
                "entries": [
                    [list(entries[_seq(chunks, chunk, stage)]) for chunk in some]
                    for stage in STAGES
                ],
            }
        )
        for some in _ranges(chunks, shard_samples)
    ]
    return [
        [ShardFile(*cells) for cells in orjson.loads(body)]
        for body in flow.each(items, partial(_write_shard, job, run_id))
    ]


def digest_outcomes(
    flow: Flow[R], shards: Sequence[Sequence[ShardFile]], folder: Path | None
) -> list[WholeFile]:
    """Return what each outcome's shards are as one file.

    Args:
        flow: the engine.
        shards: the files of each shard, in order.
        folder: where to write the whole files too; None: nowhere.
    """
    items = []
    for outcome in OUTCOMES:
        files = [file for shard in shards for file in shard if file.outcome == outcome.value]
        items.append(
            orjson.dumps(
                {
                    "name": f"{outcome.value}.jsonl",
                    "paths": [file.path for file in files],
                    "rows": sum(file.rows for file in files),
                    "folder": None if folder is None else str(folder),
                }
            )
        )
    return [WholeFile(**orjson.loads(body)) for body in flow.each(items, _digest)]


def _ranges(chunks: Sequence[ChunkAt], shard_samples: int) -> Iterator[list[ChunkAt]]:
    some: list[ChunkAt] = []
    num_samples = 0
    for chunk in chunks:
        if some and num_samples + chunk.num_samples > shard_samples:
            yield some
            some, num_samples = [], 0
        some.append(chunk)
        num_samples += chunk.num_samples
    yield some


def _seq(chunks: Sequence[ChunkAt], chunk: ChunkAt, stage: Stage) -> int:
    """Return the place of a chunk's stage in the ledger: stage by stage, all chunks of each."""
    return STAGES.index(stage) * len(chunks) + chunk.ordinal


def _write_shard(job: Job, run_id: str, item: bytes) -> bytes:
    body = orjson.loads(item)
    chunks = [ChunkAt.from_json(chunk.encode()) for chunk in body["chunks"]]
    folder = job.workspace.export_dir / str(new_attempt())
    files = _write_outcomes(job, chunks, folder)
    with Trail(folder, run_id) as trail:
        for stage, entries in zip(STAGES, body["entries"], strict=True):
            for chunk, entry in zip(chunks, entries, strict=True):
                _add(trail, chunk, read_record(job, chunk, stage), Entry(*entry))
    for name, path in trail.written.items():
        files.append(ShardFile(str(path), "", name, 0, path.stat().st_size, _sha256(path)))
    return orjson.dumps([list(file) for file in files])


def _write_outcomes(job: Job, chunks: Sequence[ChunkAt], folder: Path) -> list[ShardFile]:
    writers = {o.value: JsonlWriter(folder / f"{o.value}.jsonl") for o in OUTCOMES}
    for chunk in chunks:
        path = chunk.path(job, Stage.DECIDE, "lines")
        blocks, _ = read_blocks(path, read_record(job, chunk, Stage.DECIDE).part_sha256)
        for block in blocks:
            writers[block.outcome].write_lines(block.data, block.num_lines)
    return [
        ShardFile(str(writer.file.path), outcome, "", *writer.close())
        for outcome, writer in writers.items()
    ]


def _add(trail: Trail, chunk: ChunkAt, kept: Kept, entry: Entry) -> None:
    for table in PER_SAMPLE:
        trail.add(table, kept.rows.get(table.name, ()))
    leaves = leaves_of(kept.stage, kept.rows)
    at = (chunk.ordinal, chunk.first_sample, chunk.num_samples)
    figures = (kept.part_sha256, kept.summary, kept.measures, 0, None)
    trail.add(tables.chunk, [(kept.stage, *at, *figures)])
    sealed = (entry.seq, kept.stage, *at, leaves, root_of(leaves), entry.prev, entry.hash)
    trail.add(tables.ledger, [sealed])
    if kept.expense is not None:
        trail.add(tables.expense, [(kept.stage, chunk.ordinal, *kept.expense)])


def _digest(item: bytes) -> bytes:
    body: Mapping[str, Any] = orjson.loads(item)
    path = None
    if body["folder"] is not None:
        path = Path(body["folder"]) / str(new_attempt()) / body["name"]
        path.parent.mkdir(parents=True)
    whole, num_bytes = hashlib.sha256(), 0
    nowhere = nullcontext(Path(os.devnull))
    with nowhere if path is None else whole_file(path) as aside, aside.open("wb") as sink:
        for name in body["paths"]:
            with Path(name).open("rb") as stream:
                while block := stream.read(BLOCK_BYTES):
                    whole.update(block)
                    num_bytes += len(block)
                    sink.write(block)
    sums = {"rows": body["rows"], "num_bytes": num_bytes, "sha256": whole.hexdigest()}
    return orjson.dumps({"name": body["name"], "path": path and str(path), **sums})


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
