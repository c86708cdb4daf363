"""Judgements on their way into the audit and back; a judgement read again decides the same."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, Row, select

from assay.audit import tables
from assay.audit.rows import RowCells
from assay.domain.judgement import Judgement, Usage

SQL_BATCH = 500
COLUMNS = frozenset(("judge", "version", "turn", "basis"))  # stored in columns of their own
OWN_COLUMNS = COLUMNS | {"scores", "defects", "raw", "usage"}


def judgement_row(ordinal: int, judgement: Judgement) -> RowCells:
    """Return the cells of table `judgement` for one judgement."""
    spreads = {n: s.spread for n, s in judgement.scores.items() if s.spread is not None}
    defects = [d.model_dump(mode="json") for d in judgement.defects]
    return (
        ordinal,
        judgement.turn,
        judgement.judge,
        judgement.version,
        judgement.basis,
        _dump({name: s.score for name, s in judgement.scores.items()}),
        _dump(spreads) if spreads else None,
        _dump(defects) if defects else None,
        _dump(judgement.raw) if judgement.raw else None,
        None,
        None,
    )


def detail_row(
    ordinal: int, judgement: Judgement, before_repair: Judgement | None = None
) -> RowCells | None:
    """Return the cells of table `judgement_detail`, or None when there is nothing more to tell."""
    body = judgement.model_dump(mode="json", exclude_defaults=True, exclude=set(OWN_COLUMNS))
    distributions = {
        name: {
            key: value
            for key, value in score.model_dump(mode="json", exclude_defaults=True).items()
            if key in ("entropy", "mass", "distribution")
        }
        for name, score in judgement.scores.items()
    }
    distributions = {name: value for name, value in distributions.items() if value}
    if distributions:
        body["distributions"] = distributions
    if before_repair is not None:
        body["before_repair"] = before_repair.model_dump(mode="json", exclude={"usage"})
    return (ordinal, judgement.turn, _dump(body)) if body else None


def load_judgements(
    connection: Connection, run_id: str, ordinals: Sequence[int]
) -> dict[int, list[Judgement]]:
    """Return the judgements of some samples of a run, by ordinal, in the order of turns."""
    judged, detail = tables.judgement, tables.judgement_detail
    found: dict[int, list[Judgement]] = {ordinal: [] for ordinal in ordinals}
    for start in range(0, len(ordinals), SQL_BATCH):
        batch = list(ordinals[start : start + SQL_BATCH])
        details = {
            (row.ordinal, row.turn): orjson.loads(row.body)
            for row in connection.execute(
                select(detail).where(detail.c.run_id == run_id, detail.c.ordinal.in_(batch))
            )
        }
        for row in connection.execute(
            select(judged)
            .where(judged.c.run_id == run_id, judged.c.ordinal.in_(batch))
            .order_by(judged.c.ordinal, judged.c.turn)
        ):
            found[row.ordinal].append(judgement_of(row, details.get((row.ordinal, row.turn), {})))
    return found


def judgement_of(row: Row[Any], detail: Mapping[str, Any]) -> Judgement:
    """Return the judgement that a row and its detail hold."""
    spreads = orjson.loads(row.spreads) if row.spreads else {}
    distributions = detail.get("distributions", {})
    scores = {
        name: {"score": score, "spread": spreads.get(name), **distributions.get(name, {})}
        for name, score in orjson.loads(row.scores).items()
    }
    more = {k: v for k, v in detail.items() if k not in ("distributions", "before_repair")}
    return Judgement.model_validate(
        {
            **{name: getattr(row, name) for name in COLUMNS},
            "scores": scores,
            "defects": orjson.loads(row.defects) if row.defects else (),
            "raw": orjson.loads(row.raw) if row.raw else (),
            **more,
        }
    )


def sum_usage(
    judgements: Sequence[Judgement], more: Sequence[Usage] = ()
) -> tuple[int, str] | None:
    """Return how many judgements told their cost, and the sum of it (and of `more`) as JSON."""
    usages = [j.usage for j in judgements if j.usage is not None]
    if not usages:
        return None
    return len(usages), sum((*usages, *more), Usage()).model_dump_json()


def load_cost(connection: Connection, run_id: str) -> dict[str, Any] | None:
    """Return what judging a run has cost, chunks added up; None where no judge told its cost.

    What a stopped attempt used before its chunk was committed is not in it.
    """
    expense = tables.expense
    total, num_judgements = Usage(), 0
    for row in connection.execute(
        select(expense.c.num_judgements, expense.c.usage).where(expense.c.run_id == run_id)
    ):
        total += Usage.model_validate_json(row.usage)
        num_judgements += row.num_judgements
    return {"judgements": num_judgements, **total.model_dump()} if num_judgements else None


def _dump(body: object) -> str:
    return orjson.dumps(body).decode()
