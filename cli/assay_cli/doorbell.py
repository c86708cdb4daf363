"""Makes the doorbell of a server, with the time that a task of each stage may take."""

from celery import Celery

from assay.queue.celery import CeleryDoorbell
from assay_filter.runs.poison import MAX_POISON, SAMPLE_SECONDS
from assay_filter.runs.stages import Stage
from assay_filter.runs.worker import TASK_SECONDS

WHOLE_RUN_SECONDS = 12 * 3600  # of a step that the engine itself does not limit


def make_doorbell(app: Celery) -> CeleryDoorbell:
    """Return the doorbell; a process that takes longer is killed, and its task tried again.

    This is the last resort: the engine ends work that stands still by itself, and earlier.
    """
    return CeleryDoorbell(app, {stage.value: limit_of(stage) for stage in Stage})


def limit_of(stage: Stage) -> int:
    """Return for how many seconds one task of a stage may go on.

    Of a chunk: what the engine allows it, and as much again for the search for samples that end
    their worker, each of which may take its own time.
    """
    allowed = TASK_SECONDS.get(stage)
    if allowed is None:
        return WHOLE_RUN_SECONDS
    return round(2 * allowed + MAX_POISON * SAMPLE_SECONDS)
