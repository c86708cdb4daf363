"""Sums over all chunks, taken as the chunks of a stage are told, in their order.

Memory: histograms that do not grow with the samples; lengths of responses by source, up to the
same number of sources as a run on one machine keeps apart.
"""

from collections import Counter, defaultdict
from typing import Any

import orjson

from assay_filter.curation.journal import MAX_SOURCES
from assay_filter.scaling.records import Done


class RulesSums:
    """What the rules found: formats for the manifest, lengths for the rule on whole sources."""

    def __init__(self) -> None:
        self.formats: Counter[str] = Counter()
        self.lengths: defaultdict[str, Counter[int]] = defaultdict(Counter)

    def add(self, done: Done) -> None:
        """Add a chunk."""
        figures = orjson.loads(done.summary)
        self.formats.update(figures["formats"])
        for name, counts in figures["lengths"].items():
            is_kept = name in self.lengths or len(self.lengths) < MAX_SOURCES
            kept = self.lengths[name if is_kept else ""]
            kept.update({int(length): number for length, number in counts.items()})


class EndSums:
    """How samples ended: outcomes, and reasons by outcome."""

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()
        self._reasons: Counter[tuple[str, str]] = Counter()

    def add(self, done: Done) -> None:
        """Add a chunk."""
        figures = orjson.loads(done.summary)
        self.outcomes.update(figures["outcomes"])
        for outcome, reason, number in figures["reasons"]:
            self._reasons[outcome, reason] += number

    def reasons(self) -> list[dict[str, Any]]:
        """Return outcome, reason and number of samples, most frequent first."""
        ordered = sorted(self._reasons.items(), key=lambda item: (-item[1], item[0]))
        return [
            {"outcome": outcome, "reason": reason, "samples": number}
            for (outcome, reason), number in ordered
        ]
