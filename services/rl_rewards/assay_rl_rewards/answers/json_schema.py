"""JSON Schemas of tasks: checked, bounded and compiled without ever fetching anything.

The idea: a schema comes with a task and is as little trusted as an answer. A `$ref` to an address
or a file is refused, never read; so is a schema whose references, followed out, are more than a
million; formats are validated; a pattern that backtracks is stopped. The validator is jsonschema-rs
(drafts 4 to 2020-12). What a recursive schema costs on a deep answer is left to the deadline.
"""

import json
from typing import NoReturn, Protocol
from urllib.parse import unquote

import jsonschema_rs

from assay.domain.errors import InvalidTaskError
from assay.domain.sample import JsonValue
from assay_rl_rewards.answers.json_values import PointerError, resolve_pointer
from assay_rl_rewards.answers.strict_json import MAX_DEPTH, depth_of

MAX_SCHEMA_CHARS = 64 << 10
MAX_VISITS = 1 << 20  # schemas that one value may have to be held against
_NO_SUBSCHEMAS = frozenset(("$defs", "definitions", "enum", "const", "default", "examples"))
_BACKTRACK_LIMIT = 10_000
_PATTERN_BYTES = 1 << 20


class SchemaValidator(Protocol):
    """A compiled schema."""

    def is_valid(self, instance: JsonValue) -> bool: ...


class _Guarded:
    """A compiled schema that takes what it cannot decide (a pattern out of steps) for invalid."""

    __slots__ = ("_validator",)

    def __init__(self, validator: SchemaValidator) -> None:
        self._validator = validator

    def is_valid(self, instance: JsonValue) -> bool:
        try:
            return self._validator.is_valid(instance)
        except (ValueError, RecursionError):
            return False


def compile_schema(schema: JsonValue) -> SchemaValidator:
    """Compile `schema`; its `$schema` says which draft, without one it is 2020-12.

    Raises:
        InvalidTaskError: it is no schema, too large or deep, or refers to something outside it.
    """
    if not isinstance(schema, dict | bool):
        raise InvalidTaskError("expected a JSON Schema (an object or a boolean) as 'schema'")
    if depth_of(schema) > MAX_DEPTH or len(json.dumps(schema)) > MAX_SCHEMA_CHARS:
        limit = f"{MAX_SCHEMA_CHARS} characters and {MAX_DEPTH} levels"
        raise InvalidTaskError(f"expected a schema of at most {limit}, found a larger one")
    if _num_visits(schema) > MAX_VISITS:
        raise InvalidTaskError("expected references that can be followed, found too many of them")
    options = jsonschema_rs.FancyRegexOptions(
        backtrack_limit=_BACKTRACK_LIMIT, size_limit=_PATTERN_BYTES
    )
    try:
        return _Guarded(
            jsonschema_rs.validator_for(
                schema, validate_formats=True, retriever=_refuse, pattern_options=options
            )
        )
    except (ValueError, RecursionError) as exc:
        told = str(exc).partition("\n")[0][:200]
        raise InvalidTaskError(f"expected a valid JSON Schema, found: {told}") from exc


def _num_visits(schema: JsonValue) -> int:
    """How many schemas there are when references are followed; one back to itself counts once."""
    try:
        return _count_visits(schema, schema, {})
    except RecursionError:
        return MAX_VISITS + 1


def _count_visits(node: JsonValue, root: JsonValue, counted: dict[int, int]) -> int:
    if id(node) in counted:
        return counted[id(node)]
    if isinstance(node, dict):
        counted[id(node)] = 0  # a way back to here ends
        inner = [value for name, value in node.items() if name not in _NO_SUBSCHEMAS]
        target = node.get("$ref")
        if isinstance(target, str) and target.startswith("#"):
            inner.append(_target_of(root, target))
    elif isinstance(node, list):
        inner = list(node)
    else:
        return 0
    number = 1 + sum(_count_visits(value, root, counted) for value in inner)
    counted[id(node)] = min(number, MAX_VISITS + 1)
    return counted[id(node)]


def _target_of(root: JsonValue, reference: str) -> JsonValue:
    try:
        return resolve_pointer(root, unquote(reference[1:]))
    except (PointerError, ValueError):
        return None  # an anchor, or nothing: the validator tells


def _refuse(uri: str) -> NoReturn:
    raise ValueError("a schema of a task refers to itself alone")
