"""Whether a block of JSON parses, told apart from sketches with comments or ellipses."""

import json

import orjson

from assay.verifiers.code_outcome import PARSES, UNDECIDED, Outcome, bracket_depth, fault
from assay.verifiers.patterns import compile_pattern

MAX_CHARS = 500_000
MAX_DEPTH = 200

_SKETCH = compile_pattern(
    r"(?m)\.\.\.|…|\{\{|\{%|<[a-zA-Z][^<>\n]*>|(?:^|[\s,{\[])(?://|/\*|#)|\b(?:NaN|Infinity)\b"
)
_STARTS = frozenset('{["-0123456789tfn')


def check_json(body: str) -> Outcome:
    """Parse `body` as JSON, as several documents, or as the inside of an object."""
    text = body.strip()
    if not text or len(text) > MAX_CHARS or bracket_depth(text, MAX_DEPTH) > MAX_DEPTH:
        return UNDECIDED
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError as error:
        if text[0] not in _STARTS or _SKETCH.search(text):
            return UNDECIDED
        if _holds_documents(text) or _parses("{" + text.rstrip(",") + "}"):
            return PARSES
        skipped = body[: len(body) - len(body.lstrip())].count("\n")
        return fault(error.lineno + skipped, error.msg)
    return PARSES


def check_json_lines(body: str) -> Outcome:
    """Parse each line of `body` as JSON."""
    for number, line in enumerate(body.split("\n"), start=1):
        if line.strip() and not _parses(line):
            if _SKETCH.search(body) or len(body) > MAX_CHARS:
                return UNDECIDED
            return fault(number, "the line is not a JSON document")
    return PARSES


def _parses(text: str) -> bool:
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return True


def _holds_documents(text: str) -> bool:
    """Whether documents follow each other, with white space or commas between them."""
    decoder = json.JSONDecoder()
    position = 0
    try:
        while position < len(text):
            _, position = decoder.raw_decode(text, position)
            while position < len(text) and text[position] in " \t\r\n,":
                position += 1
    except (ValueError, RecursionError):
        return False
    return text[-1] != ","
