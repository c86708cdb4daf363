"""Replays stored judgements of a run under another rubric; no judge is asked.

Every sample that was judged is decided twice, under the rubric of its run and under the other one,
from the judgements and rule events in the audit. The first replay must give what was stored, or the
audit and the code do not fit. Deduplication is not replayed: which of two near copies survives may
depend on verdicts, so duplicates are counted apart.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import orjson
from pydantic import BaseModel
from sqlalchemy import Connection, Engine, Row, select

from assay.audit import tables
from assay.audit.engine import reading
from assay.audit.tombstones import redacted_samples
from assay.configs import parse_config
from assay.domain.errors import AuditError, InputError
from assay.domain.rubric import Rubric
from assay.domain.verdict import Outcome, Verdict
from assay_filter.curation.judgement_rows import load_judgements
from assay_filter.curation.verdicts import Policy, decide_sample, outcome_of
from assay_filter.pipeline import Pipeline

M = TypeVar("M", bound=BaseModel)

BATCH = 500


@dataclass(frozen=True, slots=True)
class Flip:
    """One sample whose verdict would be another."""

    sample_id: str
    row: str
    user_id: str | None
    outcome: str  # where the run put it
    before: Verdict
    after: Verdict


@dataclass(slots=True)
class Replay:
    """Sums over a run; `moves` counts (verdict before, verdict after) of samples replayed.

    `num_unjudged` are samples that the rules closed or that are in error: no rubric changes them.
    """

    run_id: str
    num_samples: int = 0
    num_unjudged: int = 0
    num_duplicates: int = 0
    num_duplicates_flipped: int = 0
    moves: Counter[tuple[str, str]] = field(default_factory=Counter)
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    @property
    def num_flips(self) -> int:
        """How many samples would end elsewhere."""
        return sum(n for (before, after), n in self.moves.items() if before != after)


@dataclass(frozen=True, slots=True)
class _Stored:
    """What a run was decided by."""

    rubric: Rubric
    policy: Policy


def redecide(engine: Engine, run_id: str, rubric: Rubric, replay: Replay) -> Iterator[Flip]:
    """Yield the samples of a run that another rubric would decide otherwise, in sample order.

    `replay` is filled on the way and complete when the iteration ends.

    Raises:
        InputError: there is no such run, or it is not finished.
        AuditError: the stored judgements do not give the stored decisions.
    """
    with reading(engine) as connection:
        stored = _stored(connection, run_id)
        replay.notes += _notes(connection, run_id, stored.rubric, rubric)
        for rows in _decisions(connection, run_id):
            yield from _replay_batch(connection, run_id, rows, stored, rubric, replay)


def _stored(connection: Connection, run_id: str) -> _Stored:
    run = connection.execute(select(tables.run).where(tables.run.c.id == run_id)).first()
    if run is None:
        raise InputError(f"expected a run, found none called {run_id!r:.80}; see the manifest")
    if run.state != "done":
        raise InputError(
            f"expected a finished run, found {run_id} {run.state}; finish it with --resume first"
        )
    pipeline = _read(Pipeline, _snapshot(connection, run.config_sha256), f"pipeline of {run_id}")
    rubric = _read(Rubric, _snapshot(connection, run.rubric_sha256), f"rubric of {run_id}")
    return _Stored(rubric, Policy(pipeline.accept_without_score, pipeline.on_bad_turn))


def _read(model: type[M], body: str, where: str) -> M:
    """Parse a stored configuration; one that an older Assay wrote may not fit any more."""
    return parse_config(model, orjson.loads(body), f"the {where}, as stored,")


def _snapshot(connection: Connection, sha256: str) -> str:
    snapshot = tables.config_snapshot
    query = select(snapshot.c.body).where(snapshot.c.sha256 == sha256)
    body: str = connection.execute(query).scalar_one()
    return body


def _notes(connection: Connection, run_id: str, old: Rubric, new: Rubric) -> list[str]:
    """Return what a replay cannot know."""
    notes = []
    judge = connection.execute(
        select(tables.run.c.judge).where(tables.run.c.id == run_id)
    ).scalar_one()
    added = sorted(set(new.dimensions) - set(old.dimensions))
    if added:
        notes.append(
            f"nobody scored {', '.join(added)} in this run: it counts as not applicable; judge "
            "again to have it"
        )
    asked = sorted(set(new.checks) - set(old.checks))
    if asked:
        notes.append(f"nobody asked the checks {', '.join(asked)} in this run; judge again")
    if judge != "evidence" and old.judging_digest != new.judging_digest and not (added or asked):
        notes.append(
            "the texts of the two rubrics differ: the scores were given under the old ones; judge "
            "again to have them under the new"
        )
    return notes


def _decisions(connection: Connection, run_id: str) -> Iterator[Sequence[Row[Any]]]:
    """Yield decisions with their samples, batch by batch in sample order."""
    sample, decision = tables.sample, tables.decision
    last = -1
    while True:
        rows = connection.execute(
            select(decision, sample.c.sample_id, sample.c.user_id, sample.c.file, sample.c.line)
            .join(
                sample,
                (sample.c.run_id == decision.c.run_id) & (sample.c.ordinal == decision.c.ordinal),
            )
            .where(decision.c.run_id == run_id, decision.c.ordinal > last)
            .order_by(decision.c.ordinal)
            .limit(BATCH)
        ).all()
        if not rows:
            return
        last = rows[-1].ordinal
        yield rows


def _replay_batch(
    connection: Connection,
    run_id: str,
    rows: Sequence[Row[Any]],
    stored: _Stored,
    rubric: Rubric,
    replay: Replay,
) -> Iterator[Flip]:
    sources = {row.ordinal: _source(row) for row in rows}
    judgements = load_judgements(connection, run_id, sorted(set(sources.values())))
    own = _rules(connection, run_id, list(sources), "rules")
    corpus = _rules(connection, run_id, sorted(set(sources.values())), "judge")
    gone = redacted_samples(connection, run_id, set(sources.values()))
    for row in rows:
        replay.num_samples += 1
        if sources[row.ordinal] in gone:  # its judgement was removed with its text
            replay.num_unjudged += 1
            continue
        said, more = own.get(row.ordinal, {}), corpus.get(sources[row.ordinal], {})
        drops = [*said.get("drop", ()), *more.get("drop", ())]
        if said.get("drop") or said.get("error") or more.get("error"):
            replay.num_unjudged += 1
            continue
        caps = [*said.get("flag", ()), *more.get("flag", ())]
        judged = judgements[sources[row.ordinal]]
        before, after = (
            decide_sample(judged, r, stored.policy, drops=drops, caps=caps).verdict
            for r in (stored.rubric, rubric)
        )
        _check(row, before)
        flip = _count(replay, row, before, after)
        if flip is not None:
            yield flip


def _source(row: Row[Any]) -> int:
    """Return the ordinal whose judgement a sample has: its own, or that of its exact copy."""
    return int(row.ordinal if row.judged_as is None else row.judged_as)


def _rules(
    connection: Connection, run_id: str, ordinals: Sequence[int], stage: str
) -> dict[int, dict[str, list[str]]]:
    """Return ordinal -> action -> ids of the rules that took it."""
    event = tables.event
    said: dict[int, dict[str, list[str]]] = {}
    for start in range(0, len(ordinals), BATCH):
        for row in connection.execute(
            select(event.c.ordinal, event.c.action, event.c.rule).where(
                event.c.run_id == run_id,
                event.c.stage == stage,
                event.c.ordinal.in_(list(ordinals[start : start + BATCH])),
                event.c.action.in_(("drop", "flag", "error")),
            )
        ):
            said.setdefault(row.ordinal, {}).setdefault(row.action, []).append(row.rule)
    return said


def _check(row: Row[Any], replayed: Verdict) -> None:
    if row.outcome in (Outcome.DUPLICATE, Outcome.ERROR):
        return
    found = outcome_of(replayed).value
    if (found, replayed.overall) != (row.outcome, row.overall):
        raise AuditError(
            f"expected the stored judgements of {row.file}:{row.line} to give {row.outcome} "
            f"{row.overall}, found {found} {replayed.overall}; see `assay audit verify`"
        )


def _count(replay: Replay, row: Row[Any], before: Verdict, after: Verdict) -> Flip | None:
    has_flipped = before.decision is not after.decision
    if row.outcome == Outcome.DUPLICATE:
        replay.num_duplicates += 1
        replay.num_duplicates_flipped += has_flipped
        return None
    replay.moves[before.decision.value, after.decision.value] += 1
    if not has_flipped:
        return None
    replay.reasons.update((after.decision.value, reason) for reason in after.reasons or ("none",))
    return Flip(row.sample_id, f"{row.file}:{row.line}", row.user_id, row.outcome, before, after)


def flip_line(flip: Flip) -> bytes:
    """Return a flip as one JSON line."""
    body: Mapping[str, Any] = {
        "sample_id": flip.sample_id,
        "row": flip.row,
        "id": flip.user_id,
        "outcome": flip.outcome,
        "before": _verdict_body(flip.before),
        "after": _verdict_body(flip.after),
    }
    return orjson.dumps(body) + b"\n"


def _verdict_body(verdict: Verdict) -> Mapping[str, Any]:
    return {
        "decision": verdict.decision.value,
        "overall": None if verdict.overall is None else verdict.overall / 1000,
        "reasons": verdict.reasons,
    }
