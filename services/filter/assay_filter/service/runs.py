"""Makes runs from requests: everything is checked first, then stored in one transaction.

A run that was accepted can be begun: its files are there, its pipeline builds, its judge has
answered. The run, its first task, the files it reads and the answer to a repeated request come to
be together or not at all. The broker is told last; if it is away, a sweeper tells it later.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias, TypeVar

import orjson
from pydantic import BaseModel, ValidationError
from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import DatabaseError

from assay.audit import tables
from assay.audit.recording import RunRecord, start_run
from assay.audit.service_tables import submission
from assay.audit.tasks import SERVER, add_tasks
from assay.domain.errors import ConfigError, InputError, JudgeBackendError
from assay.domain.rubric import Rubric
from assay.queue.doorbell import DoorbellError
from assay.web.problems import FieldError, ProblemError, fields_of, invalid, shown
from assay_filter.curation.workspace import Workspace
from assay_filter.pipeline import Pipeline, build_rules
from assay_filter.runs.against import check_against
from assay_filter.runs.control import RunSummary
from assay_filter.runs.dispatch import dispatch
from assay_filter.runs.request import Evaluation, RunRequest, SourceFile
from assay_filter.runs.stages import Stage, single
from assay_filter.runs.starting import make_record
from assay_filter.runs.watching import RunState
from assay_filter.semantic.settings import SemanticSettings
from assay_filter.service.files import use_files
from assay_filter.service.idempotency import Answer, Claim
from assay_filter.service.parts import Parts
from assay_filter.service.problems import INVALID_CONFIGURATION, JUDGE_UNREACHABLE, told
from assay_filter.service.run_bodies import Note, run_body

T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)

INLINE = "(inline)"
UNCHECKED = "unchecked"  # version of a judge that did not answer, where that was not asked for


@dataclass(frozen=True, slots=True)
class Choice:
    """What a request chose, apart from its samples."""

    pipeline: Pipeline
    pipeline_name: str
    rubric: Rubric
    rubric_name: str
    judge: str
    seed: int
    output_format: str
    index: bool = False
    against: tuple[str, ...] = ()
    evaluation: Evaluation | None = None
    semantic: SemanticSettings | None = None


NOT_BEGUN = RunState("queued", Stage.INGEST, None, None, {}, {Stage.INGEST: 1}, {})


@dataclass(frozen=True, slots=True)
class Order:
    """A checked request; `file_ids` are the uploads among the sources."""

    choice: Choice
    record: RunRecord
    request: RunRequest
    file_ids: Sequence[str]
    metadata: Mapping[str, str]
    caller: str


AnswerMaker: TypeAlias = Callable[[Connection, Order, RunSummary], Answer]


def choose_pipeline(parts: Parts, asked: str | Mapping[str, object] | None) -> tuple[Pipeline, str]:
    """Return the pipeline of a request and its name.

    Raises:
        ProblemError: 422, there is none of this name, or it is not valid.
    """
    if not isinstance(asked, Mapping):
        name = asked or parts.settings.default_pipeline
        return _named(parts.pipelines, name, "/pipeline"), name
    pipeline = _parsed(Pipeline, asked, "/pipeline")
    try:
        build_rules(pipeline)
    except ConfigError as exc:
        raise told(INVALID_CONFIGURATION, exc) from None
    return pipeline, INLINE


def choose_rubric(parts: Parts, asked: str | Mapping[str, object] | None) -> tuple[Rubric, str]:
    """Return the rubric of a request and its name.

    Raises:
        ProblemError: 422, there is none of this name, or it is not valid.
    """
    if not isinstance(asked, Mapping):
        name = asked or parts.settings.default_rubric
        return _named(parts.rubrics, name, "/rubric"), name
    return _parsed(Rubric, asked, "/rubric"), INLINE


def plan(parts: Parts, choice: Choice, *, check_judge: bool) -> tuple[RunRecord, RunRequest]:
    """Return the record of a new run, without sources, and its request.

    Raises:
        ProblemError: 422 there is no such judge, 503 it cannot be reached.
    """
    try:
        name, version = parts.judges.describe(choice.judge, choice.rubric)
    except ConfigError as exc:
        raise told(INVALID_CONFIGURATION, exc) from None
    except JudgeBackendError as exc:
        if check_judge:
            raise told(JUDGE_UNREACHABLE, exc) from None
        name, version = choice.judge, UNCHECKED
    request = RunRequest(
        sources=(),
        output_format="parquet" if choice.output_format == "parquet" else "jsonl",
        judge=choice.judge,
        patience_seconds=parts.settings.patience_seconds,
        index=choice.index,
        against=choice.against,
        evaluation=choice.evaluation,
        semantic=choice.semantic,
    )
    record = make_record(
        pipeline=choice.pipeline,
        rubric=choice.rubric,
        request=request,
        out_dir=parts.store.root,
        judge_version=version,
        seed=choice.seed,
    )
    out_dir = str(parts.store.run_dir(record.id).absolute())
    return replace(record, judge=name, out_dir=out_dir), request


def with_sources(
    record: RunRecord, request: RunRequest, sources: Sequence[SourceFile]
) -> tuple[RunRecord, RunRequest]:
    """Return record and request of a run with what it reads; each name stands once."""
    seen: dict[str, int] = {}
    named = []
    for source in sources:
        seen[source.name] = number = seen.get(source.name, 0) + 1
        name = source.name if number == 1 else f"{source.name} ({number})"
        named.append(source.model_copy(update={"name": name}))
    request = request.model_copy(update={"sources": tuple(named)})
    return replace(record, inputs=[source.name for source in named]), request


def submit(
    parts: Parts, order: Order, claim: Claim | None, answer_to: AnswerMaker | None = None
) -> Answer:
    """Make a run and return the answer to its request.

    Args:
        parts: the service.
        order: what to make.
        claim: the Idempotency-Key that the answer is kept under.
        answer_to: makes the answer, within the transaction; None: the run itself.

    Raises:
        ProblemError: 404, one of its files was deleted meanwhile.
    """
    workspace = Workspace.of_run(order.record.out_dir)
    workspace.export_dir.mkdir(parents=True)
    try:
        with parts.engine.begin() as connection:
            add_run(connection, order)
            summary = _fresh(connection, order.record, order.caller)
            answer = (answer_to or _accepted)(connection, order, summary)
            if claim is not None:
                claim.keep(connection, answer)
    except BaseException:
        workspace.remove_work()
        workspace.out_dir.rmdir()
        raise
    ring(parts)
    return answer


def add_run(connection: Connection, order: Order) -> None:
    """Store a run, its first task, what it reads and what its request said.

    Raises:
        ProblemError: 422, a run that it is to be set against is not in the index.
    """
    try:
        check_against(connection, order.request.against)
    except InputError as exc:
        raise told(INVALID_CONFIGURATION, exc) from None
    start_run(
        connection,
        order.record,
        state="queued",
        request=order.request.model_dump(mode="json"),
        home=SERVER,
        created_by=order.caller,
    )
    use_files(connection, order.record.id, order.file_ids)
    add_tasks(connection, order.record.id, [single(Stage.INGEST)])
    connection.execute(
        insert(submission).values(
            run_id=order.record.id,
            pipeline=order.choice.pipeline_name,
            rubric=order.choice.rubric_name,
            metadata=orjson.dumps(dict(order.metadata)).decode(),
        )
    )


def ring(parts: Parts) -> None:
    """Tell the broker of free tasks; one that is away is told by the sweeper later."""
    if parts.doorbell is None:
        return
    try:
        dispatch(parts.engine, parts.doorbell)
    except (DoorbellError, DatabaseError) as exc:
        parts.log.warning("doorbell.silent", error=type(exc).__name__)


def _accepted(_connection: Connection, order: Order, summary: RunSummary) -> Answer:
    note = Note(order.choice.pipeline_name, order.choice.rubric_name, order.metadata)
    body = orjson.dumps(run_body(summary, NOT_BEGUN, note))
    return Answer(202, body, {"location": f"/v1/runs/{summary.id}"})


def _fresh(connection: Connection, record: RunRecord, caller: str) -> RunSummary:
    """Return a run that was just made, within the transaction that makes it."""
    run = tables.run
    created_at = connection.execute(select(run.c.created_at).where(run.c.id == record.id))
    return RunSummary(
        id=record.id,
        state=NOT_BEGUN.name,
        stage=NOT_BEGUN.stage,
        judge=record.judge,
        judge_version=record.judge_version,
        inputs=tuple(record.inputs),
        created_at=created_at.scalar_one(),
        created_by=caller,
        finished_at=None,
        counts=None,
        error=None,
        error_kind=None,
        config_sha256=record.config.sha256,
        rubric_sha256=record.rubric.sha256,
        chain_head=None,
        out_dir=record.out_dir,
    )


def _named(known: Mapping[str, T], name: str, pointer: str) -> T:
    found = known.get(name)
    if found is None:
        raise ProblemError(
            invalid([FieldError(pointer, f"one of {', '.join(known)}", shown(name))])
        )
    return found


def _parsed(model: type[M], body: Mapping[str, object], pointer: str) -> M:
    try:
        return model.model_validate(body)
    except ValidationError as exc:
        wrong = fields_of(exc.errors(include_url=False, include_context=False))
        placed = [error._replace(field=pointer + error.field) for error in wrong]
        raise ProblemError(invalid(placed)) from None
