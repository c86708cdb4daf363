"""Finds the one JSON object that is a judge's answer in what a model wrote.

Invariants: one try, linear in the text, nothing repaired. An object that stands within a damaged
one, or after the first, may be the response's own, quoted: it is never taken for the answer.
"""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from assay.domain.errors import JudgeBackendError
from assay.verifiers.patterns import compile_pattern

MAX_ANSWER_CHARS = 200_000
SHOWN_CHARS = 80  # of an answer in a message
_START = compile_pattern(r'\{\s*"')  # braces in prose have no key after them


class Span(NamedTuple):
    """Where an object stands in a text."""

    start: int
    end: int


class FoundObject(NamedTuple):
    """A parsed object and where it stands."""

    value: object
    span: Span


def first_object(text: str) -> FoundObject:
    """Return the first JSON object of a text; what stands around it is left alone.

    Control characters in strings are let through, for xgrammar writes them beside `maxLength`
    (measured). Doubled keys, NaN and endless nesting are not.

    Raises:
        JudgeBackendError: code `malformed`; there is none, or the text is longer than 200,000
            characters.
    """
    if len(text) > MAX_ANSWER_CHARS:
        raise malformed(f"an answer of at most {MAX_ANSWER_CHARS} characters", f"{len(text)}")
    start = _start(text)
    try:
        value, end = _DECODER.raw_decode(text, start)
    except (json.JSONDecodeError, RecursionError):
        raise malformed("a JSON object", text[start:]) from None  # the cause holds the answer
    return FoundObject(value, Span(start, end))


def malformed(expected: str, found: str) -> JudgeBackendError:
    """Return the error for an answer that cannot be used; it shows 80 characters of it at most."""
    return JudgeBackendError(
        f"expected {expected}, found {repr(found[:SHOWN_CHARS])[:SHOWN_CHARS]}; "
        "the model did not keep to the form: ask again",
        "malformed",
    )


def _start(text: str) -> int:
    if text.startswith('{"'):  # as nearly every answer does
        return 0
    found = _START.search(text)
    if found is None:
        raise malformed("a JSON object", text)
    start: int = found.start()
    return start


def _unique(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    body = dict(pairs)
    if len(body) != len(pairs):
        raise malformed("every key once", str([key for key, _ in pairs]))
    return body


def _refuse_constant(name: str) -> None:
    raise malformed("numbers that JSON knows", name)


_DECODER = json.JSONDecoder(
    strict=False, object_pairs_hook=_unique, parse_constant=_refuse_constant
)
