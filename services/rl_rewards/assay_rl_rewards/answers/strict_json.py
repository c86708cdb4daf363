"""JSON as the standard (RFC 8259) has it, and no more, from text that nobody vouches for.

Refused: a name twice in one object, NaN and Infinity, numbers too large for a float, lone
surrogates, anything before or after the value, nesting deeper than 64 and texts over 256 KiB. The
depth is counted before the parser runs, in one pass, so no input is answered with a deep stack.
"""

import json
import math
from collections.abc import Iterator, Sequence
from typing import NoReturn

from assay.domain.sample import JsonValue

MAX_BYTES = 256 << 10
MAX_DEPTH = 64


class _Deletion(dict[int, str | None]):
    """A translation that deletes all but brackets."""

    def __missing__(self, code: int) -> None:
        return None


_NO_BRACKETS = _Deletion({ord(bracket): bracket for bracket in "[]{}"})


class StrictValueError(ValueError):
    """A text is no value of its format; the message is one of a few fixed wordings."""


def read_json(text: str) -> JsonValue:
    """Return the one JSON value that `text` is.

    Raises:
        StrictValueError: it is none, or one that is refused.
    """
    check_size(text)
    if not _is_shallow(text):
        raise StrictValueError("it is nested too deeply, or its brackets do not pair")
    try:
        value: JsonValue = json.loads(
            text, object_pairs_hook=_unique, parse_constant=_refuse, parse_float=_finite
        )
    except StrictValueError:
        raise
    except (ValueError, RecursionError) as exc:
        raise StrictValueError("it does not parse") from exc
    if "\\u" in text:
        check_strings(value)
    return value


def check_size(text: str) -> None:
    """Check that `text` is at most 256 KiB of UTF-8.

    Raises:
        StrictValueError: it is larger, or holds a lone surrogate.
    """
    if len(text) > MAX_BYTES:
        raise StrictValueError("it is too long")
    try:
        size = len(text.encode())
    except UnicodeEncodeError as exc:
        raise StrictValueError("it holds a lone surrogate") from exc
    if size > MAX_BYTES:
        raise StrictValueError("it is too long")


def check_strings(value: JsonValue) -> None:
    """Check that no string or name in `value` holds a lone surrogate.

    Raises:
        StrictValueError: one does.
    """
    try:
        for text in strings_of(value):
            text.encode()
    except UnicodeEncodeError as exc:
        raise StrictValueError("it holds a lone surrogate") from exc


def strings_of(value: JsonValue) -> Iterator[str]:
    """All strings in `value`, names of objects among them."""
    pending: list[JsonValue] = [value]
    while pending:
        one = pending.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict):
            yield from one
            pending.extend(one.values())
        elif isinstance(one, list):
            pending.extend(one)


def depth_of(value: JsonValue) -> int:
    """How deep `value` is nested: 0 for what is neither object nor array."""
    depth = 0
    level = [value]
    while level := [one for one in level if isinstance(one, dict | list)]:
        depth += 1
        level = [inner for one in level for inner in _inner_of(one)]
    return depth


def _inner_of(value: JsonValue) -> Sequence[JsonValue]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else ()


def _is_shallow(text: str) -> bool:
    """Whether brackets outside strings pair up within 64 levels; innermost pairs go first."""
    plain = text.replace("\\\\", "").replace('\\"', "")
    outside = "".join(plain.split('"')[::2])
    brackets = outside.translate(_NO_BRACKETS)
    for _ in range(MAX_DEPTH):
        if not brackets:
            return True
        brackets = brackets.replace("[]", "").replace("{}", "")
    return not brackets


def _unique(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise StrictValueError("an object has a name twice")
    return found


def _refuse(name: str) -> NoReturn:
    raise StrictValueError("a number is not finite")


def _finite(literal: str) -> float:
    number = float(literal)
    if not math.isfinite(number):
        raise StrictValueError("a number is not finite")
    return number
