"""The first pass over the outcome files: what the choice needs of every row, as integers.

About 50 bytes a row stay in memory, and no text: addresses and shared properties as digests,
labels (source, type, language, licence) as numbers in a bounded vocabulary.
"""

import hashlib
import unicodedata
from array import array
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any, TypeAlias

import numpy as np
import orjson
from numpy.typing import NDArray
from sqlalchemy import Connection, Select, select

from assay.audit import tables
from assay.domain.errors import InputError
from assay.domain.verdict import Decision, Outcome
from assay_filter.exporting.components import Edges
from assay_filter.exporting.mix import Mix
from assay_filter.exporting.outcome_files import (
    AuditedSample,
    OutcomeFile,
    audited_samples,
    differs,
    read_file,
)

LEFT_OUT = -1
MAX_LABELS = 10_000
MAX_LABEL_CHARS = 200
BATCH = 5000
NONE = "(none)"
OTHER = "(other)"
UNKNOWN = "unknown"
_PIECE_CHARS = 256  # Unicode normalisation is quadratic in the length of a run of marks


Column: TypeAlias = "array[int]"  # array is no generic at run time before Python 3.12


class Labels:
    """Numbers for texts, at most `MAX_LABELS` of them; what comes later is `(other)`."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self._numbers: dict[str, int] = {}

    def number(self, text: str | None) -> int:
        """Return the number of a text; None is a label too."""
        name = NONE if text is None else text[:MAX_LABEL_CHARS]
        if name not in self._numbers and len(self.names) >= MAX_LABELS:
            name = OTHER
        if name not in self._numbers:
            self._numbers[name] = len(self.names)
            self.names.append(name)
        return self._numbers[name]


@dataclass(slots=True)
class Rows:
    """Every row of the outcome files, in the order of files and rows."""

    high: Column = field(default_factory=lambda: array("Q"))  # sample_id, bits 0 to 63
    low: Column = field(default_factory=lambda: array("Q"))  # and 64 to 127
    prompt: Column = field(default_factory=lambda: array("Q"))  # 0: no user turn
    exact: Column = field(default_factory=lambda: array("Q"))  # 0: none
    group: Column = field(default_factory=lambda: array("h"))  # of the mix, or LEFT_OUT
    tokens: Column = field(default_factory=lambda: array("q"))
    turns: Column = field(default_factory=lambda: array("l"))  # of the assistant
    file: Column = field(default_factory=lambda: array("H"))
    source: Column = field(default_factory=lambda: array("H"))
    type: Column = field(default_factory=lambda: array("H"))
    language: Column = field(default_factory=lambda: array("H"))
    license: Column = field(default_factory=lambda: array("H"))
    tier: Column = field(default_factory=lambda: array("H"))
    labels: dict[str, Labels] = field(
        default_factory=lambda: {
            name: Labels() for name in ("source", "type", "language", "license", "tier")
        }
    )
    num_reviewed_out: int = 0
    num_unreviewed: int = 0
    num_ungrouped: int = 0

    def column(self, name: str) -> NDArray[Any]:
        """Return a column as an array that shares its memory."""
        values: Column = getattr(self, name)
        return _shared(values)


@dataclass(frozen=True, slots=True)
class Choice:
    """What decides whether a row can be taken at all, and into which group."""

    mix: Mix | None
    allow_unreviewed: bool

    def group_of(self, row: Mapping[str, Any]) -> int:
        """Return a row's position in the mix; the rest, where it is kept, comes after the last."""
        if self.mix is None:
            return 0
        facts = (_text(row, "source"), _text(row, "type"), _text(row, "language"))
        for at, group in enumerate(self.mix.groups):
            if group.takes(*facts):
                return at
        return len(self.mix.groups) if self.mix.rest == "keep" else LEFT_OUT


def gather(connection: Connection, files: Sequence[OutcomeFile], choice: Choice) -> Rows:
    """Read all files against the audit and return what the choice needs.

    Raises:
        AuditError: a file is not what the audit says.
        InputError: a borderline sample has no review, and the choice does not allow that.
    """
    rows = Rows()
    for number, file in enumerate(files):
        with closing(audited_samples(connection, file)) as samples:
            for at, (line, audited) in enumerate(zip_longest(read_file(file), samples), 1):
                if line is None or audited is None:
                    raise differs(file, f"another number of rows than the audit, at row {at}")
                row = orjson.loads(line)
                if row.get("assay", {}).get("sample_id") != audited.sample_id:
                    raise differs(file, f"another sample in row {at}")
                _add(rows, row, audited, number)
                rows.group.append(_settle(rows, row, audited, file, choice))
    if rows.num_unreviewed and not choice.allow_unreviewed:
        raise InputError(
            f"expected every borderline sample to be reviewed, found {rows.num_unreviewed} that "
            "nobody looked at; review them, or take them all the same with --unreviewed"
        )
    return rows


