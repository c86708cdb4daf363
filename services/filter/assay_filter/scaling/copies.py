"""Exact copies over the whole run: a group-by on the exact key, in parts of keys.

25 bytes an open sample travel to the part of its key, and 16 bytes back for each sample that has a
copy: its first open copy in the order of samples, whose judgement it shares.
"""

from collections.abc import Sequence
from functools import partial

import numpy as np
import pyarrow as pa

from assay_filter.curation.copies import first_copies
from assay_filter.curation.parts import RULES_DTYPE, read_array
from assay_filter.runs.stages import Stage
from assay_filter.scaling.flow import PART, Flow, R, column
from assay_filter.scaling.job import ChunkAt, Job, part_column
from assay_filter.scaling.mail import deliver, items_of
from assay_filter.scaling.stages import COPIES, COPIES_SCHEMA

_KEYS = pa.schema(
    [
        (PART, pa.int64()),
        ("high", pa.uint64()),
        ("low", pa.uint64()),
        ("ordinal", pa.int64()),
    ]
)


def find_copies(flow: Flow[R], job: Job, chunks: Sequence[ChunkAt]) -> list[ChunkAt]:
    """Tell each chunk the first open copies of those of its samples that have copies."""
    keys = flow.spread(items_of(chunks), partial(_emit, job))
    copies = flow.regroup(keys, _group, num_parts=job.num_parts)
    return deliver(flow, copies, job, chunks, COPIES)


def _emit(job: Job, item: bytes) -> pa.Table:
    chunk = ChunkAt.from_json(item)
    array = read_array(chunk.path(job, Stage.RULES, "npy"))
    positions = np.flatnonzero(array["open"])
    low = array["key_low"][positions]
    return pa.table(
        {
            PART: part_column(low % np.uint64(job.num_parts)),
            "high": array["key_high"][positions],
            "low": low,
            "ordinal": chunk.own[positions],
        },
        schema=_KEYS,
    )


def _group(table: pa.Table) -> pa.Table:
    """Return the samples of groups of more than one, each with the first of its group."""
    ordinals = column(table, "ordinal")
    order = np.argsort(ordinals)
    array = np.zeros(len(order), RULES_DTYPE)
    array["key_high"], array["key_low"] = column(table, "high")[order], column(table, "low")[order]
    array["open"] = True
    firsts = first_copies(array)
    has_copies = np.bincount(firsts, minlength=len(firsts))[firsts] > 1
    return pa.table(
        {
            "ordinal": ordinals[order][has_copies],
            "first": ordinals[order][firsts[has_copies]],
        },
        schema=COPIES_SCHEMA,
    )
