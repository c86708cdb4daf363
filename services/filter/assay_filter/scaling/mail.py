"""Rows on their way to the chunk that holds a sample: one Arrow file a chunk and kind of mail.

Column `ordinal` names the sample. What reaches a chunk is in files, not in the engine's memory, so
that a step over all chunks reads each one's mail beside its other files.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.ipc

from assay_filter.curation.workspace import whole_file
from assay_filter.scaling.flow import PART, Flow, R, column
from assay_filter.scaling.job import ChunkAt, Job, new_attempt, part_column

WRITTEN = pa.schema([("chunk", pa.int64()), ("attempt", pa.int64())])


def deliver(
    flow: Flow[R], rows: R, job: Job, chunks: Sequence[ChunkAt], name: str
) -> list[ChunkAt]:
    """Write the rows into the mail of their samples' chunks; return the chunks with that mail."""
    addressed = flow.alter(rows, partial(_address, job))
    written = flow.collect(
        flow.regroup(addressed, partial(_write, job, name), num_parts=job.num_parts), WRITTEN
    )
    attempts = dict(zip(written["chunk"].to_pylist(), written["attempt"].to_pylist(), strict=True))
    return [chunk.with_mail(name, attempts.get(chunk.ordinal)) for chunk in chunks]


def read_mail(job: Job, chunk: ChunkAt, name: str, schema: pa.Schema) -> pa.Table:
    """Return what was delivered to a chunk, ordered by sample; empty where nothing was."""
    attempt = chunk.mail.get(name)
    if attempt is None:
        return schema.empty_table()
    with pa.memory_map(str(_path(job, name, chunk.ordinal, attempt))) as source:
        return pa.ipc.open_file(source).read_all().select(schema.names).cast(schema)


def _address(job: Job, table: pa.Table) -> pa.Table:
    parts = part_column(job.part_of_samples(column(table, "ordinal")))
    without = table.drop_columns([PART]) if PART in table.column_names else table
    return without.append_column(PART, parts)


def _write(job: Job, name: str, table: pa.Table) -> pa.Table:
    table = table.drop_columns([PART]).combine_chunks().sort_by("ordinal")
    chunks = job.layout.chunks_of(column(table, "ordinal"))
    attempt, (found, starts) = new_attempt(), np.unique(chunks, return_index=True)
    ends = [*starts[1:].tolist(), table.num_rows]
    for chunk, start, end in zip(found.tolist(), starts.tolist(), ends, strict=True):
        path = _path(job, name, chunk, attempt)
        with (
            whole_file(path) as aside,
            pa.OSFile(str(aside), "wb") as sink,
            pa.ipc.new_file(sink, table.schema) as writer,
        ):
            writer.write_table(table.slice(start, end - start))
    return pa.table(
        {"chunk": pa.array(found), "attempt": pa.array([attempt] * len(found), pa.int64())},
        schema=WRITTEN,
    )


def _path(job: Job, name: str, chunk: int, attempt: int) -> Path:
    return job.place(chunk, f"mail-{name}-{chunk:06d}-{attempt}.arrow")


def items_of(chunks: Sequence[ChunkAt]) -> list[bytes]:
    """Return the items that steps over all chunks are given."""
    return [chunk.to_json() for chunk in chunks]
