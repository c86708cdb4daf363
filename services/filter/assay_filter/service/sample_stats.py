"""What a run came to, in figures: histograms, counts by outcome, how judge and reviewers agree.

Figures of a finished run never change but for reviews, so the rest is kept, of so many runs.
"""

import threading
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, Engine, and_, func, select

from assay.audit import tables
from assay.audit.engine import reading
from assay.domain.verdict import Outcome
from assay_filter.curation.journal import Journal

BIN = 250  # thousandths of a point
BATCH = 5000
MAX_LABELS = 200  # sources, types and languages that are told one by one
MAX_REASONS = 500
MAX_KEPT_RUNS = 64
NONE = "(none)"
OTHER = "(other)"
AGREEING = {Outcome.ACCEPTED.value: "accept", Outcome.REJECTED.value: "reject"}

sample, decision, judgement, review = (
    tables.sample,
    tables.decision,
    tables.judgement,
    tables.review,
)


class Statistics:
    """Counts runs; what cannot change any more is counted once."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._kept: OrderedDict[str, dict[str, Any]] = OrderedDict()
        self._lock = threading.Lock()  # one count at a time: it keeps a core busy

    def of_run(self, run_id: str, *, is_done: bool) -> dict[str, Any]:
        """Return the figures of one run."""
        with self._lock:
            figures = self._kept.get(run_id) or count_run(self._engine, run_id)
            if is_done:
                self._kept[run_id] = figures
                if len(self._kept) > MAX_KEPT_RUNS:
                    self._kept.popitem(last=False)
        return {"run": run_id, **figures, "reviews": agreement(self._engine, run_id)}

    def of_all(self) -> dict[str, Any]:
        """Return the sums over all runs: states, outcomes of those that are done, reviews."""
        run = tables.run
        states: Counter[str] = Counter()
        outcomes: Counter[str] = Counter()
        with reading(self._engine) as connection:
            for state, number in connection.execute(
                select(run.c.state, func.count()).group_by(run.c.state)
            ):
                states[state] = number
            counts = select(run.c.counts).where(run.c.state == "done", run.c.counts.is_not(None))
            for body in connection.execute(
                counts, execution_options={"yield_per": BATCH}
            ).scalars():
                outcomes.update(orjson.loads(body))
        return {
            "run": None,
            "states": dict(sorted(states.items())),
            "outcomes": {o.value: outcomes[o.value] for o in Outcome},
            "reviews": agreement(self._engine, None),
        }


def count_run(engine: Engine, run_id: str) -> dict[str, Any]:
    """Return the figures of a run but for reviews; of one at work: so far."""
    journal = Journal(engine, run_id)
    outcomes = journal.outcomes()
    with reading(engine) as connection:
        overall = _overall(connection, run_id)
        dimensions = _dimensions(connection, run_id)
        by = {name: _by_label(connection, run_id, name) for name in ("source", "type", "language")}
    return {
        "samples": sum(outcomes.values()),
        "outcomes": {o.value: outcomes.get(o.value, 0) for o in Outcome},
        "overall": overall,
        "dimensions": dimensions,
        "reasons": [
            {"outcome": outcome, "reason": reason, "samples": number}
            for outcome, reason, number in journal.reasons()[:MAX_REASONS]
        ],
        "sources": by["source"],
        "types": by["type"],
        "languages": by["language"],
    }


def agreement(engine: Engine, run_id: str | None) -> dict[str, Any]:
    """Return how the last review of each sample and the run's outcome agree.

    `agreement` and Cohen's `kappa` (1960) are over samples that the run accepted or rejected and
    the reviewer too; null where there are none, kappa also where chance alone explains all.
    """
    later = review.alias()
    is_last = ~(
        select(later.c.seq)
        .where(
            later.c.run_id == review.c.run_id,
            later.c.ordinal == review.c.ordinal,
            later.c.seq > review.c.seq,
        )
        .exists()
    )
    query = (
        select(decision.c.outcome, review.c.decision, func.count())
        .join(
            decision,
            and_(decision.c.run_id == review.c.run_id, decision.c.ordinal == review.c.ordinal),
        )
        .where(is_last, *_of_run(review.c.run_id, run_id))
        .group_by(decision.c.outcome, review.c.decision)
    )
    with reading(engine) as connection:
        counted = {(outcome, said): n for outcome, said, n in connection.execute(query)}
    table: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for (outcome, said), number in sorted(counted.items()):
        table[outcome][said] = number
    observed, kappa = _kappa(counted)
    return {
        "samples": sum(counted.values()),
        "by_outcome": dict(table),
        "agreement": observed,
        "kappa": kappa,
    }


def _kappa(counted: Mapping[tuple[str, str], int]) -> tuple[float | None, float | None]:
    cells = {
        (AGREEING[outcome], said): number
        for (outcome, said), number in counted.items()
        if outcome in AGREEING and said in AGREEING.values()
    }
    total = sum(cells.values())
    if not total:
        return None, None
    observed = sum(n for (judge, person), n in cells.items() if judge == person) / total
    by_chance = 0.0
    for word in AGREEING.values():
        by_judge = sum(n for (judge, _), n in cells.items() if judge == word)
        by_person = sum(n for (_, person), n in cells.items() if person == word)
        by_chance += by_judge * by_person / total**2
    kappa = None if by_chance == 1 else (observed - by_chance) / (1 - by_chance)
    return observed, kappa


def _of_run(column: ColumnElement[str], run_id: str | None) -> Iterator[ColumnElement[bool]]:
    if run_id is not None:
        yield column == run_id


def _overall(connection: Connection, run_id: str) -> dict[str, Any]:
    counted: Counter[int | None] = Counter()
    query = (
        select(decision.c.overall, func.count())
        .where(decision.c.run_id == run_id)
        .group_by(decision.c.overall)
    )
    for overall, number in connection.execute(query, execution_options={"yield_per": BATCH}):
        counted[None if overall is None else overall // BIN * BIN] += number
    return _histogram(counted)


def _dimensions(connection: Connection, run_id: str) -> dict[str, Any]:
    """Return each dimension's histogram over judged samples: of the worst turn of each."""
    counted: defaultdict[str, Counter[int | None]] = defaultdict(Counter)
    query = (
        select(judgement.c.ordinal, judgement.c.scores)
        .where(judgement.c.run_id == run_id)
        .order_by(judgement.c.ordinal, judgement.c.turn)
    )
    current = -1
    worst: dict[str, int | None] = {}
    with connection.execute(query, execution_options={"yield_per": BATCH}) as rows:
        for ordinal, scores in rows:
            if ordinal != current:
                _add(counted, worst)
                current, worst = ordinal, {}
            for name, score in orjson.loads(scores).items():
                known = worst.get(name)
                is_lower = score is not None and (known is None or score < known)
                worst[name] = score if is_lower else known
    _add(counted, worst)
    return {name: _histogram(counts) for name, counts in sorted(counted.items())}


