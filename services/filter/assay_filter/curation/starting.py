"""The start of a run: a new one, or an unfinished one to go on with."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import orjson
from sqlalchemy import Engine, make_url, select

from assay.audit import tables
from assay.audit.recording import RunRecord, Snapshot, start_run
from assay.datasets.sources import Source
from assay.domain.errors import RunStateError
from assay.domain.rubric import Rubric
from assay_filter.curation.workspace import RunMark, Workspace, mark_inputs
from assay_filter.pipeline import Pipeline, build_rules, describe_rules


@dataclass(frozen=True, slots=True)
class Request:
    """What the user asked for."""

    pipeline: Pipeline
    rubric: Rubric
    sources: Sequence[Source]
    judge: str
    judge_version: str
    database: str
    resume: bool
    seed: int = 0


def begin(request: Request, engine: Engine, workspace: Workspace) -> RunRecord:
    """Return the run to work on, and note it in the workspace and in the audit.

    Raises:
        RunStateError: the folder holds results or an unfinished run, and the request does not say
            what to do with them; or the unfinished run had other inputs or settings.
    """
    record = _record(request, str(workspace.out_dir))
    mark = workspace.read_mark()
    database = make_url(request.database).render_as_string()  # without a password
    if mark is not None and mark.database != database:
        raise RunStateError(
            f"expected the audit database {mark.database!r} that run {mark.run_id} was started "
            f"with, found {database!r}; give the same --db, or start again with --overwrite"
        )
    if mark is not None and _is_known(engine, mark.run_id):
        return _continue(request, record, mark, workspace)
    if workspace.is_done:
        raise RunStateError(
            f"expected {str(workspace.out_dir)!r} to be empty, found the results of a finished "
            "run; choose another --out, or replace them with --overwrite"
        )
    workspace.write_mark(
        RunMark(record.id, _settings_digest(record), database, mark_inputs(request.sources))
    )
    start_run(engine, record)
    return record


def _continue(
    request: Request, record: RunRecord, mark: RunMark, workspace: Workspace
) -> RunRecord:
    where = str(workspace.out_dir)
    if not request.resume:
        raise RunStateError(
            f"expected {where!r} to be free, found the unfinished run {mark.run_id}; go on with it "
            "with --resume, or start again with --overwrite"
        )
    if mark.config_sha256 != _settings_digest(record):
        raise RunStateError(
            f"expected the settings that run {mark.run_id} was started with, found others "
            "(pipeline, rubric, judge, seed or version of Assay); give the same, or start again "
            "with --overwrite"
        )
    found = mark_inputs(request.sources)
    if mark.inputs != found:
        changed = sorted({m.name for m in set(mark.inputs) ^ set(found)})
        raise RunStateError(
            f"expected the inputs that run {mark.run_id} was started with, found changes in "
            f"{changed}; restore them, or start again with --overwrite"
        )
    return replace(record, id=mark.run_id)


def _record(request: Request, out_dir: str) -> RunRecord:
    pipeline = request.pipeline.model_dump(mode="json")
    rules = describe_rules(build_rules(request.pipeline))
    return RunRecord(
        id=_new_run_id(),
        config=Snapshot("pipeline", _canonical(pipeline)),
        rubric=Snapshot("rubric", _canonical(request.rubric.model_dump(mode="json"))),
        rules=Snapshot("rules", rules),
        code_version=version("assay"),
        inputs=[source.name for source in request.sources],
        out_dir=str(Path(out_dir).absolute()),
        judge=request.judge,
        judge_version=request.judge_version,
        seed=request.seed,
    )


def _settings_digest(record: RunRecord) -> str:
    return Snapshot("run", record.genesis + record.code_version).sha256


def _canonical(body: object) -> str:
    option = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS
    return orjson.dumps(body, option=option).decode()


def _new_run_id() -> str:
    """Return a run id that sorts by time: UTC second and 4 random bytes."""
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(4)}"


def _is_known(engine: Engine, run_id: str) -> bool:
    with engine.connect() as connection:
        query = select(tables.run.c.id).where(tables.run.c.id == run_id)
        return connection.execute(query).first() is not None
