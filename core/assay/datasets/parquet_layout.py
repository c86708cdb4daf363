"""How an export stands in Parquet, and back: lossless for any JSON object.

Arrow gives every row of a column one type and cannot tell null from absent, so what varies from row
to row (tools, tool calls with their arguments, documents, metadata) stands as JSON text, and what
the columns cannot say exactly (unknown keys, messages of a wrong shape) moves to `extra`. Reading
gives back an equal object; only the order of keys is ours.
"""

from collections.abc import Mapping, Sequence
from typing import cast

import pyarrow as pa

from assay.datasets.canonical import KEY_ORDER
from assay.datasets.json_text import dump_json, parse_json
from assay.domain.sample import JsonObject, JsonValue

LAYOUT_MARK = {b"assay.layout": b"1"}

_TEXT_KEYS = ("id", "type", "language", "source")
_JSON_KEYS = ("tools", "documents", "metadata", "assay")
_MESSAGE_TEXT_KEYS = ("tool_call_id", "name")
_MESSAGE_KEYS = frozenset(("role", "content", "tool_calls", "weight", *_MESSAGE_TEXT_KEYS))
_MAX_WEIGHT = 2**63

_MESSAGE = pa.struct(
    [
        pa.field("role", pa.string(), nullable=False),
        pa.field("content", pa.string()),
        pa.field("tool_calls", pa.string()),
        pa.field("tool_call_id", pa.string()),
        pa.field("name", pa.string()),
        pa.field("weight", pa.int64()),
    ]
)
SCHEMA = pa.schema(
    [
        pa.field("id", pa.string()),
        pa.field("sample_id", pa.string()),
        pa.field("type", pa.string()),
        pa.field("language", pa.string()),
        pa.field("source", pa.string()),
        pa.field("messages", pa.list_(_MESSAGE)),
        pa.field("tools", pa.string()),
        pa.field("documents", pa.string()),
        pa.field("metadata", pa.string()),
        pa.field("assay", pa.string()),
        pa.field("extra", pa.string()),
    ],
    metadata=LAYOUT_MARK,
)


def has_layout(schema: pa.Schema) -> bool:
    """Return whether a file was written by us in this layout."""
    marked = LAYOUT_MARK.items() <= (schema.metadata or {}).items()
    return marked and schema.names == SCHEMA.names


def row_of(record: JsonObject) -> dict[str, object]:
    """Return the values of the columns for one record."""
    rest = dict(record)
    row: dict[str, object] = {}
    assay = rest.get("assay")
    if isinstance(assay, Mapping):
        row["sample_id"] = assay.get("sample_id")
        if not isinstance(row["sample_id"], str):
            del row["sample_id"]
    for key in _TEXT_KEYS:
        if isinstance(rest.get(key), str):
            row[key] = rest.pop(key)
    for key in _JSON_KEYS:
        if key in rest:
            row[key] = dump_json(rest.pop(key)).decode()
    messages = _message_rows(rest.get("messages"))
    if messages is not None:
        row["messages"] = messages
        del rest["messages"]
    if rest:
        row["extra"] = dump_json(rest).decode()
    return row


def record_of(row: Mapping[str, object]) -> JsonObject:
    """Return the record that the columns of one row say."""
    found: dict[str, JsonValue] = {}
    for key in _TEXT_KEYS:
        if row[key] is not None:
            found[key] = cast(str, row[key])
    for key in (*_JSON_KEYS, "extra"):
        if row[key] is not None:
            found[key] = parse_json(cast(str, row[key]).encode())
    if row["messages"] is not None:
        found["messages"] = [
            _message_of(m) for m in cast(list[dict[str, JsonValue]], row["messages"])
        ]
    extra = found.pop("extra", None)
    record = {key: found[key] for key in KEY_ORDER if key in found}
    return {**record, **extra} if isinstance(extra, dict) else record


def _message_rows(messages: JsonValue) -> list[dict[str, JsonValue]] | None:
    """Return the rows of the messages column, or None where it cannot say them exactly."""
    if not isinstance(messages, Sequence) or isinstance(messages, str):
        return None
    rows: list[dict[str, JsonValue]] = []
    for message in messages:
        if not isinstance(message, Mapping) or not _fits(message):
            return None
        row = dict(message)
        if "tool_calls" in row:
            row["tool_calls"] = dump_json(row["tool_calls"]).decode()
        rows.append(row)
    return rows


def _fits(message: JsonObject) -> bool:
    content, weight = message.get("content", False), message.get("weight", 0)
    return (
        message.keys() <= _MESSAGE_KEYS
        and isinstance(message.get("role"), str)
        and (content is None or isinstance(content, str))
        and all(isinstance(message.get(key, ""), str) for key in _MESSAGE_TEXT_KEYS)
        and isinstance(weight, int)
        and not isinstance(weight, bool)
        and -_MAX_WEIGHT <= weight < _MAX_WEIGHT
    )


def _message_of(row: dict[str, JsonValue]) -> JsonObject:
    message = {k: v for k, v in row.items() if v is not None or k == "content"}
    calls = message.get("tool_calls")
    if isinstance(calls, str):
        message["tool_calls"] = parse_json(calls.encode())
    return message
