"""One turn of a conversation in canonical shape: role, content, tool_calls, tool_call_id, name.

Only the shape changes: names of keys, wrappers, the JSON text of arguments. Roles, texts and wrong
types stay as written, because a rule that mends or rejects them leaves a trace and an adapter does
not. Keys that the shape has no place for are handed back, never lost.
"""

from typing import NamedTuple, cast

from assay.datasets.json_text import dump_json, parse_embedded
from assay.domain.sample import JsonObject, JsonValue

_PLAIN_TURN = frozenset(("role", "content"))
_OPTIONAL_KEYS = ("tool_call_id", "name")
_CALL_ROLES = ("function_call", "tool_call")  # ShareGPT: a turn that is a call, its value JSON


class Turn(NamedTuple):
    """A canonical message (or the value as it was, where it is no object) and leftover keys."""

    message: JsonValue
    extra: JsonObject | None = None


def canonical_turn(turn: JsonValue) -> Turn:
    """Bring one message into canonical shape; OpenAI, ShareGPT and legacy function calls."""
    if not isinstance(turn, dict) or (
        turn.keys() == _PLAIN_TURN and turn["role"] not in _CALL_ROLES
    ):
        return Turn(turn)
    rest = dict(turn)
    message: dict[str, JsonValue] = {}
    _move(rest, message, "role", "from")
    _move(rest, message, "content", "value")
    calls = _take_calls(rest)
    if calls is None and message.get("role") in _CALL_ROLES:
        calls = _calls_in_text(message)
    if calls is not None:
        message.setdefault("content", None)
        message["tool_calls"] = calls
    for key in _OPTIONAL_KEYS:
        value = rest.pop(key, None)
        if value is not None:
            message[key] = value
    return Turn(message, rest or None)


def _move(rest: dict[str, JsonValue], message: dict[str, JsonValue], *names: str) -> None:
    """Move the first key of `names` that is there to the canonical name, which is the first."""
    for name in names:
        if name in rest:
            message[names[0]] = rest.pop(name)
            return


def _take_calls(rest: dict[str, JsonValue]) -> JsonValue:
    legacy = rest.get("function_call")
    calls = parse_embedded(rest.pop("tool_calls", None))
    if calls is None or calls == []:
        calls = None
        if isinstance(legacy, dict) and "name" in legacy:
            calls = [legacy]
            del rest["function_call"]
    if legacy is None:
        rest.pop("function_call", None)
    if not isinstance(calls, list):
        return calls
    return [_canonical_call(call) for call in calls]


def _calls_in_text(message: dict[str, JsonValue]) -> list[JsonValue] | None:
    """Return the calls that a call turn spells out in its text, and make it an assistant turn.

    The role names a kind of message, not a speaker, so it goes with the format. A text that holds
    no call stays as it is, with its role.
    """
    found = parse_embedded(message.get("content"))
    calls = found if isinstance(found, list) else [found]
    if not calls or not all(isinstance(call, dict) and "name" in call for call in calls):
        return None
    message["role"], message["content"] = "assistant", None
    return [_canonical_call(call) for call in calls]


def _canonical_call(call: JsonValue) -> JsonValue:
    if not isinstance(call, dict):
        return call
    if "function" not in call and "name" in call:
        call = _wrapped(call)
    function = call.get("function")
    if not isinstance(function, dict):
        return call
    arguments = function.get("arguments")
    if isinstance(arguments, dict):
        function = {**function, "arguments": dump_json(arguments).decode()}
    elif call.get("id") is not None and "type" in call:
        return call
    canonical: dict[str, JsonValue] = {}
    if call.get("id") is not None:
        canonical["id"] = call["id"]
    canonical["type"] = call.get("type") or "function"
    canonical["function"] = function
    for key, value in call.items():
        if key != "id":
            canonical.setdefault(key, value)
    return canonical


def _wrapped(call: dict[str, JsonValue]) -> dict[str, JsonValue]:
    function = {key: call[key] for key in ("name", "arguments") if key in call}
    others = {key: value for key, value in call.items() if key not in function}
    return {**others, "function": cast(JsonValue, function)}
