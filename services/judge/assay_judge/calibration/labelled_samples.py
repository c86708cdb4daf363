"""Reads labelled samples: each row's conversation, the turn its label is for, and the labels.

Nothing is guessed: a row without a label is counted as unlabelled, a line that is no sample as a
bad line, with examples. None of them stops the reading.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from assay.datasets.adapters import Adapted, adapt_row
from assay.datasets.canonical import to_sample
from assay.datasets.expansion import USUAL
from assay.datasets.json_text import JsonTextError, dump_json, parse_json
from assay.datasets.reading import read_lines
from assay.datasets.sources import Source
from assay.domain.errors import InputError
from assay.domain.sample import JsonObject, JsonValue, Row, Sample
from assay_judge.calibration.fields import find_value
from assay_judge.calibration.labels import Labels, ReadingNotes, read_labels
from assay_judge.calibration.mapping import LabelMapping, TurnField, describe_keys


@dataclass(frozen=True, slots=True)
class LabelledSample:
    """A sample with labels. `turn` is a message index; None: labels are for the conversation."""

    row: Row
    sample: Sample
    turn: int | None
    cluster: str
    labels: Labels


@dataclass(frozen=True, slots=True)
class LabelledRows:
    """Rows as read, not yet understood."""

    rows: tuple[tuple[Row, JsonObject], ...]
    notes: ReadingNotes

    @property
    def bodies(self) -> list[JsonObject]:
        return [body for _, body in self.rows]


def read_rows(sources: Sequence[Source]) -> LabelledRows:
    """Read all rows that are JSON objects.

    Raises:
        InputError: a file cannot be read, or expands too far.
    """
    notes = ReadingNotes()
    rows: list[tuple[Row, JsonObject]] = []
    for source in sources:
        lines = read_lines(source, bounds=USUAL)
        for line in lines:
            notes.num_rows += 1
            row = Row(source.name, line.number)
            body = _parse(line.data)
            if isinstance(body, dict):
                rows.append((row, body))
            else:
                notes.num_bad_lines += 1
                notes.note(row, "expected a line with a JSON object, found none")
        notes.digests[source.name] = lines.digest.sha256
    return LabelledRows(tuple(rows), notes)


def label_samples(read: LabelledRows, mapping: LabelMapping) -> list[LabelledSample]:
    """Return the rows that are samples and have a label, in order.

    Raises:
        InputError: there is none; the message lists what the rows hold.
    """
    found = []
    for row, body in read.rows:
        if not all(condition.holds(body) for condition in mapping.where):
            read.notes.num_left_out += 1
            continue
        try:
            labelled = _label(row, body, mapping, read.notes)
        except InputError as exc:
            read.notes.num_bad_lines += 1
            read.notes.note(row, str(exc))
            continue
        if labelled.labels.is_empty:
            read.notes.num_unlabelled += 1
        else:
            found.append(labelled)
    if not found:
        raise InputError(_why_none(read, mapping))
    return found


def pick_clusters(
    samples: Sequence[LabelledSample], limit: int | None, share_of: Callable[[str], float]
) -> list[LabelledSample]:
    """Return at most about `limit` samples: whole clusters, by their hash, in reading order."""
    if limit is None or len(samples) <= limit:
        return list(samples)
    sizes = Counter(sample.cluster for sample in samples)
    kept: set[str] = set()
    num = 0
    for cluster in sorted(sizes, key=share_of):
        if num and num + sizes[cluster] > limit:
            break
        kept.add(cluster)
        num += sizes[cluster]
    return [sample for sample in samples if sample.cluster in kept]


def _parse(data: bytes | None) -> JsonValue:
    if data is None:
        return None
    try:
        return parse_json(data)
    except JsonTextError:
        return None


def _label(
    row: Row, body: JsonObject, mapping: LabelMapping, notes: ReadingNotes
) -> LabelledSample:
    adapted = adapt_row(body)
    if not isinstance(adapted, Adapted):
        raise InputError(adapted.reason)
    sample = to_sample(
        adapted.payload,
        id=adapted.id,
        type=adapted.type,
        language=adapted.language,
        source=adapted.source,
    )
    turn = _turn(sample, body, mapping)
    return LabelledSample(
        row,
        sample,
        turn,
        _cluster(sample, turn, body, mapping),
        read_labels(row, body, mapping, notes),
    )


def _turn(sample: Sample, body: JsonObject, mapping: LabelMapping) -> int | None:
    turns = sample.assistant_turns
    if not turns:
        raise InputError("expected an assistant turn to judge, found none; leave such rows out")
    if not isinstance(mapping.turn, TurnField):
        return None if mapping.turn == "worst" else turns[-1]
    found = find_value(body, mapping.turn.field)
    if not isinstance(found, int) or found not in turns:
        raise InputError(
            f"expected {mapping.turn.field!r} to be the index of an assistant message "
            f"{list(turns)[:8]}, found {found!r:.80}; correct the label"
        )
    return found


def _cluster(sample: Sample, turn: int | None, body: JsonObject, mapping: LabelMapping) -> str:
    if mapping.cluster is not None:
        value = find_value(body, mapping.cluster)
        if value is not None:
            return dump_json(value, sort_keys=True).decode()
    upto = sample.assistant_turns[0] if turn is None else turn
    prompt = [[message.role, message.content] for message in sample.messages[:upto]]
    return sha256(dump_json(prompt)).hexdigest()[:32]


def _why_none(read: LabelledRows, mapping: LabelMapping) -> str:
    notes = read.notes
    fields = [d.field for d in mapping.dimensions.values()]
    fields += [d.field for d in mapping.defects.values()]
    fields += [mapping.expected.field] if mapping.expected else []
    fields += [mapping.pairs.id] if mapping.pairs else []
    examples = "".join(f"\n  {example}" for example in notes.examples)
    return (
        f"expected labelled samples (fields {fields!r:.200}), found none among "
        f"{notes.num_rows:,} rows: {notes.num_bad_lines:,} bad lines, {notes.num_unlabelled:,} "
        f"without a label, {notes.num_left_out:,} left out by `where`, "
        f"{notes.bad_labels.total():,} bad labels; keys there: {describe_keys(read.bodies)}; "
        f"correct the mapping{examples}"
    )
