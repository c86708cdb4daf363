"""The endpoints of samples: list, tell, review, count, compare, delete."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Annotated, Any

import anyio
import orjson
from fastapi import APIRouter, Path, Query, Request, Response

from assay.audit.redaction import MAX_REASON_CHARS, Warrant
from assay.domain.errors import AuditError, InputError, OutputError, RunStateError
from assay.web.bodies import read_json_body
from assay.web.openapi import json_body, problem_responses
from assay.web.problems import (
    INVALID_REQUEST,
    UNAUTHORIZED,
    FieldError,
    Kind,
    ProblemError,
    invalid,
)
from assay_filter.comparing.comparison import page_of_flips, summarise
from assay_filter.comparing.flips import flip_body
from assay_filter.service.asking import read_envelope
from assay_filter.service.parts import Parts, caller_of, without_paths
from assay_filter.service.problems import (
    READING_KINDS,
    RUN_NOT_FINISHED,
    RUN_NOT_FOUND,
    RUN_STATE,
    STORAGE_FULL,
    refused,
)
from assay_filter.service.run_routes import RunId, known_run
from assay_filter.service.sample_queries import (
    MAX_PAGE,
    SampleFilter,
    page_of_samples,
    resolve,
    split_address,
)
from assay_filter.service.sample_removals import delete_run, delete_sample
from assay_filter.service.sample_reviews import add_review
from assay_filter.service.sample_schemas import (
    REVIEW_EXAMPLES,
    DiffPage,
    Outcome,
    ReviewBody,
    ReviewRequest,
    RunDeleted,
    SampleDeleted,
    SampleList,
    SampleStory,
    StatsBody,
)
from assay_filter.service.sample_stats import Statistics
from assay_filter.service.sample_stories import story_body

SAMPLE_NOT_FOUND = Kind(404, "sample-not-found", "No sample is called so")
AMBIGUOUS_SAMPLE = Kind(409, "ambiguous-sample", "Several rows are called so")
AUDIT_BREACH = Kind(409, "audit-breach", "The audit does not fit its chain")
MAX_LABEL_CHARS = 500
DEFAULT_REASON = "requested through the API"
KEPT_SUMMARIES = 64

Name = Annotated[
    str,
    Path(description="a sample_id, a user's id, FILE:LINE or RUN:FILE:LINE", max_length=1000),
]
OfRun = Annotated[str | None, Query(description="of this run alone", max_length=80)]
Label = Annotated[str | None, Query(max_length=MAX_LABEL_CHARS)]
Points = Annotated[float | None, Query(ge=1, le=5, description="points, 1 to 5")]
Reason = Annotated[
    str,
    Query(
        min_length=1,
        max_length=MAX_REASON_CHARS,
        description="why; it stays readable for ever, so name no person in it",
    ),
]
Limit = Annotated[int, Query(ge=1, le=MAX_PAGE)]
Cursor = Annotated[str | None, Query(max_length=120, description="`next_cursor` of the last page")]


def sample_routes(parts: Parts) -> APIRouter:
    """Return the endpoints of samples, statistics, comparison and deletion."""
    router = APIRouter(prefix="/v1", tags=["samples"])
    # The longer path first: a name may hold slashes.
    _add_review(router, parts)
    _add_reading(router, parts)
    _add_deletion(router, parts)
    _add_figures(router, parts)
    return router


def _add_reading(router: APIRouter, parts: Parts) -> None:
    @router.get(
        "/samples",
        summary="List samples, newest run first",
        response_model=SampleList,
        responses=problem_responses((UNAUTHORIZED, INVALID_REQUEST, RUN_NOT_FOUND)),
    )
    def list_samples(
        run: OfRun = None,
        outcome: Outcome | None = None,
        rule: Label = None,
        source: Label = None,
        type: Label = None,
        language: Label = None,
        min_overall: Points = None,
        max_overall: Points = None,
        q_id: Annotated[str | None, Query(max_length=1000, description="a sample's name")] = None,
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> Response:
        if run is not None:
            known_run(parts, run)
        low, high = _thousandths(min_overall), _thousandths(max_overall)
        wanted = SampleFilter(run, outcome, rule, source, type, language, low, high, q_id)
        _refuse_nul(run=run, rule=rule, source=source, type=type, language=language, q_id=q_id)
        with _bad_cursor(cursor):
            page = page_of_samples(parts.engine, wanted, cursor=cursor, limit=limit)
        return _page(page.samples, page.cursor)

    @router.get(
        "/samples/{name:path}",
        summary="Tell everything about a sample",
        response_model=SampleStory,
        responses=problem_responses((UNAUTHORIZED, INVALID_REQUEST, SAMPLE_NOT_FOUND)),
    )
    def tell_sample(name: Name, run: OfRun = None) -> Response:
        (run_id, ordinal), *others = _called(parts, name, run)
        rows = [f"{other_run}:{at}" for other_run, at in others]
        return _json({**story_body(parts.engine, run_id, ordinal), "others": rows})


def _add_review(router: APIRouter, parts: Parts) -> None:
    @router.post(
        "/samples/{name:path}/review",
        summary="Store a person's decision; the run's own stays",
        status_code=201,
        response_model=ReviewBody,
        responses=problem_responses(
            (*READING_KINDS, SAMPLE_NOT_FOUND, AMBIGUOUS_SAMPLE, RUN_STATE)
        ),
        openapi_extra=json_body(ReviewRequest, REVIEW_EXAMPLES),
    )
    async def review(name: Name, request: Request) -> Response:
        asked = read_envelope(ReviewRequest, await read_json_body(request))
        _refuse_nul(comment=asked.comment, run=asked.run)
        caller = caller_of(request)
        body = await anyio.to_thread.run_sync(_review, parts, name, asked, caller)
        return Response(orjson.dumps(body), status_code=201, media_type="application/json")


def _add_deletion(router: APIRouter, parts: Parts) -> None:
    kinds = (UNAUTHORIZED, INVALID_REQUEST, RUN_STATE, AUDIT_BREACH, STORAGE_FULL)

    @router.delete(
        "/samples/{name:path}",
        summary="Remove what a sample said, from all runs or from one",
        response_model=SampleDeleted,
        responses=problem_responses((*kinds, SAMPLE_NOT_FOUND)),
    )
    def remove_sample(
        request: Request, name: Name, run: OfRun = None, reason: Reason = DEFAULT_REASON
    ) -> Response:
        _called(parts, name, run)
        with _removal_problems(parts):
            name, run = split_address(parts.engine, name, run)
            warrant = Warrant(caller_of(request), reason)
            return _json(delete_sample(parts, name, run, warrant))

    @router.delete(
        "/runs/{run_id}",
        summary="Remove a stopped run's results and all that its samples said",
        response_model=RunDeleted,
        responses=problem_responses((*kinds, RUN_NOT_FOUND)),
    )
    def remove_run(request: Request, run_id: RunId, reason: Reason = DEFAULT_REASON) -> Response:
        known_run(parts, run_id)
        with _removal_problems(parts):
            return _json(delete_run(parts, run_id, Warrant(caller_of(request), reason)))


def _add_figures(router: APIRouter, parts: Parts) -> None:
    statistics = Statistics(parts.engine)

    @lru_cache(maxsize=KEPT_SUMMARIES)
    def summary_of(before: str, after: str) -> dict[str, Any]:  # of finished runs: never another
        return summarise(parts.engine, before, after)

    @router.get(
        "/stats",
        summary="Figures of a run, or of all",
        response_model=StatsBody,
        responses=problem_responses((UNAUTHORIZED, INVALID_REQUEST, RUN_NOT_FOUND)),
    )
    def stats(run: OfRun = None) -> Response:
        if run is None:
            return _json(statistics.of_all())
        is_done = known_run(parts, run).state == "done"
        return _json(statistics.of_run(run, is_done=is_done))

    @router.get(
        "/runs/{run_id}/diff/{other_id}",
        summary="Samples that two finished runs put into different outcomes",
        response_model=DiffPage,
        responses=problem_responses(
            (UNAUTHORIZED, INVALID_REQUEST, RUN_NOT_FOUND, RUN_NOT_FINISHED)
        ),
    )
    def diff(run_id: RunId, other_id: RunId, cursor: Cursor = None, limit: Limit = 50) -> Response:
        for known in (run_id, other_id):
            if known_run(parts, known).state != "done":
                raise refused(RUN_NOT_FINISHED, f"expected completed runs, found {known} open")
        with _bad_cursor(cursor):
            page = page_of_flips(parts.engine, (run_id, other_id), cursor=cursor, limit=limit)
        summary = summary_of(run_id, other_id) if cursor is None else None
        return _page([flip_body(flip) for flip in page.flips], page.cursor, summary=summary)


def _called(parts: Parts, name: str, run: str | None) -> list[tuple[str, int]]:
    _refuse_nul(name=name, run=run)
    try:
        return resolve(parts.engine, name, run)
    except AuditError:
        raise refused(
            SAMPLE_NOT_FOUND,
            "expected a sample_id (6 characters or more), an id of yours or a row address such as "
            f"data.jsonl:12, found no sample called {name[:80]!r}",
        ) from None


def _review(parts: Parts, name: str, asked: ReviewRequest, caller: str) -> dict[str, Any]:
    found = _called(parts, name, asked.run)
    if len(found) > 1:
        raise refused(
            AMBIGUOUS_SAMPLE,
            f"expected one row of run {asked.run}, found {len(found)} that are called "
            f"{name[:80]!r}; name its row address, FILE:LINE",
        )
    ((run_id, ordinal),) = found
    try:
        added = add_review(
            parts.engine,
            run_id,
            ordinal,
            reviewer=caller,
            said=asked.decision,
            comment=asked.comment,
        )
    except RunStateError as exc:
        raise refused(RUN_STATE, str(exc)) from None
    body = added._asdict()
    return {"object": "review", "run": body.pop("run_id"), **body}


@contextmanager
def _removal_problems(parts: Parts) -> Iterator[None]:
    try:
        yield
    except RunStateError as exc:
        raise refused(RUN_STATE, str(exc)) from None
    except InputError as exc:
        raise ProblemError(invalid([FieldError("", "a removal", str(exc)[:200])])) from None
    except AuditError as exc:
        raise refused(AUDIT_BREACH, str(exc)) from None
    except OutputError as exc:
        raise refused(STORAGE_FULL, without_paths(str(exc), parts.store)) from None


@contextmanager
def _bad_cursor(cursor: str | None) -> Iterator[None]:
    try:
        yield
    except InputError:
        found = repr(cursor)[:80]
        raise ProblemError(invalid([FieldError("/query/cursor", "a cursor", found)])) from None


def _thousandths(points: float | None) -> int | None:
    return None if points is None else round(points * 1000)


def _refuse_nul(**texts: str | None) -> None:
    """Refuse NUL, which PostgreSQL has no text with."""
    for name, text in texts.items():
        if text is not None and "\0" in text:
            raise ProblemError(invalid([FieldError(f"/{name}", "text without NUL", "NUL")]))


def _page(data: Any, cursor: str | None, **more: Any) -> Response:
    body = {"object": "list", "data": data, "has_more": cursor is not None, "next_cursor": cursor}
    return _json({**body, **more})


def _json(body: object) -> Response:
    return Response(orjson.dumps(body), media_type="application/json")
