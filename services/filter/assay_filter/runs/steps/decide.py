"""One chunk to its end."""

from assay.audit.engine import reading
from assay.audit.recording import commit_chunk
from assay.audit.tasks import holding
from assay_filter.curation.decide_stage import DecideTask, run_decide
from assay_filter.curation.linking import read_copies, read_links
from assay_filter.curation.similar import ChunkSimilar, read_similar
from assay_filter.runs.stages import Stage
from assay_filter.runs.steps.arrays import chunk_of
from assay_filter.runs.steps.work import Work


def decide_chunk(work: Work) -> None:
    """End every sample of a chunk, write its lines, commit."""
    record = run_decide(decide_task(work))
    with holding(work.engine, work.claim) as connection:
        commit_chunk(connection, work.run_id, record, fence=work.fence)


def decide_task(work: Work) -> DecideTask:
    """Return the pure task of a claim of stage `decide`."""
    claim, context = work.claim, work.context
    workspace, linked = context.workspace, claim.body["fence"]
    with reading(work.engine) as connection:
        screened = chunk_of(connection, work.run_id, Stage.RULES, claim.ordinal)
        judged = chunk_of(connection, work.run_id, Stage.JUDGE, claim.ordinal)
    links = read_links(workspace.part(Stage.LINK, claim.ordinal, linked, "links.zst"))
    return DecideTask(
        ordinal=claim.ordinal,
        first_sample=judged.first_sample,
        file=context.request.sources[screened.source].name,
        judge=context.record.judge,
        rubric=context.record.rubric.sha256,
        rules_part=workspace.part(Stage.RULES, claim.ordinal, screened.fence, "jsonl.zst"),
        judge_part=workspace.part(Stage.JUDGE, claim.ordinal, judged.fence, "jsonl.zst"),
        part=workspace.part(Stage.DECIDE, claim.ordinal, claim.fence, "lines"),
        copies=read_copies(workspace.part(Stage.LINK, claim.ordinal, linked, "copies.zst")),
        outcomes=links.outcomes,
        judged_as=links.judged_as,
        links=links.links,
        guarded=links.guarded,
        kept_names=links.kept_names,
        earlier=links.earlier,
        similar=_similar(work),
    )


def _similar(work: Work) -> ChunkSimilar | None:
    compared = work.claim.body.get("compared")
    if compared is None:
        return None
    path = work.context.workspace.part(Stage.COMPARE, work.claim.ordinal, compared, "z")
    return read_similar(path)
