"""JSON in and out: fast, exact for integers of any size, bounded in depth.

orjson reads integers beyond 64 bits as floats and so changes them silently; such texts are read
again by the standard library. Whatever `parse_json` returns, `dump_json` can write: no NaN, no
lone surrogate, no nesting that a later stage could stumble over.
"""

import json
from typing import cast

import orjson

from assay.domain.sample import JsonValue

MAX_DEPTH = 128  # orjson writes 254 levels; rows are wrapped a few levels deeper on the way out

_DIGITS_TO_ZERO = bytes(ord("0") if chr(byte).isdigit() else byte for byte in range(128)) + bytes(
    range(128, 256)
)
_POSSIBLY_BEYOND_64_BITS = b"0" * 19
_ADVICE = (
    ("surrogate", "it is half a character; write the character itself or a full escape pair"),
    ("infinity", "the number is beyond double precision; write it as a string"),
    ("control character", "escape it, for example a line break as \\n"),
    ("unexpected end", "the row was cut; write each row as one whole line"),
    ("unexpected content", "write one object a line"),
    ("byte order mark", "remove the bytes EF BB BF inside the file"),
)
_OTHER_ADVICE = "write each row as one line with a JSON library"


class JsonTextError(ValueError):
    """A text is not usable JSON; `rule` is the `input.*` rule that it breaks."""

    def __init__(self, rule: str, reason: str) -> None:
        super().__init__(rule, reason)
        self.rule = rule
        self.reason = reason


def parse_json(text: bytes) -> JsonValue:
    """Parse UTF-8 JSON.

    Raises:
        JsonTextError: not UTF-8, not JSON, or nested deeper than `MAX_DEPTH`.
    """
    try:
        value = cast(JsonValue, orjson.loads(text))
    except orjson.JSONDecodeError as exc:
        raise _explain(text, exc) from None
    if text.count(b"[") + text.count(b"{") > MAX_DEPTH and _is_too_deep(value):
        raise _too_deep()
    if _POSSIBLY_BEYOND_64_BITS in text.translate(_DIGITS_TO_ZERO):
        value = cast(JsonValue, json.loads(text))
    return value


def parse_embedded(value: JsonValue) -> JsonValue:
    """Parse a string that holds a JSON array or object; any other value is returned as it is."""
    if not isinstance(value, str) or not value.lstrip().startswith(("[", "{")):
        return value
    try:
        return parse_json(value.encode())
    except (JsonTextError, UnicodeEncodeError):
        return value  # a schema rule says what is wrong with it, and where


def dump_json(value: object, *, sort_keys: bool = False) -> bytes:
    """Write compact UTF-8 JSON.

    Raises:
        ValueError: the value holds something that JSON in UTF-8 cannot say.
    """
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS if sort_keys else None)
    except TypeError:
        pass
    try:
        # The price of integers beyond 64 bits, which orjson refuses.
        text = json.dumps(
            value,
            ensure_ascii=False,
            sort_keys=sort_keys,
            separators=(",", ":"),
            allow_nan=False,
        )
        return text.encode()
    except (TypeError, RecursionError) as exc:
        raise ValueError(f"expected a JSON value, found one that is not: {exc}") from exc


def _is_too_deep(value: JsonValue) -> bool:
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(MAX_DEPTH):
        level = [
            child
            for node in level
            for child in (node.values() if isinstance(node, dict) else cast(list[JsonValue], node))
            if isinstance(child, dict | list)
        ]
        if not level:
            return False
    return True


def _too_deep() -> JsonTextError:
    return JsonTextError(
        "input.too_deep",
        f"expected at most {MAX_DEPTH} levels of nesting, found more; flatten the row",
    )


def _explain(text: bytes, error: orjson.JSONDecodeError) -> JsonTextError:
    try:
        decoded = text.decode()
    except UnicodeDecodeError as exc:
        return JsonTextError(
            "input.not_utf8",
            f"expected UTF-8, found byte 0x{text[exc.start]:02x} at byte {exc.start + 1}; convert "
            f"the file, for example with `iconv -f LATIN1 -t UTF-8`",
        )
    if "depth limit" in error.msg:
        return _too_deep()
    for name in ("NaN", "Infinity"):
        if decoded.startswith(name, error.pos):
            found, advice = f"{name}, which JSON has not", "write null or a string"
            break
    else:
        found = error.msg
        advice = next((say for part, say in _ADVICE if part in found), _OTHER_ADVICE)
    return JsonTextError(
        "input.invalid_json",
        f"expected one JSON object a line, found at column {error.pos + 1}: {found}; {advice}",
    )
