"""What a comparison adds up: the transition matrix, by source, and what one run alone holds."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import orjson

from assay_filter.comparing.alignment import Pair, Placed
from assay_filter.comparing.configuration import Difference
from assay_filter.comparing.flips import Flip

MAX_SOURCES = 1000
MAX_REASONS = 1000
NO_SOURCE = "(none)"
OTHER = "(other)"

Moves: TypeAlias = Counter[tuple[str, str]]  # outcome before, outcome after -> samples


@dataclass(slots=True)
class Sums:
    """Figures over two runs; complete once the comparison has been read to its end.

    Sources beyond `MAX_SOURCES` are counted together, so that memory stays bounded where every row
    names a source of its own; reasons alike.
    """

    moves: Moves = field(default_factory=Counter)
    by_source: dict[str, Moves] = field(default_factory=dict)
    only_before: Counter[str] = field(default_factory=Counter)  # outcome -> samples
    only_after: Counter[str] = field(default_factory=Counter)
    num_rescored: int = 0  # same outcome, another overall score
    reasons_gone: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    reasons_new: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    rules_gone: Counter[str] = field(default_factory=Counter)  # `rule:action` -> flips
    rules_new: Counter[str] = field(default_factory=Counter)

    @property
    def num_matched(self) -> int:
        """Samples that both runs hold."""
        return self.moves.total()

    @property
    def num_flips(self) -> int:
        """Samples that both runs hold, in different outcomes."""
        return sum(n for (before, after), n in self.moves.items() if before != after)

    def add(self, pair: Pair) -> bool:
        """Count a pair; say whether it is a flip."""
        one, other = pair
        if one is None or other is None:
            self._add_single(one, other)
            return False
        move = (one.outcome, other.outcome)
        self.moves[move] += 1
        source = one.source if one.source is not None else NO_SOURCE
        if source not in self.by_source and len(self.by_source) >= MAX_SOURCES:
            source = OTHER
        self.by_source.setdefault(source, Counter())[move] += 1
        if one.outcome == other.outcome:
            self.num_rescored += one.overall != other.overall
            return False
        before, after = set(orjson.loads(one.reasons)), set(orjson.loads(other.reasons))
        _count(self.reasons_gone, ((*move, reason) for reason in before - after))
        _count(self.reasons_new, ((*move, reason) for reason in after - before))
        return True

    def add_rules(self, flip: Flip) -> None:
        """Count the rules that took an action in one run alone."""
        self.rules_gone.update(flip.rules_gone)
        self.rules_new.update(flip.rules_new)

    def _add_single(self, one: Placed | None, other: Placed | None) -> None:
        if one is not None:
            self.only_before[one.outcome] += 1
        if other is not None:
            self.only_after[other.outcome] += 1


def _count(counter: Counter[tuple[str, str, str]], found: Iterable[tuple[str, str, str]]) -> None:
    for before, after, reason in found:
        is_known = (before, after, reason) in counter or len(counter) < MAX_REASONS
        counter[before, after, reason if is_known else OTHER] += 1


def sums_body(
    run_ids: tuple[str, str], sums: Sums, settings: Iterable[Difference]
) -> dict[str, Any]:
    """Return the sums as JSON shows them, in a fixed order."""
    return {
        "before": run_ids[0],
        "after": run_ids[1],
        "matched": sums.num_matched,
        "flips": sums.num_flips,
        "rescored": sums.num_rescored,
        "only_before": _ordered(sums.only_before),
        "only_after": _ordered(sums.only_after),
        "moves": _moves(sums.moves),
        "by_source": [
            {"source": source, "flips": _flips(moves), "moves": _moves(moves)}
            for source, moves in sorted(
                sums.by_source.items(), key=lambda item: (-_flips(item[1]), item[0])
            )
        ],
        "reasons_gone": _reasons(sums.reasons_gone),
        "reasons_new": _reasons(sums.reasons_new),
        "rules_gone": _ordered(sums.rules_gone),
        "rules_new": _ordered(sums.rules_new),
        "settings": [difference._asdict() for difference in settings],
    }


def _flips(moves: Moves) -> int:
    return sum(n for (before, after), n in moves.items() if before != after)


def _moves(moves: Moves) -> list[dict[str, Any]]:
    return [
        {"before": before, "after": after, "samples": number}
        for (before, after), number in sorted(moves.items())
    ]


def _reasons(counts: Mapping[tuple[str, str, str], int]) -> list[dict[str, Any]]:
    return [
        {"before": before, "after": after, "reason": reason, "samples": number}
        for (before, after, reason), number in _by_number(counts)
    ]


def _ordered(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(_by_number(counts))


def _by_number(counts: Mapping[Any, int]) -> list[tuple[Any, int]]:
    """Most frequent first; equal numbers in order of their keys."""
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))
