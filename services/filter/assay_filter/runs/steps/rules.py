"""One chunk through the rules."""

from assay.audit.recording import commit_chunk
from assay.audit.tasks import holding
from assay_filter.curation.input_lines import read_lines
from assay_filter.curation.rules_stage import RulesTask, run_rules
from assay_filter.runs.stages import Stage
from assay_filter.runs.steps.work import Work


def screen_chunk(work: Work) -> None:
    """Screen a chunk and commit what was found."""
    record = run_rules(rules_task(work))
    with holding(work.engine, work.claim) as connection:
        commit_chunk(connection, work.run_id, record, fence=work.fence)


def _evaluation(work: Work) -> tuple[str, str] | None:
    sets = work.context.request.evaluation
    return None if sets is None else (sets.path, sets.settings)


def rules_task(work: Work) -> RulesTask:
    """Return the pure task of a claim of stage `rules`."""
    claim, context = work.claim, work.context
    body = claim.body
    return RulesTask(
        pipeline=context.pipeline_json,
        ordinal=claim.ordinal,
        first_sample=body["first_sample"],
        source=body["source"],
        file=context.request.sources[body["source"]].name,
        lines=read_lines(
            context.workspace.part(Stage.INGEST, claim.ordinal, body["fence"], "lines.zst")
        ),
        part=context.workspace.part(Stage.RULES, claim.ordinal, claim.fence, "jsonl.zst"),
        array=context.workspace.part(Stage.RULES, claim.ordinal, claim.fence, "npy"),
        poison=work.poison,
        evaluation=_evaluation(work),
    )
