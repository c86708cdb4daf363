"""Turns a tool's declared parameters, as found in the wild, into a compiled validator.

The idea: data sets write JSON Schema with accents (`dict`, `float`, `str, optional`, flat parameter
maps, null padding from Arrow, Draft 4 booleans). One pass rewrites a schema to plain Draft 2020-12
and inlines its local references, so that what is compiled holds no reference at all: nothing is
ever fetched, nothing recurses without end, and checking costs at most schema nodes times argument
nodes. Patterns run on a linear-time engine.

Invariant: a schema either compiles or has a `fault`, a sentence for a person; nothing is raised.
Source: JSON Schema 2020-12 (core and validation), the OpenAI function calling format.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import jsonschema_rs
import orjson

from assay.domain.sample import JsonObject, JsonValue
from assay.verifiers.schema_rewriter import (
    DEFINITIONS,
    LITERALS,
    MAPS,
    NULLABLE,
    SINGLES,
    STRUCTURE,
    SchemaFault,
    SchemaRewriter,
    is_flat,
    is_padded_const,
)

MAX_SCHEMA_BYTES = 1 << 18
CACHE_SIZE = 1_024

_PATTERN_OPTIONS = jsonschema_rs.RegexOptions(size_limit=1 << 20, dfa_size_limit=1 << 20)


@dataclass(frozen=True, slots=True)
class CompiledSchema:
    """A tool's parameters, ready to check arguments, or the reason why they cannot.

    Attributes:
        validator: None when the schema has a fault.
        fault: what is wrong with the schema, None when it is sound.
        has_nulls: the schema as written holds null members, perhaps padding.
        names: the declared arguments, in order.
    """

    validator: jsonschema_rs.Draft202012Validator | None
    fault: str | None
    has_nulls: bool = False
    names: tuple[str, ...] = ()


def compile_schema(parameters: JsonObject | None) -> CompiledSchema:
    """Compile `parameters`; equal schemas share one validator (bounded cache)."""
    try:
        key = orjson.dumps(parameters)
    except orjson.JSONEncodeError as exc:
        return CompiledSchema(None, f"the schema is no plain JSON: {exc}")
    if len(key) > MAX_SCHEMA_BYTES:
        return CompiledSchema(
            None, f"the schema has {len(key)} bytes, more than {MAX_SCHEMA_BYTES}"
        )
    return _compile(key)


def strip_null_padding(schema: JsonValue) -> JsonValue:
    """Return `schema` without the null members that columnar formats add.

    Values that may rightly be null (`default`, `const`, `enum`) stay.
    """
    if isinstance(schema, Mapping) and is_flat(schema):
        return _strip_map(schema)
    return _strip_node(schema)


@lru_cache(maxsize=CACHE_SIZE)
def _compile(key: bytes) -> CompiledSchema:
    parameters: JsonValue = orjson.loads(key)
    if parameters is None:
        parameters = {}
    if not isinstance(parameters, Mapping):
        return CompiledSchema(None, f"parameters must be an object, found {parameters!r:.80}")
    try:
        schema = SchemaRewriter(parameters, keep_patterns=True).root()
        validator = _build(schema)
        if validator is None:  # a pattern that only a backtracking engine knows binds nothing
            schema = SchemaRewriter(parameters, keep_patterns=False).root()
            validator = _build(schema)
    except SchemaFault as exc:
        return CompiledSchema(None, str(exc))
    has_nulls = b"null" in key and strip_null_padding(parameters) != parameters
    return CompiledSchema(validator, None, has_nulls, _names(schema))


def _build(schema: dict[str, JsonValue]) -> jsonschema_rs.Draft202012Validator | None:
    """Compile a rewritten schema; None when one of its patterns is not for a linear engine."""
    try:
        return jsonschema_rs.Draft202012Validator(
            schema, validate_formats=False, offline=True, pattern_options=_PATTERN_OPTIONS
        )
    except (jsonschema_rs.ValidationError, ValueError) as exc:
        fault = str(exc).partition("\n")[0]
        if fault.endswith('is not a "regex"'):
            return None
        raise SchemaFault(fault[:200]) from exc


def _names(schema: dict[str, JsonValue]) -> tuple[str, ...]:
    properties = schema.get("properties")
    return tuple(properties) if isinstance(properties, Mapping) else ()


def _strip_node(schema: JsonValue) -> JsonValue:
    if not isinstance(schema, Mapping):
        return schema
    return {
        key: _strip_member(key, value)
        for key, value in schema.items()
        if value is not None or (key in NULLABLE and not is_padded_const(schema, key))
    }


def _strip_member(key: str, value: JsonValue) -> JsonValue:
    if isinstance(value, Mapping) and (key in MAPS or key in DEFINITIONS):
        return _strip_map(value)
    if key in SINGLES and isinstance(value, Mapping):
        return _strip_node(value)
    if isinstance(value, Sequence) and not isinstance(value, str) and key not in LITERALS:
        members = [v for v in value if v is not None]
        return [_strip_node(v) for v in members] if key in STRUCTURE else members
    return value


def _strip_map(schemas: JsonObject) -> dict[str, JsonValue]:
    return {name: _strip_node(schema) for name, schema in schemas.items() if schema is not None}
