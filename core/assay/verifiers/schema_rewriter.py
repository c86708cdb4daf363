"""Rewrites a tool's declared parameters, as found in the wild, to closed Draft 2020-12.

The idea: one pass spells type names, Draft 3, 4 and 7 forms, flat parameter maps and null padding
in plain keywords, drops every other keyword, and inlines local references, so that the result
holds no reference: nothing is fetched and nothing recurses without end.

Invariant: the result has at most `MAX_NODES` sub-schemas beyond those written.
Source: JSON Schema 2020-12 (core and validation) and its older drafts, OpenAPI 3.0.
"""

from collections.abc import Mapping, Sequence
from typing import cast
from urllib.parse import unquote

from assay.domain.sample import JsonObject, JsonValue
from assay.verifiers.tool_types import json_types

MAX_DEPTH = 48  # nesting of sub-schemas
MAX_NODES = 4_000  # sub-schemas; past it a reference accepts anything
MAX_UNROLLS = 4  # how often a recursive reference is followed along one path

MAPS = ("properties", "patternProperties", "dependentSchemas")
LISTS = ("allOf", "anyOf", "oneOf", "prefixItems")
SINGLES = (
    "items",
    "additionalProperties",
    "not",
    "if",
    "then",
    "else",
    "contains",
    "propertyNames",
    "unevaluatedItems",
    "unevaluatedProperties",
)
PLAIN = (
    "enum",
    "const",
    "multipleOf",
    "maximum",
    "exclusiveMaximum",
    "minimum",
    "exclusiveMinimum",
    "maxLength",
    "minLength",
    "pattern",
    "maxItems",
    "minItems",
    "uniqueItems",
    "maxContains",
    "minContains",
    "maxProperties",
    "minProperties",
    "dependentRequired",
)
DEFINITIONS = ("$defs", "definitions")
IN_PLACE = ("allOf", "anyOf", "oneOf", "if", "dependentSchemas")
STRUCTURE = frozenset((*MAPS, *LISTS, *SINGLES, *DEFINITIONS))
LITERALS = frozenset(("default", "const", "enum", "example", "examples"))  # hold values
NULLABLE = LITERALS - {"enum"}


class SchemaFault(Exception):
    """The schema is unsound; the text is a sentence for a person."""


class SchemaRewriter:
    """Rewrites one schema; holds the root that references point into and the node budget."""

    def __init__(self, parameters: JsonObject, keep_patterns: bool) -> None:
        self.document = parameters
        self.keep_patterns = keep_patterns
        self.nodes_left = MAX_NODES
        self.path: list[str] = []  # references being followed

    def root(self) -> dict[str, JsonValue]:
        """The schema of the whole arguments object, closed to undeclared arguments."""
        parameters = self.document
        if is_flat(parameters):
            parameters = {"type": "object", "properties": parameters}
        schema = self.node(parameters, 0)
        if not isinstance(schema, dict):
            raise SchemaFault(f"parameters must be an object, found {schema!r}")
        types = schema.get("type", "object")
        if "object" not in ([types] if isinstance(types, str) else cast(list[str], types)):
            raise SchemaFault(f"parameters must describe an object, found type {types!r:.80}")
        schema["type"] = "object"
        _close(schema)
        return schema

    def node(self, schema: JsonValue, depth: int) -> dict[str, JsonValue] | bool:
        if isinstance(schema, bool):
            return schema
        if schema is None:
            return True
        if not isinstance(schema, Mapping):
            raise SchemaFault(f"a schema must be an object, found {schema!r:.80}")
        if depth > MAX_DEPTH:
            raise SchemaFault(f"the schema is nested more than {MAX_DEPTH} levels deep")
        self.nodes_left -= 1
        rewritten: dict[str, JsonValue] = {}
        self._copy_values(schema, rewritten)
        self._copy_singles(schema, rewritten, depth)
        self._copy_maps(schema, rewritten, depth)
        self._copy_lists(schema, rewritten, depth)
        _copy_required(schema, rewritten)
        reference = schema.get("$ref")
        if reference is not None:
            target = self._follow(reference, depth)
            rewritten["allOf"] = [*cast(list[JsonValue], rewritten.get("allOf", [])), target]
        return rewritten

    def _copy_values(self, schema: JsonObject, rewritten: dict[str, JsonValue]) -> None:
        for key in PLAIN:
            if key in schema and (key != "pattern" or self.keep_patterns):
                value = schema[key]
                if value is not None or (key == "const" and not is_padded_const(schema, key)):
                    rewritten[key] = value
        if rewritten.get("enum") == []:
            del rewritten["enum"]
        for limit, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
            value = rewritten.get(exclusive)
            if isinstance(value, bool):  # Draft 4
                del rewritten[exclusive]
                if value and limit in rewritten:
                    rewritten[exclusive] = rewritten.pop(limit)
        _copy_type(schema, rewritten)

    def _copy_singles(
        self, schema: JsonObject, rewritten: dict[str, JsonValue], depth: int
    ) -> None:
        for key in SINGLES:
            value = schema.get(key)
            if value is None:
                continue
            if key == "items" and isinstance(value, Sequence) and not isinstance(value, str):
                rewritten["prefixItems"] = [self.node(v, depth + 1) for v in value]  # Draft 7
                rewritten["items"] = self.node(schema.get("additionalItems"), depth + 1)
            else:
                rewritten[key] = self.node(value, depth + 1)

    def _copy_maps(self, schema: JsonObject, rewritten: dict[str, JsonValue], depth: int) -> None:
        for key in MAPS:
            value = schema.get(key)
            if value is None:
                continue
            if not isinstance(value, Mapping):
                raise SchemaFault(f"{key} must be an object, found {value!r:.80}")
            if key == "patternProperties" and not self.keep_patterns:
                rewritten["additionalProperties"] = True
                continue
            rewritten[key] = {
                name: self.node(child, depth + 1)
                for name, child in value.items()
                if child is not None
            }

    def _copy_lists(self, schema: JsonObject, rewritten: dict[str, JsonValue], depth: int) -> None:
        for key in LISTS:
            value = schema.get(key)
            if value is None:
                continue
            if not isinstance(value, Sequence) or isinstance(value, str):
                raise SchemaFault(f"{key} must be a list, found {value!r:.80}")
            children: list[JsonValue] = [self.node(v, depth + 1) for v in value if v is not None]
            if children:
                rewritten[key] = children

    def _follow(self, reference: JsonValue, depth: int) -> JsonValue:
        if not isinstance(reference, str) or not (reference == "#" or reference.startswith("#/")):
            raise SchemaFault(f"$ref must be local ('#/...'), found {reference!r:.80}")
        target = _resolve(self.document, reference)
        spent = self.nodes_left <= 0 or depth > MAX_DEPTH // 2
        if spent or self.path.count(reference) >= MAX_UNROLLS:
            return True
        self.path.append(reference)
        followed = self.node(target, depth + 1)
        self.path.pop()
        return followed


