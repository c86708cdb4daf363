"""The kept samples of one chunk before the embedding server, where a run has the semantic tier."""

from dataclasses import asdict

from assay.audit.engine import reading
from assay.audit.tasks import holding
from assay.domain.verdict import Outcome
from assay_filter.curation.embed_stage import EmbedTask, run_embed
from assay_filter.curation.judge_stage import OUTCOMES
from assay_filter.curation.linking import read_links
from assay_filter.runs.stages import Stage
from assay_filter.runs.steps.arrays import chunk_of, embedded_files
from assay_filter.runs.steps.work import Work
from assay_filter.semantic.http_embedder import HttpEmbedder
from assay_filter.semantic.settings import EmbeddingSettings

_KEPT = frozenset(OUTCOMES.index(outcome) for outcome in (Outcome.ACCEPTED, Outcome.BORDERLINE))


def embed_chunk(work: Work) -> None:
    """Embed a chunk's kept samples; nothing of it enters the audit yet.

    Raises:
        EmbeddingError: the server gave no usable answer; nothing is committed.
    """
    settings = work.context.request.semantic
    assert settings is not None, "only runs with the semantic tier have this stage"
    embedder = HttpEmbedder(settings, EmbeddingSettings().api_key)
    told = asdict(run_embed(_embed_task(work), embedder))
    with holding(work.engine, work.claim, result=told):
        pass  # its files are all it leaves


def _embed_task(work: Work) -> EmbedTask:
    claim, workspace = work.claim, work.context.workspace
    with reading(work.engine) as connection:
        screened = chunk_of(connection, work.run_id, Stage.RULES, claim.ordinal)
        judged = chunk_of(connection, work.run_id, Stage.JUDGE, claim.ordinal)
    links = read_links(workspace.part(Stage.LINK, claim.ordinal, claim.body["fence"], "links.zst"))
    first = judged.first_sample
    is_out = links.links.keys() | links.earlier.keys()
    vectors, rows = embedded_files(workspace, claim.ordinal, claim.fence)
    return EmbedTask(
        first_sample=first,
        kept=[o in _KEPT and first + at not in is_out for at, o in enumerate(links.outcomes)],
        rules_part=workspace.part(Stage.RULES, claim.ordinal, screened.fence, "jsonl.zst"),
        judge_part=workspace.part(Stage.JUDGE, claim.ordinal, judged.fence, "jsonl.zst"),
        vectors=vectors,
        rows=rows,
    )
