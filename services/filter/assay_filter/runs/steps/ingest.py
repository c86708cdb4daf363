"""Cuts the inputs into chunks of lines, the same for every run of them, and hands each on.

Rules work on the first chunks while the rest is still being read. A second attempt reads the inputs
again and skips the chunks that are known.
"""

import sys
import time
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from assay.audit import tables
from assay.audit.clock import milliseconds_of
from assay.audit.engine import reading
from assay.audit.recording import set_stage
from assay.audit.tasks import NewTask, add_tasks, holding, still_holding
from assay.datasets.expansion import Bounds
from assay.datasets.reading import Batches, read_batches
from assay.datasets.sources import Source
from assay.domain.errors import InputError
from assay_filter.curation.input_lines import write_lines
from assay_filter.runs.stages import Stage
from assay_filter.runs.steps.work import Work

MAX_BATCH_BYTES = 64 << 20
HAND_ON_SECONDS = 0.25  # new chunks reach the workers at least this often


def ingest(work: Work) -> None:
    """Write the chunks' line files and add the tasks of stage `rules`.

    Raises:
        InputError: an input cannot be read, or there is no line in any.
    """
    sources = work.context.request.files
    work.context.workspace.make()
    with reading(work.engine) as connection:
        begun = milliseconds_of(connection)
        known = set(_known(work))
    batches = read_batches(
        sources,
        rows_per_batch=work.context.pipeline.rows_per_chunk,
        max_batch_bytes=MAX_BATCH_BYTES,
        bounds=_bounds(work),
    )
    num_samples = _cut(work, batches, known)
    if not num_samples:
        raise InputError(
            f"expected samples in {[s.name for s in sources]}, found no line; check the inputs"
        )
    told = {"begun": begun, "samples": num_samples, "inputs": _digests(sources, batches)}
    with holding(work.engine, work.claim, result=told) as connection:
        set_stage(connection, work.run_id, Stage.RULES)


def _bounds(work: Work) -> Bounds | None:
    """Return how far inputs may expand; uploads were expanded once when they were taken."""
    max_expansion = work.context.request.max_expansion
    return None if max_expansion is None else Bounds(max_expansion, sys.maxsize)


def _known(work: Work) -> Sequence[int]:
    task = tables.task
    query = select(task.c.ordinal).where(
        task.c.run_id == work.run_id, task.c.stage == Stage.RULES.value
    )
    with reading(work.engine) as connection:
        return connection.execute(query).scalars().all()


def _cut(work: Work, batches: Batches, known: set[int]) -> int:
    first_sample = 0
    new: list[NewTask] = []
    handed_on = time.monotonic()
    for ordinal, batch in enumerate(batches):
        if ordinal not in known:
            path = work.context.workspace.part(Stage.INGEST, ordinal, work.fence, "lines.zst")
            write_lines(path, batch.lines)
            body: dict[str, Any] = {
                "first_sample": first_sample,
                "source": batch.source,
                "fence": work.fence,
            }
            new.append(NewTask(Stage.RULES, ordinal, Stage.RULES.rank, body))
        first_sample += len(batch.lines)
        if new and time.monotonic() - handed_on > HAND_ON_SECONDS:
            _hand_on(work, new)
            handed_on = time.monotonic()
    _hand_on(work, new)
    return first_sample


def _hand_on(work: Work, new: list[NewTask]) -> None:
    with still_holding(work.engine, work.claim) as connection:
        add_tasks(connection, work.run_id, new)
    new.clear()


def _digests(sources: Sequence[Source], batches: Batches) -> list[dict[str, Any]]:
    return [
        {"name": sources[i].name, "sha256": digest.sha256, "bytes": digest.num_bytes}
        for i, digest in sorted(batches.digests.items())
    ]
