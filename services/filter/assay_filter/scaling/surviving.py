"""Work on a chunk that may hold a sample which ends its process.

An engine repeats a task whose process died, as often as it takes. Each attempt leaves a byte in a
file until one succeeds. The third goes through the chunk sample by sample, as a worker of the queue
does, and puts the culprit into quarantine; the fifth gives up.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from assay.audit.rows import ChunkRecord
from assay.domain.errors import AssayError, RunStateError
from assay_filter.curation.judge_stage import JudgeTask
from assay_filter.curation.rules_stage import RulesTask
from assay_filter.runs.poison import find_poison
from assay_filter.runs.worker import MAX_ATTEMPTS
from assay_filter.scaling.job import Job

T = TypeVar("T", RulesTask, JudgeTask)


def survive(
    job: Job,
    stage: str,
    task: T,
    run: Callable[[T], ChunkRecord],
    *,
    try_one: Callable[[Any, int], None],
    positions: Sequence[int],
) -> ChunkRecord:
    """Return the record of a chunk.

    Args:
        job: the run.
        stage: its stage, `rules` or `judge`.
        task: the chunk's task.
        run: carries out the task.
        try_one: carries it out for one sample; for a child process.
        positions: the samples that the task works on.

    Raises:
        RunStateError: the task ended its process again although no sample does.
    """
    marks = job.place(task.ordinal, f"tried-{stage}-{task.ordinal:06d}")
    with marks.open("ab") as stream:
        stream.write(b".")
        attempt = stream.tell()
    if attempt > MAX_ATTEMPTS + 1:
        raise RunStateError(
            f"a worker process died {attempt - 1} times on chunk {task.ordinal} of stage {stage!r} "
            "(killed, or out of memory); give its machine more memory, then start again"
        )
    record = _run(task, run, attempt, lambda: find_poison(try_one, task, positions))
    marks.unlink(missing_ok=True)
    return record


def _run(
    task: T, run: Callable[[T], ChunkRecord], attempt: int, search: Callable[[], frozenset[int]]
) -> ChunkRecord:
    if attempt >= MAX_ATTEMPTS:
        return run(replace(task, poison=search()))
    try:
        return run(task)
    except AssayError:
        raise
    except Exception:  # noqa: BLE001  a sample's fault, most likely: it is looked for
        return run(replace(task, poison=search()))
