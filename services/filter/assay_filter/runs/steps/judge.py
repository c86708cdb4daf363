"""One chunk before the judge."""

import numpy as np
import orjson

from assay.audit.engine import reading
from assay.audit.recording import commit_chunk
from assay.audit.tasks import holding
from assay_filter.curation.judge_stage import JudgeTask, run_judge
from assay_filter.pipeline import build_rules
from assay_filter.rules.trunc_cap_pileup import Pileup
from assay_filter.runs.stages import Stage
from assay_filter.runs.steps.arrays import chunk_of
from assay_filter.runs.steps.work import Work


def judge_chunk(work: Work) -> None:
    """Judge a chunk and commit what was answered.

    Raises:
        JudgeBackendError: the judge is gone; nothing is committed.
        BudgetError: what was granted is spent; nothing is committed.
    """
    record = run_judge(judge_task(work))
    with holding(work.engine, work.claim) as connection:
        commit_chunk(connection, work.run_id, record, fence=work.fence)


def judge_task(work: Work) -> JudgeTask:
    """Return the pure task of a claim of stage `judge`."""
    claim, context = work.claim, work.context
    workspace, gathered = context.workspace, claim.body["fence"]
    with reading(work.engine) as connection:
        chunk = chunk_of(connection, work.run_id, Stage.RULES, claim.ordinal)
    firsts = np.load(workspace.part(Stage.GATHER, 0, gathered, "npy"), mmap_mode="r")
    own = np.arange(chunk.first_sample, chunk.first_sample + chunk.num_samples)
    mine = firsts[chunk.first_sample : chunk.first_sample + chunk.num_samples]
    pileups = orjson.loads(workspace.part(Stage.GATHER, 0, gathered, "json").read_bytes())
    rule = build_rules(context.pipeline).cap_pileup
    return JudgeTask(
        judge=work.judges(context),
        judge_version=context.record.judge_version,
        pipeline=context.pipeline_json,
        rubric=context.rubric_json,
        ordinal=claim.ordinal,
        first_sample=chunk.first_sample,
        rules_part=workspace.part(Stage.RULES, claim.ordinal, chunk.fence, "jsonl.zst"),
        to_judge=tuple(bool(x) for x in mine == own),
        cap_pileup=rule.settings if rule else None,
        pileups=tuple(Pileup(**pileup) for pileup in pileups),
        part=workspace.part(Stage.JUDGE, claim.ordinal, claim.fence, "jsonl.zst"),
        array=workspace.part(Stage.JUDGE, claim.ordinal, claim.fence, "npy"),
        features=workspace.part(Stage.JUDGE, claim.ordinal, claim.fence, "features"),
        poison=work.poison,
    )
