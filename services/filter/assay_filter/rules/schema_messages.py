"""Checks that a payload has the structure of a sample; after this rule the typed form is safe.

Every violation is named with its RFC 6901 pointer, and all of them are reported up to a limit.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeAlias

from pydantic import Field

from assay.domain.action import Action, Drop
from assay.domain.sample import ROLES, JsonObject, JsonValue
from assay_filter.rules.payload import is_list
from assay_filter.rules.rule import PayloadRule, RuleSettings

_ElementCheck: TypeAlias = Callable[[str, JsonValue], Iterator[str]]

_MAX_REPORTS = 10  # violations named of one sample; the first ones tell the rest


class SchemaMessagesSettings(RuleSettings):
    """Sizes beyond which a sample is an accident."""

    max_messages: int = Field(default=2000, ge=1, description="turns in a sample; more drops")
    max_characters: int = Field(
        default=2_000_000, ge=1, description="characters in one content; more drops"
    )
    max_tools: int = Field(default=1000, ge=0, description="declared tools; more drops")
    max_documents: int = Field(default=10_000, ge=0, description="documents; more drops")


class SchemaMessages(PayloadRule[SchemaMessagesSettings]):
    """Yields one Drop for each violation."""

    id = "schema.messages"
    summary = "A structure other than messages, tools and documents of a sample drops it"
    settings_type = SchemaMessagesSettings

    def check(self, payload: JsonObject) -> Iterable[Action]:
        for number, reason in enumerate(self._violations(payload)):
            if number == _MAX_REPORTS:
                return
            yield Drop(reason)

    def _violations(self, payload: JsonObject) -> Iterator[str]:
        messages = payload.get("messages")
        if not is_list(messages) or not messages:
            yield f"/messages: expected a list of at least one message, found {_shown(messages)}"
        elif len(messages) > self.settings.max_messages:
            limit = self.settings.max_messages
            yield f"/messages: expected at most {limit} messages, found {len(messages)}"
        else:
            for index, message in enumerate(messages):
                if not self._is_plain(message):
                    yield from self._message(f"/messages/{index}", message)
        yield from _list_of(payload, "tools", self.settings.max_tools, _tool)
        yield from _list_of(payload, "documents", self.settings.max_documents, _document)

    def _is_plain(self, message: JsonValue) -> bool:
        """The common case in one look: a role and an ASCII text, nothing else."""
        if not isinstance(message, dict) or len(message) != 2:
            return False
        content = message.get("content")
        return (
            message.get("role") in ROLES
            and isinstance(content, str)
            and content.isascii()
            and len(content) <= self.settings.max_characters
        )

    def _message(self, pointer: str, message: JsonValue) -> Iterator[str]:
        if not isinstance(message, dict):
            yield f"{pointer}: expected an object, found {_shown(message)}"
            return
        role = message.get("role")
        if not isinstance(role, str) or (role not in ROLES and role != "developer"):
            yield f"{pointer}/role: expected one of {', '.join(ROLES)}, found {_shown(role)}"
        calls = message.get("tool_calls")
        yield from self._content(f"{pointer}/content", message, may_be_null=bool(calls))
        if calls is not None:
            yield from _tool_calls(f"{pointer}/tool_calls", calls, role)
        for key in ("tool_call_id", "name"):
            if key in message:
                yield from _optional_text(f"{pointer}/{key}", message[key])

    def _content(
        self, pointer: str, message: Mapping[str, JsonValue], *, may_be_null: bool
    ) -> Iterator[str]:
        content = message.get("content")
        if content is None:
            if not (may_be_null and message.get("role") == "assistant"):
                yield f"{pointer}: expected text, found null; only tool calls may stand without"
        elif not isinstance(content, str):
            yield f"{pointer}: expected text, found {_shown(content)}"
        elif len(content) > self.settings.max_characters:
            limit = self.settings.max_characters
            yield f"{pointer}: expected at most {limit} characters, found {len(content)}"
        else:
            yield from _unicode(pointer, content)


def _tool_calls(pointer: str, calls: JsonValue, role: JsonValue) -> Iterator[str]:
    if not is_list(calls):
        yield f"{pointer}: expected a list, found {_shown(calls)}"
        return
    if calls and role != "assistant":
        yield f"{pointer}: expected tool calls in assistant turns only, found role {_shown(role)}"
    for number, call in enumerate(calls):
        yield from _tool_call(f"{pointer}/{number}", call)


def _tool_call(pointer: str, call: JsonValue) -> Iterator[str]:
    if not isinstance(call, dict):
        yield f"{pointer}: expected an object, found {_shown(call)}"
        return
    yield from _optional_text(f"{pointer}/id", call.get("id"))
    if call.get("type", "function") not in ("function", None):
        yield f"{pointer}/type: expected 'function', found {_shown(call['type'])}"
    function = call.get("function")
    if not isinstance(function, dict):
        yield f"{pointer}/function: expected an object, found {_shown(function)}"
        return
    yield from _name(f"{pointer}/function/name", function.get("name"))
    arguments = function.get("arguments")
    if not isinstance(arguments, str):
        yield f"{pointer}/function/arguments: expected JSON text, found {_shown(arguments)}"
    else:
        yield from _unicode(f"{pointer}/function/arguments", arguments)


def _tool(pointer: str, tool: JsonValue) -> Iterator[str]:
    function = tool.get("function") if isinstance(tool, dict) else None
    if not isinstance(function, dict):
        yield f"{pointer}/function: expected an object, found {_shown(function)}"
        return
    yield from _name(f"{pointer}/function/name", function.get("name"))
    yield from _optional_text(f"{pointer}/function/description", function.get("description"))
    parameters = function.get("parameters")
    if parameters is not None and not isinstance(parameters, dict):
        yield f"{pointer}/function/parameters: expected an object, found {_shown(parameters)}"


def _document(pointer: str, document: JsonValue) -> Iterator[str]:
    if not isinstance(document, dict):
        yield f"{pointer}: expected an object, found {_shown(document)}"
        return
    for key in ("doc_id", "id", "title"):
        yield from _optional_text(f"{pointer}/{key}", document.get(key))
    text = document.get("text")
    if not isinstance(text, str):
        yield f"{pointer}/text: expected text, found {_shown(text)}"
    else:
        yield from _unicode(f"{pointer}/text", text)


def _list_of(payload: JsonObject, key: str, limit: int, check: _ElementCheck) -> Iterator[str]:
    values = payload.get(key)
    if values is None:
        return
    if not is_list(values):
        yield f"/{key}: expected a list, found {_shown(values)}"
    elif len(values) > limit:
        yield f"/{key}: expected at most {limit}, found {len(values)}"
    else:
        for index, value in enumerate(values):
            yield from check(f"/{key}/{index}", value)


def _name(pointer: str, value: JsonValue) -> Iterator[str]:
    if not isinstance(value, str) or not value.strip():
        yield f"{pointer}: expected a name, found {_shown(value)}"
    else:
        yield from _unicode(pointer, value)


def _optional_text(pointer: str, value: JsonValue) -> Iterator[str]:
    if value is not None and not isinstance(value, str):
        yield f"{pointer}: expected text or null, found {_shown(value)}"
    elif isinstance(value, str):
        yield from _unicode(pointer, value)


def _unicode(pointer: str, text: str) -> Iterator[str]:
    """A lone half of a surrogate pair has no UTF-8 form: neither patterns nor files can hold it."""
    if text.isascii():
        return
    try:
        text.encode()
    except UnicodeEncodeError as error:
        yield f"{pointer}: expected Unicode text, found a lone surrogate at offset {error.start}"


def _shown(value: JsonValue) -> str:
    if value is None or isinstance(value, bool | int | float):
        return repr(value)
    if isinstance(value, str):
        return ascii(value[:80])
    return f"{type(value).__name__} of {len(value)}"
