"""Samples as the API lists them: a page at a time, at a bounded cost.

Order: newest run first, then rows in the order of the input. A page looks at so many rows only, so
that no filter, however rare its matches, keeps the database busy: such a page is short, or empty,
and yet has a cursor. Columns come from a fixed list and values are bound; nothing of a request
becomes SQL. No index beyond the primary keys is needed: they hold rows in the order of pages.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson
from sqlalchemy import ColumnElement, Connection, Engine, Row, and_, func, or_, select

from assay.audit import tables
from assay.audit.engine import reading
from assay.audit.story import find_samples
from assay.domain.errors import AuditError, InputError

MAX_PAGE = 200
MAX_SCANNED = 50_000  # rows of samples that one page looks at
MAX_RUNS = 20  # that one page looks at
MAX_ORDINAL_DIGITS = 12
STAGES = ("rules", "judge", "decide")

sample, decision, event, review = tables.sample, tables.decision, tables.event, tables.review


@dataclass(frozen=True, slots=True)
class SampleFilter:
    """What samples to list; None: whatever. Overall scores in thousandths of a point.

    `rule` is a rule that spoke of the sample, or a reason of its decision; `name` a sample_id (or
    its first characters), a user's id or a row address.
    """

    run_id: str | None = None
    outcome: str | None = None
    rule: str | None = None
    source: str | None = None
    type: str | None = None
    language: str | None = None
    min_overall: int | None = None
    max_overall: int | None = None
    name: str | None = None


class SamplePage(NamedTuple):
    """Some samples; `cursor` asks for the next page, None at the end."""

    samples: Sequence[dict[str, Any]]
    cursor: str | None


class _Place(NamedTuple):
    """Where a page goes on: behind this row."""

    run_id: str
    ordinal: int

    def __str__(self) -> str:
        return f"{self.run_id}.{self.ordinal}"


def page_of_samples(
    engine: Engine,
    wanted: SampleFilter,
    *,
    cursor: str | None = None,
    limit: int = 50,
    max_scanned: int = MAX_SCANNED,
) -> SamplePage:
    """Return the next samples that pass a filter.

    Raises:
        InputError: the cursor is none of ours.
    """
    assert 1 <= limit <= MAX_PAGE and max_scanned >= 1
    if wanted.name is not None:
        return SamplePage(_called(engine, wanted, wanted.name), None)
    begin = _place_of(cursor)
    if begin is not None and wanted.run_id not in (None, begin.run_id):
        raise InputError(f"expected a cursor of run {wanted.run_id}, found one of another run")
    rows: list[Row[Any]] = []
    with reading(engine) as connection:
        for run_id in _runs(connection, wanted.run_id, begin):
            after = begin.ordinal if begin is not None and begin.run_id == run_id else -1
            last = _last_ordinal(connection, run_id)
            end = min(after + max_scanned, last)
            rows += _rows(connection, wanted, run_id, (after, end), limit - len(rows))
            if len(rows) == limit:
                end = rows[-1].ordinal
            max_scanned -= end - after
            if len(rows) == limit or max_scanned <= 0:
                return SamplePage(_bodies(rows), str(_Place(run_id, end)))
        more = _next_run(connection, wanted.run_id, begin)
    return SamplePage(_bodies(rows), None if more is None else str(_Place(more, -1)))


def resolve(engine: Engine, name: str, run_id: str | None) -> list[tuple[str, int]]:
    """Return (run, ordinal) of the samples called `name`, newest run first.

    Raises:
        AuditError: no sample is called so.
    """
    name, run_id = split_address(engine, name, run_id)
    return find_samples(engine, name, run_id=run_id, limit=MAX_PAGE)


def split_address(engine: Engine, name: str, run_id: str | None) -> tuple[str, str | None]:
    """Return the run and what is left of a name `RUN:FILE:LINE`; other names stay as they are."""
    prefix, colon, rest = name.partition(":")
    if not colon or run_id not in (None, prefix):
        return name, run_id
    with reading(engine) as connection:
        query = select(tables.run.c.id).where(tables.run.c.id == prefix)
        is_run = connection.execute(query).first() is not None
    return (rest, prefix) if is_run else (name, run_id)


def _called(engine: Engine, wanted: SampleFilter, name: str) -> list[dict[str, Any]]:
    try:
        found = resolve(engine, name, wanted.run_id)
    except AuditError:  # nothing is called so: an empty page
        return []
    with reading(engine) as connection:
        rows = [
            row
            for run_id, ordinal in found
            for row in _rows(connection, wanted, run_id, (ordinal - 1, ordinal), 1)
        ]
    return _bodies(rows)


def _runs(connection: Connection, run_id: str | None, begin: _Place | None) -> Iterator[str]:
    """Yield the runs of a page, newest first, from the one that it goes on in."""
    if run_id is not None:
        yield run_id
        return
    run = tables.run
    query = select(run.c.id).order_by(run.c.created_at.desc(), run.c.id.desc()).limit(MAX_RUNS)
    if begin is not None:
        query = query.where(_is_from(connection, begin.run_id))
    yield from connection.execute(query).scalars().all()


def _next_run(connection: Connection, run_id: str | None, begin: _Place | None) -> str | None:
    """Return the run that follows those of a page, where there are more than it looks at."""
    if run_id is not None:
        return None
    run = tables.run
    query = select(run.c.id).order_by(run.c.created_at.desc(), run.c.id.desc())
    if begin is not None:
        query = query.where(_is_from(connection, begin.run_id))
    found: str | None = connection.execute(query.offset(MAX_RUNS).limit(1)).scalar()
    return found


def _is_from(connection: Connection, run_id: str) -> ColumnElement[bool]:
    """Whether a run stands at this one or behind it in the list."""
    run = tables.run
    begun = connection.execute(select(run.c.created_at).where(run.c.id == run_id)).scalar()
    if begun is None:
        raise InputError(f"expected a cursor of this list, found one of run {run_id!r:.80}")
    same = and_(run.c.created_at == begun, run.c.id <= run_id)
    return or_(run.c.created_at < begun, same)


def _last_ordinal(connection: Connection, run_id: str) -> int:
    query = select(func.max(sample.c.ordinal)).where(sample.c.run_id == run_id)
    last = connection.execute(query).scalar()
    return -1 if last is None else int(last)


def _rows(
    connection: Connection, wanted: SampleFilter, run_id: str, span: tuple[int, int], limit: int
) -> Sequence[Row[Any]]:
    """Return the rows of a run behind the first and up to the last ordinal that pass a filter."""
    after, end = span
    reviewed = (
        select(review.c.decision)
        .where(review.c.run_id == sample.c.run_id, review.c.ordinal == sample.c.ordinal)
        .order_by(review.c.seq.desc())
        .limit(1)
        .scalar_subquery()
    )
    query = (
        select(
            *(sample.c[name] for name in _SAMPLE_COLUMNS),
            *(decision.c[name] for name in _DECISION_COLUMNS),
            reviewed.label("review"),
        )
        .outerjoin(
            decision,
            and_(decision.c.run_id == sample.c.run_id, decision.c.ordinal == sample.c.ordinal),
        )
        .where(sample.c.run_id == run_id, sample.c.ordinal > after, sample.c.ordinal <= end)
        .where(*_conditions(wanted, run_id, span))
        .order_by(sample.c.ordinal)
        .limit(limit)
    )
    rows: list[Any] = list(connection.execute(query))
    return rows


_SAMPLE_COLUMNS = (
    "run_id",
    "ordinal",
    "sample_id",
    "file",
    "line",
    "user_id",
    "format",
    "type",
    "language",
    "source",
    "num_tokens",
)
_DECISION_COLUMNS = ("outcome", "overall", "basis", "reasons")


def _conditions(
    wanted: SampleFilter, run_id: str, span: tuple[int, int]
) -> Iterator[ColumnElement[bool]]:
    if wanted.outcome is not None:
        yield decision.c.outcome == wanted.outcome
    for name in ("source", "type", "language"):
        value = getattr(wanted, name)
        if value is not None:
            yield sample.c[name] == value
    if wanted.min_overall is not None:
        yield decision.c.overall >= wanted.min_overall
    if wanted.max_overall is not None:
        yield decision.c.overall <= wanted.max_overall
    if wanted.rule is not None:
        spoken = select(event.c.ordinal).where(
            event.c.run_id == run_id,
            event.c.stage.in_(STAGES),
            event.c.ordinal > span[0],
            event.c.ordinal <= span[1],
            event.c.rule == wanted.rule,
        )
        reason = decision.c.reasons.contains(f'"{wanted.rule}"', autoescape=True)
        yield or_(sample.c.ordinal.in_(spoken), reason)


def _bodies(rows: Sequence[Row[Any]]) -> list[dict[str, Any]]:
    return [
        {
            "run": row.run_id,
            "ordinal": row.ordinal,
            "sample_id": row.sample_id,
            "row": f"{row.file}:{row.line}",
            "id": row.user_id,
            "format": row.format,
            "type": row.type,
            "language": row.language,
            "source": row.source,
            "num_tokens": row.num_tokens,
            "outcome": row.outcome,
            "overall": None if row.overall is None else row.overall / 1000,
            "basis": row.basis,
            "reasons": [] if row.reasons is None else orjson.loads(row.reasons),
            "review": row.review,
        }
        for row in rows
    ]


def _place_of(cursor: str | None) -> _Place | None:
    if cursor is None:
        return None
    run_id, dot, ordinal = cursor.rpartition(".")
    digits = ordinal.removeprefix("-")
    if not dot or not run_id or not (digits.isascii() and digits.isdecimal()):
        raise InputError(f"expected a cursor of this list, found {cursor!r:.80}")
    if len(digits) > MAX_ORDINAL_DIGITS:
        raise InputError(f"expected a cursor of this list, found {cursor!r:.80}")
    return _Place(run_id, int(ordinal))
