"""Turns arguments written as a Python literal, or encoded twice, into the JSON they stand for.

The idea: one linear pass over the tokens re-quotes strings, spells the constants in JSON and drops
trailing commas; a JSON parser then has the last word.

Invariant: the answer is a JSON object; text that is cut off or ambiguous gives None, never a guess.
"""

import orjson

from assay.domain.sample import JsonValue
from assay.verifiers.patterns import Match, compile_pattern

MAX_CHARS = 1 << 15  # longer text is left as it is

_TOKEN = compile_pattern(
    r"""(?s)'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[\pL_][\pL\pN_]*|,\s*[\]})]|[()]"""
)
_ESCAPE = compile_pattern(r"""(?s)\\.|["\n\t\r]""")
_CONSTANTS = {"True": "true", "False": "false", "None": "null"}
_BRACKETS = {"(": "[", ")": "]"}
_ESCAPED = {"\\'": "'", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def repair_arguments(text: str) -> str | None:
    """Return the JSON text of the object that `text` stands for, or None."""
    if len(text) > MAX_CHARS:
        return None
    value = _load(text)
    for _ in range(2):  # encoded twice
        if isinstance(value, str):
            value = _load(value)
    return orjson.dumps(value).decode() if isinstance(value, dict) else None


def _load(text: str) -> JsonValue:
    for candidate in (text, _TOKEN.sub(_as_json, text) if "'" in text or "\n" in text else text):
        try:
            value: JsonValue = orjson.loads(candidate)
        except ValueError:
            continue
        return value
    return None


def _as_json(match: Match) -> str:
    token = match.group()
    if token[0] == "'" or token[0] == '"':
        return f'"{_ESCAPE.sub(_escaped, token[1:-1])}"'
    if token[0] == ",":
        return _BRACKETS.get(token[-1], token[-1])
    return _BRACKETS.get(token) or _CONSTANTS.get(token, token)


def _escaped(match: Match) -> str:
    return _ESCAPED.get(match.group(), match.group())
