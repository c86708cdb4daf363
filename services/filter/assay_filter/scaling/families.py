"""Components of samples that may be copies: each is settled whole, by the local engine itself.

The rows of a component meet in one task, whose part holds many components. There they become a
feature file, and `find_duplicates` is asked, as in a run on one machine: a component's result
depends on nothing outside of it. What may not be large is one component: its rows stand on the
task's disk, and some 300 bytes a row in its memory.
"""

import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from assay_filter.dedup.engine import find_duplicates
from assay_filter.scaling.bodies import (
    columns_of_bodies,
    pack_bodies,
    unpack_features,
    unpack_members,
)
from assay_filter.scaling.flow import PART, Flow, R, column
from assay_filter.scaling.job import ChunkAt, Job, part_column
from assay_filter.scaling.mail import deliver, items_of, read_mail
from assay_filter.scaling.settings import LINKED_BYTES, Sizes
from assay_filter.scaling.stars import LABELS
from assay_filter.scaling.vertices import features_of, vertices_of

LABEL, FATES = "labels", "fates"  # kinds of mail
FATES_SCHEMA = pa.schema(
    [
        ("ordinal", pa.int64()),  # a vertex that does not stay
        ("kept", pa.int64()),  # the sample that stays for it
        ("method", pa.string()),
        ("context", pa.int16()),
        ("response", pa.int16()),
    ]
)
_SPREAD = np.uint64(0x9E3779B97F4A7C15)
_HIGH = np.uint64(33)


def settle_families(
    flow: Flow[R], job: Job, chunks: Sequence[ChunkAt], labels: R, sizes: Sizes
) -> list[ChunkAt]:
    """Tell each chunk which of its vertices do not stay, and which samples stay for them."""
    num_linked = flow.count(labels)
    if num_linked == 0:
        return list(chunks)
    num_parts = sizes.parts_for(LINKED_BYTES * num_linked)
    chunks = deliver(flow, labels, job, chunks, LABEL)
    bodies = flow.spread(items_of(chunks), partial(_emit, job, num_parts))
    fates = flow.regroup(bodies, partial(_settle, job), num_parts=num_parts)
    return deliver(flow, fates, job, chunks, FATES)


def _emit(job: Job, num_parts: int, item: bytes) -> pa.Table:
    chunk, settings = ChunkAt.from_json(item), job.dedup
    labels = read_mail(job, chunk, LABEL, LABELS)
    schema = pa.schema([(PART, pa.int64()), *columns_of_bodies(settings)])
    if not labels.num_rows:
        return schema.empty_table()
    vertices = vertices_of(job, chunk)
    rows = np.searchsorted(vertices.ordinal, column(labels, "ordinal"))
    mixed = (column(labels, "root").astype(np.uint64) * _SPREAD) >> _HIGH
    cells = pack_bodies(vertices, features_of(job, chunk), rows, settings)
    parts = part_column(mixed % np.uint64(num_parts))
    return pa.table({PART: parts, **cells}, schema=schema)


def _settle(job: Job, table: pa.Table) -> pa.Table:
    """Settle the components of a part; rows in the order of samples, as ties are decided by it."""
    table = table.take(pc.sort_indices(table, [("vertex", "ascending")]))
    settings = job.dedup
    with tempfile.TemporaryDirectory(prefix="assay-scaling-") as folder:
        path = Path(folder) / "features"
        unpack_features(table, settings).save(path)
        edges = list(find_duplicates([path], unpack_members(table), settings).iter_edges())
    vertex, best = column(table, "vertex"), column(table, "best")
    return pa.table(
        {
            "ordinal": vertex[[edge.dropped for edge in edges]] if edges else [],
            "kept": best[[edge.kept for edge in edges]] if edges else [],
            "method": [str(edge.method) for edge in edges],
            "context": [edge.context for edge in edges],
            "response": [edge.response for edge in edges],
        },
        schema=FATES_SCHEMA,
    )
