"""What people said of one turn, read from a row by the mapping.

A value that is no score of its scale is counted as a bad label, with an example, and left out; it
is never moved into the scale.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from assay.datasets.json_text import dump_json
from assay.domain.sample import JsonObject, JsonValue, Row
from assay_judge.calibration.fields import find_value
from assay_judge.calibration.mapping import DimensionLabel, LabelMapping, PairLabel

MAX_EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Labels:
    """What people said of one turn; scores are by annotator, on their own scale."""

    scores: Mapping[str, tuple[float | None, ...]] = field(default_factory=dict)
    defects: Mapping[str, bool] = field(default_factory=dict)
    is_good: bool | None = None
    pair: str | None = None
    is_better: bool | None = None
    generator: str | None = None

    @property
    def is_empty(self) -> bool:
        return not (
            self.scores or self.defects or self.is_good is not None or self.is_better is not None
        )


@dataclass(slots=True)
class ReadingNotes:
    """What was read and what of it could not be used."""

    digests: dict[str, str] = field(default_factory=dict)  # file -> SHA-256 as stored
    num_rows: int = 0
    num_bad_lines: int = 0
    num_unlabelled: int = 0
    num_left_out: int = 0  # by `where` or a limit
    bad_labels: Counter[str] = field(default_factory=Counter)  # by reason
    examples: list[str] = field(default_factory=list)

    def note(self, row: Row, reason: str) -> None:
        if len(self.examples) < MAX_EXAMPLES:
            self.examples.append(f"{row}: {reason}")


def read_labels(row: Row, body: JsonObject, mapping: LabelMapping, notes: ReadingNotes) -> Labels:
    """Return what a row says; empty where it says nothing."""
    scores = {}
    for name, label in mapping.dimensions.items():
        given = tuple(_score(value, name, label, row, notes) for value in _given(body, label))
        if any(score is not None for score in given):
            scores[name] = given
    marked = {name: label.holds(body) for name, label in mapping.defects.items()}
    pair, is_better = _pair(body, mapping.pairs)
    generator = find_value(body, mapping.generator) if mapping.generator else None
    return Labels(
        scores=scores,
        defects={name: value for name, value in marked.items() if value is not None},
        is_good=mapping.expected.is_good(body) if mapping.expected else None,
        pair=pair,
        is_better=is_better,
        generator=generator if isinstance(generator, str) else None,
    )


def _given(body: JsonObject, label: DimensionLabel) -> Iterable[JsonValue]:
    """Yield what each annotator gave, in a fixed order."""
    if not isinstance(label.field, str):
        return [find_value(body, path) for path in label.field]
    value = find_value(body, label.field)
    if label.annotators is not None:
        return [value.get(k) if isinstance(value, dict) else None for k in label.annotators]
    if isinstance(value, dict):
        return [value[key] for key in sorted(value)]
    return value if isinstance(value, list) else [value]


def _score(
    value: JsonValue, name: str, label: DimensionLabel, row: Row, notes: ReadingNotes
) -> float | None:
    if value is None:
        return None
    low, high = label.scale
    if isinstance(value, bool) or not isinstance(value, int | float):
        reason = f"{name}: expected a number, found {value!r:.80}"
        notes.bad_labels[f"{name}: not a number"] += 1
    elif not low <= value <= high:
        reason = f"{name}: expected {low:g} to {high:g}, found {value!r:.80}"
        notes.bad_labels[f"{name}: outside of its scale"] += 1
    else:
        return float(value)
    notes.note(row, reason)
    return None


def _pair(body: JsonObject, pairs: PairLabel | None) -> tuple[str | None, bool | None]:
    if pairs is None:
        return None, None
    value = find_value(body, pairs.id)
    if value is None:
        return None, None
    return dump_json(value, sort_keys=True).decode(), pairs.better.holds(body)
