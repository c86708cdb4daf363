"""People's decisions on samples: new rows, never a change of what the run decided."""

from typing import NamedTuple

from sqlalchemy import Engine, func, insert, select

from assay.audit import tables
from assay.audit.recording import now, refusals
from assay.domain.errors import RunStateError

MAX_COMMENT_CHARS = 4000
DECISIONS = ("accept", "reject", "needs_fix")

sample, decision, review = tables.sample, tables.decision, tables.review


class Review(NamedTuple):
    """One review; the last one of a sample counts."""

    run_id: str
    ordinal: int
    seq: int
    reviewer: str
    decision: str
    comment: str | None
    created_at: str


def add_review(
    engine: Engine,
    run_id: str,
    ordinal: int,
    *,
    reviewer: str,
    said: str,
    comment: str | None,
) -> Review:
    """Store a review behind those that the sample has.

    Raises:
        RunStateError: the sample is not decided yet.
        AuditError: the database refused.
    """
    assert said in DECISIONS
    with refusals(f"a review of sample {ordinal} of run {run_id}"), engine.begin() as connection:
        connection.execute(  # another reviewer of this sample waits here
            select(sample.c.ordinal)
            .where(sample.c.run_id == run_id, sample.c.ordinal == ordinal)
            .with_for_update()
        )
        decided = select(decision.c.outcome).where(
            decision.c.run_id == run_id, decision.c.ordinal == ordinal
        )
        if connection.execute(decided).first() is None:
            raise RunStateError(f"expected a sample that run {run_id} has decided, found it open")
        last = connection.execute(
            select(func.max(review.c.seq)).where(
                review.c.run_id == run_id, review.c.ordinal == ordinal
            )
        ).scalar()
        seq = 0 if last is None else last + 1
        added = Review(run_id, ordinal, seq, reviewer, said, comment, now())
        connection.execute(insert(review).values(**added._asdict()))
    return added
