"""The start of a run on this machine: a new one, or an unfinished one to go on with."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from secrets import token_hex

import orjson
from sqlalchemy import Engine, make_url, select

from assay.audit import tables
from assay.audit.engine import reading
from assay.audit.recording import RunRecord, Snapshot, refusals, start_run
from assay.audit.tasks import SERVER, add_tasks, reset_tasks, task_results
from assay.datasets.sources import Source
from assay.domain.errors import RunStateError
from assay.domain.rubric import Rubric
from assay_filter.curation.journal import Journal
from assay_filter.curation.parts import digest_files
from assay_filter.curation.workspace import RunMark, Workspace, mark_inputs
from assay_filter.pipeline import Pipeline, build_rules, describe_rules
from assay_filter.runs.against import check_against
from assay_filter.runs.request import Evaluation, RunRequest, SourceFile
from assay_filter.runs.stages import Stage, single
from assay_filter.runs.steps.arrays import gathered_files
from assay_filter.semantic.settings import SemanticSettings


@dataclass(frozen=True, slots=True)
class Order:
    """What the user asked for."""

    pipeline: Pipeline
    rubric: Rubric
    sources: Sequence[Source]
    judge: str
    judge_version: str
    database: str
    resume: bool
    seed: int = 0
    output_format: str = "jsonl"
    index: bool = False
    against: tuple[str, ...] = ()
    evaluation: Evaluation | None = None
    semantic: SemanticSettings | None = None
    max_expansion: int | None = None


def begin(order: Order, engine: Engine, workspace: Workspace) -> str:
    """Return the id of the run to work on, and note it in the workspace and in the audit.

    Raises:
        RunStateError: the folder holds results or an unfinished run, and the order does not say
            what to do with them; or the unfinished run had other inputs or settings.
    """
    request = RunRequest(
        sources=tuple(SourceFile.of(source) for source in order.sources),
        output_format="parquet" if order.output_format == "parquet" else "jsonl",
        judge=order.judge,
        index=order.index,
        against=order.against,
        evaluation=order.evaluation,
        semantic=order.semantic,
        max_expansion=order.max_expansion,
    )
    record = make_record(
        pipeline=order.pipeline,
        rubric=order.rubric,
        request=request,
        out_dir=workspace.out_dir,
        judge_version=order.judge_version,
        seed=order.seed,
    )
    mark = workspace.read_mark()
    database = make_url(order.database).render_as_string()  # without a password
    if mark is not None and mark.database != database:
        raise RunStateError(
            f"expected the audit database {mark.database!r} that run {mark.run_id} was started "
            f"with, found {database!r}; give the same --db, or start again with --overwrite"
        )
    if mark is not None and _is_known(engine, mark.run_id):
        _continue(order, record, mark, engine, workspace)
        return mark.run_id
    if workspace.is_done:
        raise RunStateError(
            f"expected {str(workspace.out_dir)!r} to be empty, found the results of a finished "
            "run; choose another --out, or replace them with --overwrite"
        )
    workspace.write_mark(
        RunMark(record.id, _settings_digest(record), database, mark_inputs(order.sources))
    )
    enqueue(engine, record, request, state="running", home=None)
    return record.id


def enqueue(
    engine: Engine,
    record: RunRecord,
    request: RunRequest,
    *,
    state: str = "queued",
    home: str | None = SERVER,
    created_by: str | None = None,
) -> None:
    """Store a run with its first task: from here on workers see it.

    Raises:
        InputError: a run that this one is to be set against is not in the index.
        AuditError: the database refused; nothing was stored.
    """
    with refusals(f"run {record.id}"), engine.begin() as connection:
        check_against(connection, request.against)
        start_run(
            connection,
            record,
            state=state,
            request=request.model_dump(mode="json"),
            home=home,
            created_by=created_by,
        )
        add_tasks(connection, record.id, [single(Stage.INGEST)])


def make_record(
    *,
    pipeline: Pipeline,
    rubric: Rubric,
    request: RunRequest,
    out_dir: Path,
    judge_version: str,
    seed: int = 0,
) -> RunRecord:
    """Return the record of a new run; its id sorts by time."""
    rules = describe_rules(build_rules(pipeline))
    return RunRecord(
        id=f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{token_hex(4)}",
        config=Snapshot("pipeline", _canonical(pipeline.model_dump(mode="json"))),
        rubric=Snapshot("rubric", _canonical(rubric.model_dump(mode="json"))),
        rules=Snapshot("rules", rules),
        code_version=version("assay"),
        inputs=[source.name for source in request.sources],
        out_dir=str(out_dir.absolute()),
        judge=request.judge,
        judge_version=judge_version,
        seed=seed,
        conditions=request.conditions,
    )


def revive(engine: Engine, run_id: str) -> None:
    """Make a stopped run go on: its open tasks are free again, with all their attempts.

    Raises:
        AuditError: the database refused.
    """
    run = tables.run
    with refusals(f"the resume of run {run_id}"), engine.begin() as connection:
        reset_tasks(connection, run_id)
        connection.execute(
            run.update()
            .where(run.c.id == run_id, run.c.state != "done")
            .values(state="running", error=None, error_kind=None, retry_until=None)
        )


def _continue(
    order: Order, record: RunRecord, mark: RunMark, engine: Engine, workspace: Workspace
) -> None:
    where = str(workspace.out_dir)
    if not order.resume:
        raise RunStateError(
            f"expected {where!r} to be free, found the unfinished run {mark.run_id}; go on with it "
            "with --resume, or start again with --overwrite"
        )
    if mark.config_sha256 != _settings_digest(record):
        raise RunStateError(
            f"expected the settings that run {mark.run_id} was started with, found others "
            "(pipeline, rubric, judge, embedding server, seed or version of Assay); give the same, "
            "or start again with --overwrite"
        )
    found = mark_inputs(order.sources)
    if mark.inputs != found:
        changed = sorted({m.name for m in set(mark.inputs) ^ set(found)})
        raise RunStateError(
            f"expected the inputs that run {mark.run_id} was started with, found changes in "
            f"{changed}; restore them, or start again with --overwrite"
        )
    journal = Journal(engine, mark.run_id)
    if not journal.is_closed:
        journal.check_files(workspace)
        _check_gathered(engine, workspace, mark.run_id)
    revive(engine, mark.run_id)


def _check_gathered(engine: Engine, workspace: Workspace, run_id: str) -> None:
    """Refuse to go on over a damaged file of the step between rules and judge."""
    with reading(engine) as connection:
        gathered = task_results(connection, run_id, Stage.GATHER).values()
    for task in gathered:
        paths = gathered_files(workspace, task.fence)
        missing = [path.name for path in paths if not path.is_file()]
        if missing or digest_files(paths) != task.result["sha256"]:
            found = f"no {missing[0]}" if missing else "others"
            raise RunStateError(
                f"expected the files of stage 'gather' in {str(workspace.work_dir)!r} as they were "
                f"written, found {found}; the work folder was damaged: start again with --overwrite"
            )


def _settings_digest(record: RunRecord) -> str:
    return Snapshot("run", record.genesis + record.code_version).sha256


def _canonical(body: object) -> str:
    option = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS
    return orjson.dumps(body, option=option).decode()


def _is_known(engine: Engine, run_id: str) -> bool:
    with reading(engine) as connection:
        query = select(tables.run.c.id).where(tables.run.c.id == run_id)
        return connection.execute(query).first() is not None
