"""Compact arrays over a whole run, put together from its chunks' files."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import orjson
from sqlalchemy import Connection, select

from assay.audit import tables
from assay_filter.curation.journal import Journal
from assay_filter.curation.parts import read_array
from assay_filter.curation.workspace import Workspace
from assay_filter.runs.stages import Stage


def stage_arrays(
    workspace: Workspace, journal: Journal, stage: Stage, dtype: "np.dtype[Any]"
) -> "np.ndarray[Any, Any]":
    """Return a stage's arrays over the run, in sample order."""
    arrays = [
        read_array(workspace.part(stage, chunk.ordinal, chunk.fence, "npy"))
        for chunk in journal.chunks(stage)
    ]
    return np.concatenate(arrays) if arrays else np.zeros(0, dtype)


def gathered_files(workspace: Workspace, fence: int) -> tuple[Path, Path]:
    """Return the files of stage `gather`: the array of first copies, and the pile-ups found."""
    array, found = (workspace.part(Stage.GATHER, 0, fence, suffix) for suffix in ("npy", "json"))
    return array, found


def embedded_files(workspace: Workspace, ordinal: int, fence: int) -> tuple[Path, Path]:
    """Return the files of a chunk of stage `embed`: its vectors, and whose they are."""
    vectors, rows = (workspace.part(Stage.EMBED, ordinal, fence, suffix) for suffix in ("npy", "z"))
    return vectors, rows


class ChunkAt(NamedTuple):
    """Where a committed chunk stands; `source` is the position of its input (stage `rules`)."""

    first_sample: int
    num_samples: int
    fence: int
    source: int


def chunk_of(connection: Connection, run_id: str, stage: Stage, ordinal: int) -> ChunkAt:
    """Return a committed chunk."""
    chunk = tables.chunk
    query = select(chunk.c.first_sample, chunk.c.num_samples, chunk.c.fence, chunk.c.summary)
    row = connection.execute(
        query.where(
            chunk.c.run_id == run_id, chunk.c.stage == stage.value, chunk.c.ordinal == ordinal
        )
    ).one()
    source = orjson.loads(row.summary).get("source", 0)
    return ChunkAt(row.first_sample, row.num_samples, row.fence, source)
