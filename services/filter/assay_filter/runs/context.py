"""What a worker knows of a run: its record, configuration and folder, read from the audit once."""

from dataclasses import dataclass

import orjson
from sqlalchemy import Connection, Engine, select

from assay.audit import tables
from assay.audit.engine import reading
from assay.audit.recording import RunRecord, Snapshot
from assay.domain.errors import RunStateError
from assay.domain.rubric import Rubric
from assay_filter.curation.verdicts import Policy
from assay_filter.curation.workspace import Workspace
from assay_filter.pipeline import Pipeline
from assay_filter.runs.request import RunRequest


@dataclass(frozen=True, slots=True)
class RunContext:
    """One run; `pipeline_json` and `rubric_json` are what pure tasks are given."""

    record: RunRecord
    request: RunRequest
    pipeline: Pipeline
    rubric: Rubric
    workspace: Workspace

    @property
    def run_id(self) -> str:
        return self.record.id

    @property
    def pipeline_json(self) -> str:
        return self.record.config.body

    @property
    def rubric_json(self) -> str:
        return self.record.rubric.body

    @property
    def policy(self) -> Policy:
        """What verdicts of this run are made by, apart from the rubric."""
        return Policy(self.pipeline.accept_without_score, self.pipeline.on_bad_turn)


def load_context(engine: Engine, run_id: str) -> RunContext:
    """Read a run.

    Raises:
        RunStateError: there is no such run, or an older Assay began it.
    """
    with reading(engine) as connection:
        run = connection.execute(select(tables.run).where(tables.run.c.id == run_id)).first()
        if run is None or run.request is None:
            found = "none" if run is None else "one that an older Assay began"
            raise RunStateError(f"expected a run {run_id!r} to work on, found {found}")
        config = _snapshot(connection, run.config_sha256)
        rubric = _snapshot(connection, run.rubric_sha256)
        rules = _snapshot(connection, run.rules_sha256)
    request = RunRequest.model_validate_json(run.request)
    record = RunRecord(
        id=run.id,
        config=config,
        rubric=rubric,
        rules=rules,
        code_version=run.code_version,
        inputs=[entry["name"] for entry in orjson.loads(run.inputs)],
        out_dir=run.out_dir,
        judge=run.judge,
        judge_version=run.judge_version,
        seed=run.seed,
        conditions=run.conditions,
    )
    return RunContext(
        record=record,
        request=request,
        pipeline=Pipeline.model_validate_json(config.body),
        rubric=Rubric.model_validate_json(rubric.body),
        workspace=Workspace.of_run(run.out_dir),
    )


def _snapshot(connection: Connection, sha256: str) -> Snapshot:
    snapshot = tables.config_snapshot
    row = connection.execute(select(snapshot).where(snapshot.c.sha256 == sha256)).one()
    return Snapshot(row.kind, row.body)
