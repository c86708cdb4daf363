"""What a rule may say of a sample, and the reversible edits that a fix is made of.

A rule never changes a sample: it yields actions, and the pipeline carries them out and records
them. Undoing a sample's edits in reverse order gives back the payload as read, byte for byte.
"""

from dataclasses import dataclass
from typing import TypeAlias

from assay.domain.sample import JsonValue


@dataclass(frozen=True, slots=True)
class Edit:
    """One reversible change of the payload.

    A text edit (`start` is an offset in code points) replaces `before` with `after` inside the
    string at `pointer` (RFC 6901, for example `/messages/1/content`). A structural edit (`start`
    is None) replaces the whole value at `pointer`; `before_absent` makes it an insertion and
    `after_absent` a removal (list elements shift accordingly).
    """

    pointer: str
    start: int | None
    before: JsonValue
    after: JsonValue
    before_absent: bool = False
    after_absent: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """A verbatim quote and where it stands: message index, field, offset in code points."""

    message: int
    start: int
    quote: str
    field: str = "content"


@dataclass(frozen=True, slots=True)
class Keep:
    """The rule measured something and found nothing wrong."""

    value: float


@dataclass(frozen=True, slots=True)
class Fix:
    """The sample can be mended; the pipeline applies `edits` in order."""

    edits: tuple[Edit, ...]
    reason: str
    value: float | None = None


@dataclass(frozen=True, slots=True)
class Flag:
    """Something to look at. `caps` holds the verdict at borderline; otherwise it is a note.

    `defect` names a defect kind where the rule found one (see `assay.domain.judgement`).
    """

    reason: str
    caps: bool = True
    value: float | None = None
    threshold: float | None = None
    place: Place | None = None
    defect: str | None = None


@dataclass(frozen=True, slots=True)
class Drop:
    """The sample must not pass. `defect` names a hard defect where code verified one."""

    reason: str
    value: float | None = None
    threshold: float | None = None
    place: Place | None = None
    defect: str | None = None


Action: TypeAlias = Keep | Fix | Flag | Drop
