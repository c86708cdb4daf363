"""Reads a payload whose structure is not known yet; every function accepts any JSON.

A payload comes from a JSON decoder or from edits, so its objects are dicts and its arrays lists.
"""

from collections.abc import Sequence
from typing import TypeGuard

from assay.domain.sample import JsonObject, JsonValue


def message_list(payload: JsonObject) -> Sequence[JsonValue]:
    """The elements of `messages`, none when that is no list."""
    messages = payload.get("messages")
    return messages if is_list(messages) else ()


def is_list(value: JsonValue) -> TypeGuard[Sequence[JsonValue]]:
    """Whether `value` is a JSON array."""
    return isinstance(value, list)


def role_of(message: JsonValue) -> str:
    """The role of `message`, empty when it has none."""
    role = message.get("role") if isinstance(message, dict) else None
    return role if isinstance(role, str) else ""


def has_tool_calls(message: JsonValue) -> bool:
    """Whether `message` makes at least one tool call."""
    calls = message.get("tool_calls") if isinstance(message, dict) else None
    return is_list(calls) and len(calls) > 0


def text_of(message: JsonValue) -> str:
    """The content of `message`, empty when it is no text."""
    content = message.get("content") if isinstance(message, dict) else None
    return content if isinstance(content, str) else ""
