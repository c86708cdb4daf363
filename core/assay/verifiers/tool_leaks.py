"""Finds tool calls that stand as raw text in an answer, in the wire formats of model families.

The idea: a marker alone may be talked about; a marker with a payload behind it is a call that no
parser took out. The payload is read where it is JSON.

Invariant: linear in the text; after the first payload that cannot be read nothing more is read.
Source: the chat templates of Hermes, Qwen, Granite, Llama 3.1, Mistral, DeepSeek and Glaive.
"""

import json
from dataclasses import dataclass

import orjson

from assay.domain.sample import JsonValue
from assay.verifiers.patterns import Match, compile_pattern
from assay.verifiers.tool_repair import repair_arguments
from assay.verifiers.view import View

_HINTS = (
    "<tool_call",
    "<|tool",
    "<function",
    "[TOOL_CALLS]",
    "<|python_tag|>",
    "<invoke ",
    "<\uff5ctool",
)
_OPENING = compile_pattern(
    r"<tool_calls?>\s*(?:[\[{]|<function=)"
    r"|<\|tool_call\|>\s*[\[{]"
    r"|<\|tool_calls?(?:_section)?_begin\|>"
    "|<\uff5ctool\u2581calls?\u2581begin\uff5c>"
    r"|<function_?calls?>\s*(?:[\[{]|<invoke )"
    r"|<function=([\pL\pN_.:-]+)>\s*(?:\{|<parameter|</function>)"
    r"|<invoke name=\"[^\"\n]{1,200}\">\s*<"
    r"|\[TOOL_CALLS\]\s*[^\s.,;:!?]"
    r"|<\|python_tag\|>\s*[^\s.,;:!?]"
)
_CLOSING = compile_pattern(
    r"\s*(?:</(?:tool_calls?|function_?calls?|function)>|<\|/tool_call\|>|<\|e(?:o[mt]_id|ndoftext)\|>|\[/TOOL_CALLS\])"
)
_FENCE_HINTS = ("```tool_call", "```function", "~~~tool_call", "~~~function")
_FENCES = frozenset(("tool_call", "tool_calls", "function_call", "functioncall"))
_JSON_START = ("{", "[")
_DECODER = json.JSONDecoder()
_MAX_LEAKS = 64


@dataclass(frozen=True, slots=True)
class LeakedCall:
    """A call read from text; `arguments` is JSON text."""

    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Leak:
    """One stretch of raw call text; `calls` is empty when it cannot be read."""

    start: int
    end: int
    calls: tuple[LeakedCall, ...]


def find_leaks(view: View, index: int) -> tuple[Leak, ...]:
    """Raw calls in message `index`, in order; the last one may be unreadable."""
    text = view.text(index)
    leaks = _fenced_leaks(view, index) if any(hint in text for hint in _FENCE_HINTS) else []
    if any(hint in text for hint in _HINTS):
        leaks.extend(_marked_leaks(text, view.prose(index)))
    return tuple(sorted(leaks, key=lambda leak: leak.start))


def _fenced_leaks(view: View, index: int) -> list[Leak]:
    return [
        Leak(block.start, block.end, _read_calls(_load(block.body.strip())))
        for block in view.code_blocks(index)
        if block.language in _FENCES and block.body.lstrip().startswith(_JSON_START)
    ]


def _marked_leaks(text: str, prose: str) -> list[Leak]:
    leaks: list[Leak] = []
    position = 0
    while len(leaks) < _MAX_LEAKS:
        match = _OPENING.search(prose, position)
        if match is None:
            break
        leak = _read_leak(text, match)
        leaks.append(leak)
        if not leak.calls:
            break
        position = leak.end
    return leaks


def _read_leak(text: str, match: Match) -> Leak:
    start = match.start()
    unreadable = Leak(start, match.end(), ())
    payload = match.end() - 1
    if not text.startswith(_JSON_START, payload):
        return unreadable
    try:
        value, end = _DECODER.raw_decode(text, payload)
    except (ValueError, RecursionError):
        value, end = _read_rest(text, payload)
    name = match.group(1)
    calls = _read_calls({"name": name, "arguments": value} if name else value)
    if not calls:
        return unreadable
    closing = _CLOSING.match(text, end)
    return Leak(start, closing.end() if closing is not None else end, calls)


def _read_rest(text: str, payload: int) -> tuple[JsonValue, int]:
    """Read a payload with Python quotes: up to the closing mark or the end."""
    closing = _CLOSING.search(text, payload)
    end = closing.start() if closing is not None else len(text)
    repaired = repair_arguments(text[payload:end])
    return (None if repaired is None else orjson.loads(repaired)), end


def _load(text: str) -> JsonValue:
    repaired = repair_arguments(text)
    if repaired is not None:
        return orjson.loads(repaired)  # type: ignore[no-any-return]
    try:
        value: JsonValue = orjson.loads(text)
    except ValueError:
        return None
    return value


def _read_calls(value: JsonValue) -> tuple[LeakedCall, ...]:
    """The calls that a payload (one object or a list of them) states; none if any is not whole."""
    calls: list[LeakedCall] = []
    for member in value if isinstance(value, list) else [value]:
        call = _read_call(member)
        if call is None:
            return ()
        calls.append(call)
    return tuple(calls)


def _read_call(value: JsonValue) -> LeakedCall | None:
    if not isinstance(value, dict):
        return None
    inner = value.get("function")
    stated = inner if isinstance(inner, dict) else value
    name = stated.get("name")
    arguments = stated.get("arguments", stated.get("parameters", {}))
    if isinstance(arguments, str):
        arguments = _load(arguments)
    if not isinstance(name, str) or not name or not isinstance(arguments, dict):
        return None
    return LeakedCall(name, orjson.dumps(arguments).decode())
