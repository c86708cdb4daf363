"""What a row declares beside its turns, in canonical shape: tools and documents.

A value that cannot be understood is left as it is, for the schema rules to judge.
"""

from typing import NamedTuple

from assay.datasets.json_text import parse_embedded
from assay.domain.sample import JsonObject, JsonValue

_DOCUMENT_NAMES = {
    "doc_id": ("doc_id", "id", "document_id"),
    "title": ("title",),
    "text": ("text", "content", "contents", "passage"),
}


class Documents(NamedTuple):
    """Canonical documents, and leftover keys by position."""

    value: JsonValue
    extra: JsonObject


def canonical_tools(value: JsonValue) -> JsonValue:
    """Return declared functions as `{"type": "function", "function": {...}}`; None for none."""
    value = parse_embedded(value)
    if value is None or value in ("", []):
        return None
    if isinstance(value, dict) and ("name" in value or "function" in value):
        value = [value]
    return [_wrapped_tool(tool) for tool in value] if isinstance(value, list) else value


def canonical_documents(value: JsonValue) -> Documents:
    """Return documents as `{"doc_id", "title"?, "text"}`; a value of None stands for none.

    A plain string is a text; a document without an id gets its 1-based position.
    """
    value = parse_embedded(value)
    if value is None or value in ("", []):
        return Documents(None, {})
    if not isinstance(value, list):
        return Documents(value, {})
    documents: list[JsonValue] = []
    extra: dict[str, JsonValue] = {}
    for position, document in enumerate(value):
        if isinstance(document, str):
            document = {"text": document}
        if not isinstance(document, dict):
            documents.append(document)
            continue
        rest = dict(document)
        documents.append(_canonical_document(rest, position + 1))
        if rest:
            extra[str(position)] = rest
    return Documents(documents, extra)


def _wrapped_tool(tool: JsonValue) -> JsonValue:
    if not isinstance(tool, dict):
        return tool
    if "function" in tool:
        return tool if tool.get("type") is not None else {**tool, "type": "function"}
    if "name" not in tool:
        return tool
    # The Responses API has the type beside the name; what is not that belongs to the function.
    function = {k: v for k, v in tool.items() if (k, v) != ("type", "function")}
    return {"type": "function", "function": function}


def _canonical_document(rest: dict[str, JsonValue], position: int) -> JsonObject:
    """Take the canonical members out of `rest`."""
    document: dict[str, JsonValue] = {"doc_id": position}
    for name, aliases in _DOCUMENT_NAMES.items():
        for alias in aliases:
            value = rest.get(alias)
            if value is None:
                rest.pop(alias, None)  # null says nothing
                continue
            document[name] = value
            del rest[alias]
            break
    doc_id = document["doc_id"]
    if isinstance(doc_id, int) and not isinstance(doc_id, bool):
        document["doc_id"] = str(doc_id)
    return document
