"""Two runs side by side: both are read in order of sample_id and joined by merging.

Equal contents of one run are told apart by the order of their occurrence, so the key of a row is
(sample_id, occurrence). The database sorts; here a row of each side is held at a time.
"""

from collections.abc import Generator, Iterator
from itertools import count
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import Connection, Row, Select, select

from assay.audit import tables

BATCH = 2000
START: "Key" = ("", 0)

Key: TypeAlias = tuple[str, int]  # sample_id, and which of the equal contents: 0, 1, ...


class Placed(NamedTuple):
    """Where one run put a sample; `overall` in thousandths, `reasons` a JSON list."""

    key: Key
    ordinal: int
    source: str | None
    outcome: str
    overall: int | None
    reasons: str
    judged_as: int  # ordinal of the sample whose judgement it has: its own, or an exact copy's


Pair: TypeAlias = tuple[Placed | None, Placed | None]


def placed_samples(
    connection: Connection, run_id: str, after: Key = START
) -> Generator[Placed, None, None]:
    """Yield the samples of a run in order of their keys, those beyond `after`.

    Who stops early closes the generator, for the database holds a cursor for it.
    """
    query = _query(run_id, after[0])
    last, occurrences = "", count()
    with connection.execute(query, execution_options={"yield_per": BATCH}) as rows:
        for row in rows:
            if row.sample_id != last:
                last, occurrences = row.sample_id, count()
            key = (row.sample_id, next(occurrences))
            if key > after:
                yield _placed(row, key)


def align(left: Iterator[Placed], right: Iterator[Placed]) -> Iterator[Pair]:
    """Yield what both sides hold under each key, None where a side lacks it, in order of keys."""
    one, other = next(left, None), next(right, None)
    while one is not None or other is not None:
        if other is None or (one is not None and one.key < other.key):
            yield one, None
            one = next(left, None)
        elif one is None or other.key < one.key:
            yield None, other
            other = next(right, None)
        else:
            yield one, other
            one, other = next(left, None), next(right, None)


def _query(run_id: str, first: str) -> Select[Any]:
    sample, decision = tables.sample, tables.decision
    return (
        select(
            sample.c.sample_id,
            sample.c.ordinal,
            sample.c.source,
            decision.c.outcome,
            decision.c.overall,
            decision.c.reasons,
            decision.c.judged_as,
        )
        .join(
            decision,
            (decision.c.run_id == sample.c.run_id) & (decision.c.ordinal == sample.c.ordinal),
        )
        .where(sample.c.run_id == run_id, sample.c.sample_id >= first)
        .order_by(sample.c.sample_id, sample.c.ordinal)
    )


def _placed(row: Row[Any], key: Key) -> Placed:
    return Placed(
        key,
        row.ordinal,
        row.source,
        row.outcome,
        row.overall,
        row.reasons,
        row.ordinal if row.judged_as is None else row.judged_as,
    )
