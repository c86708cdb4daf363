"""The address of a sample, its export line and its typed form.

`sample_id` is the SHA-256 of the payload's canonical JSON: messages, tools and documents as read,
keys sorted, no white space, UTF-8. `to_sample` is the one gate to the typed form: what passes it,
every rule can rely on.
"""

from hashlib import sha256

from assay.datasets.json_text import dump_json
from assay.domain.errors import InputError
from assay.domain.sample import (
    CONTENT_KEYS,
    ROLES,
    Document,
    JsonObject,
    JsonValue,
    Message,
    Sample,
    SampleType,
    Tool,
    ToolCall,
)

KEY_ORDER = (
    "id",
    "type",
    "messages",
    "tools",
    "documents",
    "language",
    "metadata",
    "source",
    "assay",
)

_ROLES = frozenset(ROLES)
_KIND_NAMES = {
    bool: "a boolean",
    int: "a number",
    float: "a number",
    str: "a string",
    list: "an array",
    dict: "an object",
    type(None): "nothing",
}


def canonical_bytes(payload: JsonObject) -> bytes:
    """Return the canonical JSON of the payload's content (messages, tools, documents).

    Raises:
        InputError: the payload holds what JSON in UTF-8 cannot say (NaN, half a character).
    """
    content = {key: payload[key] for key in CONTENT_KEYS if key in payload}
    try:
        return dump_json(content, sort_keys=True)
    except ValueError as exc:
        raise InputError(f"expected a payload that JSON can say, found: {exc}") from exc


def sample_id(payload: JsonObject) -> str:
    """Return the sample's address: SHA-256 (hex) of its canonical bytes."""
    return sha256(canonical_bytes(payload)).hexdigest()


def record_bytes(record: JsonObject) -> bytes:
    """Return the export line of a record, without the line end."""
    ordered = {key: record[key] for key in KEY_ORDER if key in record}
    for key, value in record.items():
        ordered.setdefault(key, value)
    return dump_json(ordered)


def to_sample(
    payload: JsonObject,
    *,
    id: str | None = None,
    type: SampleType = SampleType.SINGLE_TURN,
    language: str | None = None,
    metadata: JsonObject | None = None,
    source: str | None = None,
) -> Sample:
    """Build the typed sample.

    Raises:
        InputError: the structure is unsound; the message begins with a JSON pointer (RFC 6901).
    """
    messages = _items(payload.get("messages"), "/messages")
    if not messages:
        raise _expected("/messages", "at least one message", "an empty array")
    tools = payload.get("tools")
    documents = payload.get("documents")
    return Sample(
        tuple([_message(item, at) for at, item in enumerate(messages)]),
        () if tools is None else _tools(tools),
        () if documents is None else _documents(documents),
        type,
        language,
        {} if metadata is None else metadata,
        source,
        id,
    )


def _message(item: JsonValue, at: int) -> Message:
    if not isinstance(item, dict):
        raise _wrong(f"/messages/{at}", "an object", item)
    role, content = item.get("role"), item.get("content")
    if not isinstance(role, str) or role not in _ROLES:
        found = repr(role[:40]) if isinstance(role, str) else _kind(role)
        raise _expected(f"/messages/{at}/role", f"one of {', '.join(ROLES)}", found)
    if len(item) == 2 and isinstance(content, str):
        return Message(role, content)
    pointer = f"/messages/{at}"
    calls = _calls(item.get("tool_calls"), pointer, role)
    if not isinstance(content, str) and (content is not None or not calls):
        raise _wrong(f"{pointer}/content", "a string", content)
    return Message(
        role, content, calls, _text(item, "tool_call_id", pointer), _text(item, "name", pointer)
    )


def _calls(value: JsonValue, pointer: str, role: str) -> tuple[ToolCall, ...]:
    if value is None:
        return ()
    calls = _items(value, f"{pointer}/tool_calls")
    if calls and role != "assistant":
        raise _expected(f"{pointer}/tool_calls", "calls in assistant messages only", f"role {role}")
    return tuple([_call(call, f"{pointer}/tool_calls/{at}") for at, call in enumerate(calls)])


def _call(value: JsonValue, pointer: str) -> ToolCall:
    call = _object(value, pointer)
    _function_type(call, pointer)
    function = _object(call.get("function"), f"{pointer}/function")
    return ToolCall(
        _text(call, "id", pointer),
        _required_text(function, "name", f"{pointer}/function"),
        _required_text(function, "arguments", f"{pointer}/function"),
    )


def _tools(value: JsonValue) -> tuple[Tool, ...]:
    return tuple([_tool(tool, f"/tools/{at}") for at, tool in enumerate(_items(value, "/tools"))])


def _tool(value: JsonValue, pointer: str) -> Tool:
    tool = _object(value, pointer)
    _function_type(tool, pointer)
    pointer += "/function"
    function = _object(tool.get("function"), pointer)
    parameters = function.get("parameters")
    return Tool(
        _required_text(function, "name", pointer),
        _text(function, "description", pointer) or "",
        None if parameters is None else _object(parameters, f"{pointer}/parameters"),
    )


def _documents(value: JsonValue) -> tuple[Document, ...]:
    return tuple(
        _document(document, f"/documents/{at}")
        for at, document in enumerate(_items(value, "/documents"))
    )


def _document(value: JsonValue, pointer: str) -> Document:
    document = _object(value, pointer)
    return Document(
        _required_text(document, "doc_id", pointer),
        _text(document, "title", pointer) or "",
        _required_text(document, "text", pointer),
    )


def _function_type(value: JsonObject, pointer: str) -> None:
    kind = value.get("type", "function")
    if kind != "function":
        found = repr(kind[:40]) if isinstance(kind, str) else _kind(kind)
        raise _expected(f"{pointer}/type", "'function'", found)


def _items(value: JsonValue, pointer: str) -> list[JsonValue] | tuple[JsonValue, ...]:
    if not isinstance(value, list | tuple):
        raise _wrong(pointer, "an array", value)
    return value


def _object(value: JsonValue, pointer: str) -> JsonObject:
    if not isinstance(value, dict):
        raise _wrong(pointer, "an object", value)
    return value


def _text(value: JsonObject, key: str, pointer: str) -> str | None:
    text = value.get(key)
    if text is None or isinstance(text, str):
        return text
    raise _wrong(f"{pointer}/{key}", "a string", text)


def _required_text(value: JsonObject, key: str, pointer: str) -> str:
    text = value.get(key)
    if isinstance(text, str):
        return text
    raise _wrong(f"{pointer}/{key}", "a string", text)


def _wrong(pointer: str, expected: str, value: JsonValue) -> InputError:
    return _expected(pointer, expected, _kind(value))


def _kind(value: object) -> str:
    return _KIND_NAMES.get(type(value), type(value).__name__)


def _expected(pointer: str, expected: str, found: str) -> InputError:
    return InputError(f"{pointer}: expected {expected}, found {found}; correct the row")
