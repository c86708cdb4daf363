"""All chunks are decided: the outcome files are put together and the chain is closed."""

from collections.abc import Mapping
from typing import Any

from assay.audit.clock import milliseconds_of
from assay.audit.engine import reading
from assay.audit.recording import close_run, finish_run, seal
from assay.audit.tasks import TaskResult, add_tasks, holding, task_results
from assay_filter.curation.closing import Ending, publish, put_together
from assay_filter.runs.context import RunContext
from assay_filter.runs.stages import Stage, single
from assay_filter.runs.steps.work import Work

MILLISECONDS = 1000


def export(work: Work) -> None:
    """Put the outcome files together aside, close the chain over them, add stage `publish`."""
    closing = put_together(_ending(work, work.fence))
    genesis = work.context.record.genesis
    with holding(work.engine, work.claim) as connection:
        seal(connection, work.run_id, genesis, Stage.DECIDE)
        close_run(connection, work.run_id, genesis, closing)
        add_tasks(connection, work.run_id, [single(Stage.PUBLISH)])


def publish_results(work: Work) -> None:
    """Move the results to where the user looks for them, and end the run."""
    with reading(work.engine) as connection:
        (exported,) = task_results(connection, work.run_id, Stage.EXPORT).values()
    workspace = work.context.workspace
    if workspace.work_dir.exists() or not workspace.is_done:
        publish(_ending(work, exported.fence))
    with holding(work.engine, work.claim) as connection:
        finish_run(connection, work.run_id)


def _ending(work: Work, fence: int) -> Ending:
    context = work.context
    with reading(work.engine) as connection:
        (ingested,) = task_results(connection, work.run_id, Stage.INGEST).values()
        (linked,) = task_results(connection, work.run_id, Stage.LINK).values()
    return Ending(
        record=context.record,
        engine=work.engine,
        workspace=context.workspace,
        journal=work.journal(),
        fence=fence,
        output_format=context.request.output_format,
        inputs=ingested.result["inputs"],
        seconds=_seconds(work, ingested),
        index=linked.result.get("index"),
        evaluation=_evaluation(context),
        semantic=_semantic(work),
    )


def _evaluation(context: RunContext) -> Mapping[str, Any] | None:
    sets = context.request.evaluation
    if sets is None:
        return None
    return {"digest": sets.digest, "items": sets.num_items, "coverage": list(sets.coverage)}


def _semantic(work: Work) -> Mapping[str, Any] | None:
    settings = work.context.request.semantic
    if settings is None:
        return None
    with reading(work.engine) as connection:
        (compared,) = task_results(connection, work.run_id, Stage.COMPARE).values()
    return {**settings.conditions, **compared.result}


def _seconds(work: Work, ingested: TaskResult) -> Mapping[str, float]:
    """Return how long each stage took, by the clock of the database; pauses are in it."""
    with reading(work.engine) as connection:
        now = milliseconds_of(connection)
        (gathered,) = task_results(connection, work.run_id, Stage.GATHER).values()
        (linked,) = task_results(connection, work.run_id, Stage.LINK).values()
    began: dict[str, int] = {
        "rules": ingested.result["begun"],
        "judge": gathered.result["begun"],
        "decide": linked.result["begun"],
        "export": now,
    }
    spans = zip(list(began)[:-1], list(began.values())[:-1], list(began.values())[1:], strict=True)
    return {
        **{name: (end - begin) / MILLISECONDS for name, begin, end in spans},
        "dedup": linked.result["dedup"] / MILLISECONDS,
    }
