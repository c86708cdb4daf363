"""From a raw line to a row in canonical shape, or to the reason why it is none.

Nothing is mended here: roles, texts and wrong types stay as written, and what the canonical shape
has no place for moves to `metadata` (keys of a turn to `message_extra`, of a document to
`document_extra`, by position). Only a row in which no conversation can be recognised is a bad line.
"""

from dataclasses import dataclass, field
from typing import cast

from assay.datasets.conversations import (
    Conversation,
    Format,
    find_conversation,
    why_no_conversation,
)
from assay.datasets.declared import canonical_documents, canonical_tools
from assay.datasets.json_text import JsonTextError, parse_embedded, parse_json
from assay.datasets.lines import MAX_LINE_BYTES, RawLine
from assay.datasets.sample_type import infer_type
from assay.domain.sample import JsonObject, JsonValue, SampleType

_TYPES = {str(kind): kind for kind in SampleType}
_ENVELOPE_KEYS = frozenset(
    ("id", "type", "language", "source", "metadata", "tools", "functions", "documents")
)


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that is no sample: the `input.*` rule it breaks and a sentence for a person."""

    rule: str
    reason: str


@dataclass(frozen=True, slots=True)
class Adapted:
    """A row in canonical shape. `payload` holds messages, tools? and documents?, unmended."""

    format: Format
    payload: JsonObject
    id: str | None
    type: SampleType
    language: str | None
    metadata: JsonObject
    source: str | None
    notes: tuple[str, ...] = ()


def adapt_line(line: RawLine) -> Adapted | BadLine:
    """Adapt one raw line, whole or not."""
    if line.data is not None:
        return adapt(line.data)
    if line.oversize is not None:
        return _too_large(line.oversize.num_bytes)
    return BadLine(
        "input.corrupt_stream",
        f"expected to read the file to its end, found {line.damage}; the rows before this line "
        f"were read; copy or download the file again",
    )


def adapt(data: bytes) -> Adapted | BadLine:
    """Adapt the bytes of one line; any bytes are allowed."""
    if len(data) > MAX_LINE_BYTES:
        return _too_large(len(data))
    try:
        row = parse_json(data)
    except JsonTextError as exc:
        return BadLine(exc.rule, exc.reason)
    if not isinstance(row, dict):
        return BadLine(
            "input.not_an_object",
            f"expected a JSON object, found {_kind(row)}; write one object a line"
            + (" (`jq -c '.[]'` splits an array)" if isinstance(row, list) else ""),
        )
    return adapt_row(row)


def adapt_row(row: JsonObject) -> Adapted | BadLine:
    """Adapt one JSON object; it is not changed."""
    chat = find_conversation(row)
    if chat is None:
        return BadLine("input.no_conversation", why_no_conversation(row))
    envelope = _Envelope(row, chat)
    payload = envelope.payload()
    language = envelope.text("language")
    given = envelope.given_type()
    row_id, source = envelope.id(), envelope.text("source")
    metadata = envelope.metadata()
    kind = given or infer_type(payload, metadata, language=language)
    return Adapted(
        chat.format, payload, row_id, kind, language, metadata, source, tuple(envelope.notes)
    )


@dataclass(slots=True)
class _Envelope:
    """Takes a row apart; what no member claims ends in the metadata."""

    row: JsonObject
    chat: Conversation
    notes: list[str] = field(default_factory=list)
    strays: dict[str, JsonValue] = field(default_factory=dict)

    def payload(self) -> JsonObject:
        payload: dict[str, JsonValue] = {"messages": self.chat.messages}
        if self.chat.extra:
            self.strays["message_extra"] = {str(at): keys for at, keys in self.chat.extra.items()}
        declared, functions = self.row.get("tools"), self.row.get("functions")
        tools = canonical_tools(declared)
        if tools is None:
            tools = canonical_tools(functions)
        elif functions is not None:
            self.strays["functions"] = functions
        if tools is not None:
            payload["tools"] = tools
        if "documents" in self.row:
            documents = canonical_documents(self.row["documents"])
            if documents.value is not None:
                payload["documents"] = documents.value
            if documents.extra:
                self.strays["document_extra"] = documents.extra
        return payload

    def text(self, key: str) -> str | None:
        value = self.row.get(key)
        if isinstance(value, str):
            return value or None
        if value is not None:
            self._misplace(key, f"a string, found {_kind(value)}")
        return None

    def id(self) -> str | None:
        value = self.row.get("id")
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        return self.text("id")

    def given_type(self) -> SampleType | None:
        value = self.row.get("type")
        kind = _TYPES.get(value) if isinstance(value, str) else None
        if kind is None and value not in (None, ""):
            found = repr(value[:40]) if isinstance(value, str) else _kind(value)
            self._misplace("type", f"one of {', '.join(_TYPES)}, found {found}; inferred instead")
        return kind

    def metadata(self) -> JsonObject:
        given = parse_embedded(self.row.get("metadata"))
        metadata: dict[str, JsonValue] = dict(given) if isinstance(given, dict) else {}
        if not isinstance(given, dict) and given not in (None, ""):
            _place(metadata, "metadata", given)
            self.notes.append(f"expected 'metadata' to be an object, found {_kind(given)}; wrapped")
        for key, value in self.row.items():
            if key not in _ENVELOPE_KEYS and key not in self.chat.used:
                _place(metadata, key, value)
        for key, value in self.strays.items():
            _place(metadata, key, value)
        return metadata

    def _misplace(self, key: str, expected: str) -> None:
        self.strays[key] = self.row[key]
        self.notes.append(f"expected {key!r} to be {expected}; kept in metadata")


def _place(metadata: dict[str, JsonValue], key: str, value: JsonValue) -> None:
    """Add a member under a free name: nothing that the user wrote is overwritten."""
    name, num_tries = key, 1
    while name in metadata:
        name = f"row.{key}" if num_tries == 1 else f"row.{key}.{num_tries}"
        num_tries += 1
    metadata[name] = value


def _too_large(num_bytes: int) -> BadLine:
    return BadLine(
        "input.too_large",
        f"expected at most {MAX_LINE_BYTES:,} bytes a line, found {num_bytes:,}; split the row, or "
        f"check that the file has line breaks",
    )


def _kind(value: JsonValue) -> str:
    if value is None:
        return "null"
    names = {bool: "a boolean", int: "a number", float: "a number", str: "a string"}
    return names.get(
        cast(type, type(value)), "an array" if isinstance(value, list) else "an object"
    )