def _add(counted: defaultdict[str, Counter[int | None]], worst: Mapping[str, int | None]) -> None:
    for name, score in worst.items():
        counted[name][None if score is None else score // BIN * BIN] += 1


def _histogram(counted: Mapping[int | None, int]) -> dict[str, Any]:
    """Return bins a quarter of a point wide, named by their lower ends, and what has no score."""
    bins = sorted((low, number) for low, number in counted.items() if low is not None)
    return {
        "bins": [{"from": low / 1000, "samples": number} for low, number in bins],
        "without_score": counted.get(None, 0),
    }


def _by_label(connection: Connection, run_id: str, column: str) -> list[dict[str, Any]]:
    """Return samples by a label and outcome, the most frequent first; the rest as one."""
    query = (
        select(sample.c[column], decision.c.outcome, func.count())
        .join(
            decision,
            and_(decision.c.run_id == sample.c.run_id, decision.c.ordinal == sample.c.ordinal),
        )
        .where(sample.c.run_id == run_id)
        .group_by(sample.c[column], decision.c.outcome)
    )
    counted: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for label, outcome, number in connection.execute(query, execution_options={"yield_per": BATCH}):
        counted[NONE if label is None else label][outcome] += number
    ordered = sorted(counted.items(), key=lambda item: (-item[1].total(), item[0]))
    shown, rest = ordered[:MAX_LABELS], ordered[MAX_LABELS:]
    if rest:
        shown.append((OTHER, sum((counts for _, counts in rest), Counter())))
    return [
        {"label": label, "samples": counts.total(), "outcomes": dict(sorted(counts.items()))}
        for label, counts in shown
    ]