def _copy_type(schema: JsonObject, rewritten: dict[str, JsonValue]) -> None:
    written = schema.get("type")
    if written is None:
        return
    types = json_types(written)
    if types is None:
        raise SchemaFault(f"type must name a JSON type, found {written!r:.80}")
    if not types:
        return
    if schema.get("nullable") is True:  # OpenAPI 3.0
        types = (*types, "null")
        if "enum" in rewritten:
            rewritten["enum"] = [*cast(list[JsonValue], rewritten["enum"]), None]
    rewritten["type"] = list(dict.fromkeys(types))


def _copy_required(schema: JsonObject, rewritten: dict[str, JsonValue]) -> None:
    written = schema.get("required")
    names: list[str] = []
    if isinstance(written, str):
        names = [written]
    elif isinstance(written, Sequence):
        names = [str(name) for name in written if name is not None]
    elif written is not None and not isinstance(written, bool):
        raise SchemaFault(f"required must be a list of names, found {written!r:.80}")
    properties = schema.get("properties")
    if isinstance(properties, Mapping):
        for name, child in properties.items():
            if isinstance(child, Mapping):
                if child.get("required") is True:  # Draft 3
                    names.append(name)
                if child.get("optional") is True and name in names:
                    names.remove(name)
    if names:
        rewritten["required"] = list(dict.fromkeys(names))


def _resolve(document: JsonObject, reference: str) -> JsonValue:
    node: JsonValue = document
    for raw in reference.split("/")[1:]:
        token = unquote(raw).replace("~1", "/").replace("~0", "~")
        if isinstance(node, Mapping) and token in node:
            node = node[token]
        elif isinstance(node, Sequence) and not isinstance(node, str) and token.isdecimal():
            if int(token[:9]) >= len(node):
                raise SchemaFault(f"$ref {reference!r:.80} points at nothing")
            node = node[int(token[:9])]
        else:
            raise SchemaFault(f"$ref {reference!r:.80} points at nothing")
    return node


def is_flat(parameters: JsonObject) -> bool:
    """Whether arguments are declared directly: `{"city": {"type": "str", ...}}`."""
    if not parameters or not STRUCTURE.isdisjoint(parameters):
        return False
    children = [child for child in parameters.values() if child is not None]
    if not children or not all(isinstance(child, Mapping) for child in children):
        return False
    return any(
        "type" in child or "description" in child
        for child in cast(list[dict[str, JsonValue]], children)
    )


def _close(schema: dict[str, JsonValue]) -> None:
    """Refuse arguments that nothing declares, unless the schema says what becomes of them.

    A schema without any list of properties leaves its arguments open; an empty list means none.
    """
    if "additionalProperties" in schema or "unevaluatedProperties" in schema:
        return
    composed = any(key in schema for key in IN_PLACE)
    if not _declares_properties(schema):
        return
    if composed or "patternProperties" in schema:
        schema["unevaluatedProperties"] = False
    else:
        schema["additionalProperties"] = False
    if "properties" in schema:
        properties = cast(dict[str, JsonValue], schema["properties"])
        for name in cast(list[str], schema.get("required", [])):
            properties.setdefault(name, True)  # demanded, so known


def _declares_properties(schema: JsonValue) -> bool:
    if not isinstance(schema, Mapping):
        return False
    if "properties" in schema or "patternProperties" in schema:
        return True
    branches: list[JsonValue] = []
    for key in ("allOf", "anyOf", "oneOf"):
        branches.extend(cast(Sequence[JsonValue], schema.get(key, ())))
    return any(_declares_properties(branch) for branch in branches)


def is_padded_const(schema: JsonObject, key: str) -> bool:
    """A null `const` beside a type that has no null can only be padding."""
    if key != "const" or "type" not in schema:
        return False
    types = json_types(schema["type"])
    return types is not None and types != () and "null" not in types
