"""Cuts the inputs into chunks: one task a source, the same chunks as a run on one machine cuts.

Lines have no numbers before they are read, so a source is read by one task from its start; many
files are read side by side. What the driver is told of a source: its digest and the sizes of its
chunks.
"""

import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from assay.datasets.expansion import Bounds
from assay.datasets.reading import read_batches
from assay.domain.errors import InputError
from assay_filter.curation.input_lines import write_lines
from assay_filter.runs.request import SourceFile
from assay_filter.runs.steps.ingest import MAX_BATCH_BYTES
from assay_filter.scaling.flow import Flow, R
from assay_filter.scaling.job import ChunkAt, Job, new_attempt, parse_pipeline


class Cut(NamedTuple):
    """The chunks of all sources in order, and what the manifest says of the sources."""

    chunks: list[ChunkAt]
    inputs: list[dict[str, Any]]


def cut_sources(flow: Flow[R], job: Job, sources: Sequence[SourceFile]) -> Cut:
    """Write the lines of every chunk into a file.

    Raises:
        InputError: a source cannot be read, or there is no line in any.
    """
    items = [
        orjson.dumps({"position": position, **source.model_dump()})
        for position, source in enumerate(sources)
    ]
    chunks: list[ChunkAt] = []
    inputs: list[dict[str, Any]] = []
    first_sample = 0
    for body in flow.each(items, partial(_cut_source, job)):
        told = orjson.loads(body)
        name = sources[told["position"]].name
        inputs.append({"name": name, "sha256": told["sha256"], "bytes": told["bytes"]})
        for local, size in enumerate(told["sizes"]):
            cut = (told["attempt"], told["position"], local)
            chunks.append(ChunkAt(len(chunks), cut[1], name, first_sample, size, cut))
            first_sample += size
    if not chunks:
        raise InputError(
            f"expected samples in {[source.name for source in sources]}, found no line; check the "
            "inputs"
        )
    return Cut(chunks, inputs)


def lines_path(job: Job, cut: tuple[int, int, int]) -> Path:
    """Return the file that holds the lines of a chunk."""
    attempt, source, local = cut
    return job.place(local, f"cut-{source:06d}-{local:06d}-{attempt}.lines.zst")


def _cut_source(job: Job, item: bytes) -> bytes:
    cells = orjson.loads(item)
    position, attempt = cells.pop("position"), new_attempt()
    batches = read_batches(
        [SourceFile(**cells).to_source()],
        rows_per_batch=parse_pipeline(job.pipeline).rows_per_chunk,
        max_batch_bytes=MAX_BATCH_BYTES,
        bounds=None if job.max_expansion is None else Bounds(job.max_expansion, sys.maxsize),
    )
    sizes = []
    for local, batch in enumerate(batches):
        write_lines(lines_path(job, (attempt, position, local)), batch.lines)
        sizes.append(len(batch.lines))
    digest = batches.digests[0]
    return orjson.dumps(
        {
            "position": position,
            "attempt": attempt,
            "sizes": sizes,
            "sha256": digest.sha256,
            "bytes": digest.num_bytes,
        }
    )
