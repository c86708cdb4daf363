"""Pairs that only the guard keeps apart: where both stay and read alike, both stay and are flagged.

A pair goes to the chunk of its worse sample, then to that of its better one; what does not stay
takes the pair out. Then the features of both meet, and the pair is verified as on one machine. Each
sample is flagged with the best of those that it reads like.
"""

import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from assay_filter.dedup.corpus import Corpus
from assay_filter.dedup.engine import by_preference
from assay_filter.dedup.verify import DIFFERENT, Limits, compare_pairs
from assay_filter.scaling.bodies import (
    columns_of_bodies,
    pack_bodies,
    unpack_features,
    unpack_members,
)
from assay_filter.scaling.families import FATES, FATES_SCHEMA
from assay_filter.scaling.flow import PART, Flow, R, column
from assay_filter.scaling.job import ChunkAt, Job, part_column
from assay_filter.scaling.mail import deliver, items_of, read_mail
from assay_filter.scaling.settings import LINKED_BYTES, Sizes
from assay_filter.scaling.stages import FLAGS, FLAGS_SCHEMA
from assay_filter.scaling.vertices import Vertices, features_of, vertices_of

SUSPECTS, DOUBTED = "suspects", "doubted"  # mail of the worse sample, and of the better one
_PAIR = pa.schema([("ordinal", pa.int64()), ("other", pa.int64())])
NOBODY = -1


def flag_suspects(
    flow: Flow[R], job: Job, chunks: Sequence[ChunkAt], pairs: R, sizes: Sizes
) -> list[ChunkAt]:
    """Tell each chunk which of its samples read like another one that stays.

    Args:
        flow: the engine.
        job: the run.
        chunks: with the fates of their vertices.
        pairs: columns `ordinal` (the worse) and `other` (the better); used more than once.
        sizes: how the work is cut.
    """
    num_pairs = flow.count(pairs)
    if num_pairs == 0:
        return list(chunks)
    chunks = deliver(flow, flow.alter(pairs, _select), job, chunks, SUSPECTS)
    doubted = flow.spread(items_of(chunks), partial(_turn, job))
    chunks = deliver(flow, doubted, job, chunks, DOUBTED)
    num_parts = sizes.parts_for(LINKED_BYTES * num_pairs)
    bodies = flow.spread(items_of(chunks), partial(_emit, job, num_parts))
    flags = flow.regroup(bodies, partial(_verify, job), num_parts=num_parts)
    return deliver(flow, flags, job, chunks, FLAGS)


def _select(table: pa.Table) -> pa.Table:
    return table.select(_PAIR.names).cast(_PAIR)


def _staying(job: Job, chunk: ChunkAt, name: str) -> NDArray[np.int64]:
    """Return the distinct pairs of a kind of mail whose own sample stays, a pair a row."""
    mail = read_mail(job, chunk, name, _PAIR)
    pairs = np.stack([column(mail, "ordinal"), column(mail, "other")], axis=1)
    fates = read_mail(job, chunk, FATES, FATES_SCHEMA)
    distinct = np.unique(pairs, axis=0)
    staying: NDArray[np.int64] = distinct[~np.isin(distinct[:, 0], column(fates, "ordinal"))]
    return staying


def _turn(job: Job, item: bytes) -> pa.Table:
    pairs = _staying(job, ChunkAt.from_json(item), SUSPECTS)
    return pa.table({"ordinal": pairs[:, 1], "other": pairs[:, 0]}, schema=_PAIR)


def _schema(job: Job) -> pa.Schema:
    return pa.schema([(PART, pa.int64()), *columns_of_bodies(job.dedup), ("other", pa.int64())])


def _emit(job: Job, num_parts: int, item: bytes) -> pa.Table:
    """Send the worse samples to their part, and the better ones to each part that needs them.

    A row with features has no `other`; a pair is a row without features.
    """
    chunk = ChunkAt.from_json(item)
    worse, better = _staying(job, chunk, SUSPECTS), _staying(job, chunk, DOUBTED)
    if not len(worse) and not len(better):
        return _schema(job).empty_table()
    ours = np.unique(worse[:, 0])
    wanted = np.unique(np.stack([better[:, 0], better[:, 1] % num_parts], axis=1), axis=0)
    vertices = vertices_of(job, chunk)
    bodies = _bodies(
        job,
        chunk,
        vertices,
        np.concatenate([ours, wanted[:, 0]]),
        np.concatenate([ours % num_parts, wanted[:, 1]]),
    )
    pairs = pa.table(
        {PART: part_column(better[:, 1] % num_parts), "vertex": better[:, 0], "other": better[:, 1]}
    )
    return pa.concat_tables([bodies, pairs], promote_options="default").select(_schema(job).names)


def _bodies(
    job: Job,
    chunk: ChunkAt,
    vertices: Vertices,
    ordinals: NDArray[np.int64],
    parts: NDArray[np.int64],
) -> pa.Table:
    rows = np.searchsorted(vertices.ordinal, ordinals)
    cells = pack_bodies(vertices, features_of(job, chunk), rows, job.dedup)
    others = np.full(len(rows), NOBODY)
    return pa.table({PART: part_column(parts), **cells, "other": others}, schema=_schema(job))


def _verify(job: Job, table: pa.Table) -> pa.Table:
    settings = job.dedup
    has_body = pc.equal(table["other"], NOBODY)
    bodies, pairs = table.filter(has_body), table.filter(pc.invert(has_body))
    if not pairs.num_rows:
        return FLAGS_SCHEMA.empty_table()
    vertex, rows = np.unique(column(bodies, "vertex"), return_index=True)
    bodies = bodies.take(pa.array(rows))
    local = np.searchsorted(
        vertex, np.stack([column(pairs, "vertex"), column(pairs, "other")], axis=1)
    )
    similarities = _compare(job, bodies, local)
    found = local[similarities[:, 0] != DIFFERENT]
    members, exact = unpack_members(bodies), unpack_features(bodies, settings).exact
    order = by_preference(members, exact)
    places = np.empty(len(order), np.int64)
    places[order] = np.arange(len(order))
    found = found[np.lexsort((places[found[:, 0]], found[:, 1]))]
    _, first = np.unique(found[:, 1], return_index=True)
    best = column(bodies, "best")
    return pa.table(
        {"ordinal": best[found[first, 1]], "other": best[found[first, 0]]}, schema=FLAGS_SCHEMA
    )


def _compare(job: Job, bodies: pa.Table, pairs: NDArray[np.int64]) -> NDArray[np.int64]:
    settings, count = job.dedup, bodies.num_rows
    limits = Limits(round(settings.threshold * 1000), settings.short_answer_changes)
    with tempfile.TemporaryDirectory(prefix="assay-scaling-") as folder:
        path = Path(folder) / "features"
        unpack_features(bodies, settings).save(path)
        corpus = Corpus([path], settings)
        texts = corpus.texts(
            np.arange(count), unpack_members(bodies).language, np.ones(count, bool)
        )
        return compare_pairs(texts, pairs, limits)
