"""Samples that two runs put into different outcomes, with what each run says of them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, select

from assay.audit import tables
from assay_filter.comparing.alignment import Placed

SQL_BATCH = 500


@dataclass(frozen=True, slots=True)
class Ending:
    """How a sample ended in one run; scores in thousandths, the lowest over its turns."""

    row: str
    user_id: str | None
    outcome: str
    overall: int | None
    reasons: Sequence[str]
    scores: Mapping[str, int | None]
    rules: frozenset[str]  # `rule:action` of every event, `rep.loop:drop` for example


@dataclass(frozen=True, slots=True)
class Flip:
    """One sample that ended in another outcome."""

    sample_id: str
    occurrence: int  # which of the equal contents, in order of rows
    source: str | None
    before: Ending
    after: Ending

    @property
    def rules_gone(self) -> list[str]:
        """Rules that took an action in the first run alone."""
        return sorted(self.before.rules - self.after.rules)

    @property
    def rules_new(self) -> list[str]:
        """Rules that took an action in the second run alone."""
        return sorted(self.after.rules - self.before.rules)


def load_flips(
    connection: Connection, run_ids: tuple[str, str], pairs: Sequence[tuple[Placed, Placed]]
) -> list[Flip]:
    """Return what the audit says of some samples in both runs, in the order given."""
    before = _endings(connection, run_ids[0], [one for one, _ in pairs])
    after = _endings(connection, run_ids[1], [other for _, other in pairs])
    return [
        Flip(*one.key, one.source, before[one.ordinal], after[other.ordinal])
        for one, other in pairs
    ]


def flip_body(flip: Flip) -> dict[str, Any]:
    """Return a flip as JSON shows it: scores in points."""
    return {
        "sample_id": flip.sample_id,
        "occurrence": flip.occurrence,
        "source": flip.source,
        "before": _ending_body(flip.before),
        "after": _ending_body(flip.after),
        "rules_gone": flip.rules_gone,
        "rules_new": flip.rules_new,
    }


def _ending_body(ending: Ending) -> dict[str, Any]:
    return {
        "row": ending.row,
        "id": ending.user_id,
        "outcome": ending.outcome,
        "overall": _points(ending.overall),
        "reasons": list(ending.reasons),
        "scores": {name: _points(score) for name, score in sorted(ending.scores.items())},
    }


def _points(score: int | None) -> float | None:
    return None if score is None else score / 1000


def _endings(connection: Connection, run_id: str, samples: Sequence[Placed]) -> dict[int, Ending]:
    ordinals = [sample.ordinal for sample in samples]
    judged = {sample.judged_as for sample in samples}
    names = _names(connection, run_id, ordinals)
    rules = _rules(connection, run_id, {*ordinals, *judged})
    scores = _scores(connection, run_id, judged)
    return {
        sample.ordinal: Ending(
            *names[sample.ordinal],
            sample.outcome,
            sample.overall,
            orjson.loads(sample.reasons),
            scores[sample.judged_as],
            frozenset(
                f"{rule}:{action}"
                for at, is_judged in ((sample.ordinal, False), (sample.judged_as, True))
                for rule, action in rules[at, is_judged]
            ),
        )
        for sample in samples
    }


def _names(
    connection: Connection, run_id: str, ordinals: Sequence[int]
) -> dict[int, tuple[str, str | None]]:
    sample = tables.sample
    found = {}
    for batch in _batches(ordinals):
        query = select(sample.c.ordinal, sample.c.file, sample.c.line, sample.c.user_id).where(
            sample.c.run_id == run_id, sample.c.ordinal.in_(batch)
        )
        for row in connection.execute(query):
            found[row.ordinal] = (f"{row.file}:{row.line}", row.user_id)
    return found


def _rules(
    connection: Connection, run_id: str, ordinals: Iterable[int]
) -> defaultdict[tuple[int, bool], set[tuple[str, str]]]:
    """Return (ordinal, whether at stage `judge`) -> rules and actions.

    What was found at stage `judge` stands under the sample that was judged; its exact copies share
    it.
    """
    event = tables.event
    found: defaultdict[tuple[int, bool], set[tuple[str, str]]] = defaultdict(set)
    for batch in _batches(sorted(ordinals)):
        query = select(event.c.ordinal, event.c.stage, event.c.rule, event.c.action).where(
            event.c.run_id == run_id,
            event.c.stage.in_(("rules", "judge", "decide")),
            event.c.ordinal.in_(batch),
        )
        for row in connection.execute(query):
            found[row.ordinal, row.stage == "judge"].add((row.rule, row.action))
    return found


def _scores(
    connection: Connection, run_id: str, ordinals: Iterable[int]
) -> defaultdict[int, dict[str, int | None]]:
    """Return ordinal -> dimension -> lowest score over the turns, None where no turn has one."""
    judgement = tables.judgement
    found: defaultdict[int, dict[str, int | None]] = defaultdict(dict)
    for batch in _batches(sorted(ordinals)):
        query = select(judgement.c.ordinal, judgement.c.scores).where(
            judgement.c.run_id == run_id, judgement.c.ordinal.in_(batch)
        )
        for row in connection.execute(query):
            lowest = found[row.ordinal]
            for name, score in orjson.loads(row.scores).items():
                known = lowest.get(name)
                is_lower = score is not None and (known is None or score < known)
                lowest[name] = score if is_lower else known
    return found


def _batches(ordinals: Sequence[int]) -> list[list[int]]:
    return [list(ordinals[at : at + SQL_BATCH]) for at in range(0, len(ordinals), SQL_BATCH)]
