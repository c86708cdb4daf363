"""Picks what the report quotes: the first few samples of each rule's actions, the largest clusters.

One pass over the events; the choice depends on sample order alone.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, func, select

from assay.audit import tables

EXAMPLES_PER_ACTION = 3
NUM_CLUSTERS = 12
DROPPED_PER_CLUSTER = 5
BATCH = 5000


@dataclass(frozen=True, slots=True)
class PickedEvent:
    """One event to quote."""

    ordinal: int
    reason: str
    quote: str
    edits: Sequence[Sequence[Any]]


@dataclass(frozen=True, slots=True)
class PickedCluster:
    """A survivor, how many it stands for, and the first few of them."""

    kept: int
    num_dropped: int
    dropped: Sequence[tuple[int, str, int | None, int | None]]


@dataclass(frozen=True, slots=True)
class Picked:
    """Everything that the report quotes, by reference to samples."""

    events: dict[tuple[str, str], list[PickedEvent]]
    clusters: Sequence[PickedCluster]
    methods: dict[str, int]

    def ordinals(self) -> frozenset[int]:
        """The samples whose text the report shows."""
        quoted = {event.ordinal for events in self.events.values() for event in events}
        return frozenset(quoted | {cluster.kept for cluster in self.clusters})


def pick(connection: Connection, run_id: str) -> Picked:
    """Return what to quote of a run whose samples are all decided."""
    return Picked(
        _pick_events(connection, run_id),
        _pick_clusters(connection, run_id),
        _count_methods(connection, run_id),
    )


def _pick_events(connection: Connection, run_id: str) -> dict[tuple[str, str], list[PickedEvent]]:
    event = tables.event
    query = (
        select(
            event.c.ordinal,
            event.c.rule,
            event.c.action,
            event.c.reason,
            event.c.place,
            event.c.edits,
        )
        .where(event.c.run_id == run_id)
        .order_by(event.c.stage, event.c.ordinal, event.c.seq)
    )
    picked: defaultdict[tuple[str, str], list[PickedEvent]] = defaultdict(list)
    for row in connection.execution_options(yield_per=BATCH).execute(query):
        chosen = picked[row.rule, row.action]
        if len(chosen) < EXAMPLES_PER_ACTION:
            place = orjson.loads(row.place) if row.place else None
            edits = orjson.loads(row.edits) if row.edits else ()
            chosen.append(PickedEvent(row.ordinal, row.reason, place[3] if place else "", edits))
    return dict(picked)


def _pick_clusters(connection: Connection, run_id: str) -> list[PickedCluster]:
    duplicate = tables.duplicate
    number = func.count()
    largest = (
        select(duplicate.c.kept_ordinal, number.label("number"))
        .where(duplicate.c.run_id == run_id)
        .group_by(duplicate.c.kept_ordinal)
        .order_by(number.desc(), duplicate.c.kept_ordinal)
        .limit(NUM_CLUSTERS)
    )
    clusters = []
    for row in connection.execute(largest).all():
        members = connection.execute(
            select(duplicate)
            .where(duplicate.c.run_id == run_id, duplicate.c.kept_ordinal == row.kept_ordinal)
            .order_by(duplicate.c.ordinal)
            .limit(DROPPED_PER_CLUSTER)
        )
        dropped = [
            (m.ordinal, m.method, m.context_similarity, m.response_similarity) for m in members
        ]
        clusters.append(PickedCluster(row.kept_ordinal, row.number, dropped))
    return clusters


def _count_methods(connection: Connection, run_id: str) -> dict[str, int]:
    duplicate = tables.duplicate
    counts: Counter[str] = Counter()
    query = (
        select(duplicate.c.method, func.count())
        .where(duplicate.c.run_id == run_id)
        .group_by(duplicate.c.method)
        .order_by(duplicate.c.method)
    )
    for method, number in connection.execute(query):
        counts[method] = number
    return dict(counts)