def load_links(connection: Connection, run_ids: Sequence[str]) -> Edges:
    """Return every duplicate link of the runs as pairs of samples' first 64 bits.

    Links inside a run, and those to samples that an earlier run kept.
    """
    left, right = array("Q"), array("Q")
    for run_id in run_ids:
        for query in (_links_inside(run_id), _links_to_earlier(run_id)):
            rows = connection.execute(query, execution_options={"yield_per": BATCH})
            for dropped, kept in rows:
                left.append(_bits(dropped))
                right.append(_bits(kept))
    return Edges(_shared(left), _shared(right))


def shared_edges(rows: Rows, name: str) -> Edges:
    """Return rows and the digest of the property that they share, where they have it."""
    values = rows.column(name)
    has = values != 0
    return Edges(rows.column("high")[has], values[has])


def prompt_digest(row: Mapping[str, Any]) -> int:
    """Return 64 bits of the first user turn, or 0: case, width and white space aside."""
    for message in row.get("messages") or ():
        content = message.get("content")
        if message.get("role") == "user" and isinstance(content, str) and content:
            return _digest(_normalised(content), b"assay-prompt")
    return 0


def _links_inside(run_id: str) -> Select[Any]:
    link, one, other = tables.duplicate, tables.sample.alias(), tables.sample.alias()
    return (
        select(one.c.sample_id, other.c.sample_id)
        .select_from(link)
        .join(one, (one.c.run_id == run_id) & (one.c.ordinal == link.c.ordinal))
        .join(other, (other.c.run_id == run_id) & (other.c.ordinal == link.c.kept_ordinal))
        .where(link.c.run_id == run_id)
    )


def _links_to_earlier(run_id: str) -> Select[Any]:
    link, one = tables.earlier_duplicate, tables.sample.alias()
    return (
        select(one.c.sample_id, link.c.kept_sample_id)
        .select_from(link)
        .join(one, (one.c.run_id == run_id) & (one.c.ordinal == link.c.ordinal))
        .where(link.c.run_id == run_id)
    )


def _add(rows: Rows, row: Mapping[str, Any], audited: AuditedSample, file: int) -> None:
    rows.high.append(_bits(audited.sample_id))
    rows.low.append(int(audited.sample_id[16:32], 16))
    rows.prompt.append(prompt_digest(row))
    rows.exact.append(_digest(audited.exact_key, b"assay-exact") if audited.exact_key else 0)
    rows.tokens.append(audited.num_tokens or 0)
    rows.turns.append(sum(m.get("role") == "assistant" for m in row.get("messages") or ()))
    rows.file.append(file)
    metadata = row.get("metadata") or {}
    facts = {name: _text(row, name) for name in ("source", "type", "language")}
    facts |= {name: _fact(metadata, name) for name in ("license", "tier")}
    for name, text in facts.items():
        getattr(rows, name).append(rows.labels[name].number(text))


def _settle(
    rows: Rows,
    row: Mapping[str, Any],
    audited: AuditedSample,
    file: OutcomeFile,
    choice: Choice,
) -> int:
    """Return the group of a row, or LEFT_OUT; count why it is left out."""
    if audited.review == Decision.REJECT.value:
        rows.num_reviewed_out += 1
        return LEFT_OUT
    is_held = file.outcome == Outcome.BORDERLINE.value
    if is_held and audited.review != Decision.ACCEPT.value:
        rows.num_unreviewed += 1
    group = choice.group_of(row)
    rows.num_ungrouped += group == LEFT_OUT
    return group


def _text(row: Mapping[str, Any], key: str) -> str | None:
    value = row.get(key)
    return value if isinstance(value, str) else None


def _fact(metadata: Mapping[str, Any], key: str) -> str | None:
    """Return what a row's own metadata says of `key`, also one level down under `meta`."""
    inner = metadata.get("meta")
    found = _text(metadata, key)
    return found if found is not None or not isinstance(inner, dict) else _text(inner, key)


def _normalised(text: str) -> bytes:
    if text.isascii():
        return " ".join(text.lower().split()).encode()
    pieces = (text[at : at + _PIECE_CHARS] for at in range(0, len(text), _PIECE_CHARS))
    folded = "".join(unicodedata.normalize("NFKC", piece).casefold() for piece in pieces)
    return " ".join(folded.split()).encode("utf-8", "replace")


def _digest(text: bytes | str, person: bytes) -> int:
    data = text.encode() if isinstance(text, str) else text
    digest = hashlib.blake2b(data, digest_size=8, person=person).digest()
    return int.from_bytes(digest, "big") or 1  # 0 means: none


def _shared(values: Column) -> NDArray[Any]:
    """Return an array over the same memory; an empty one has none to share."""
    kind = np.dtype(values.typecode)
    return np.frombuffer(values, dtype=kind) if values else np.zeros(0, kind)


def _bits(sample_id: str) -> int:
    return int(sample_id[:16], 16)
