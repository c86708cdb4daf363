"""Reads the names that data sets give to JSON types: `dict`, `float`, `List[str]`, `str, optional`.

Invariant: an answer of () means "no constraint", None means "this names no type".
Source: the names seen in function calling sets (BFCL, xLAM, Glaive, OpenAPI 3.0) and in Python,
Java and TypeScript signatures.
"""

from collections.abc import Sequence

from assay.domain.sample import JsonValue
from assay.verifiers.patterns import compile_pattern

ANY: tuple[str, ...] = ()

_ALIASES = {
    "string": "str text char varchar character date datetime date-time time uuid uri url email",
    "number": "float double decimal numeric real float32 float64",
    "integer": "int long short int32 int64 bigint uint",
    "boolean": "bool",
    "array": "list tuple set arraylist sequence vector frozenset iterable",
    "object": "dict dictionary map hashmap hash struct record json mapping",
    "null": "none nonetype nil void",
}
_NO_CONSTRAINT = (
    "any mixed unknown * file enum timestamp bytes byte callable function variant union"
)
_TYPES = {alias: name for name, aliases in _ALIASES.items() for alias in (name, *aliases.split())}
_FREE = frozenset(_NO_CONSTRAINT.split())

_OPTIONAL_TAIL = compile_pattern(r"[\s,;]*\(?\s*(?:optional|required)\s*\)?$")
_WRAPPED = compile_pattern(r"(optional|union)\s*[\[<(](.*)[\])>]")
_CONTAINER = compile_pattern(r"([a-z]+)\s*([\[<(].*|of\s.*)")
_ALTERNATIVE = compile_pattern(r"\s*(?:\||/|,|\bor\b)\s*")
_ONE_WORD = compile_pattern(r"[\pL\pN_-]+")
_MAX_NAME = 200


def json_types(written: JsonValue) -> tuple[str, ...] | None:
    """Return the JSON types that `written` (a name or a list of names) stands for."""
    if isinstance(written, str):
        return _types(written)
    if not isinstance(written, Sequence) or not written:
        return None
    return _join([_types(name) if isinstance(name, str) else None for name in written])


def _types(written: str) -> tuple[str, ...] | None:
    name = written.strip().lower()
    if name in _TYPES:
        return (_TYPES[name],)
    if name in _FREE or len(name) > _MAX_NAME:
        return ANY
    return _expression(_OPTIONAL_TAIL.sub("", name))


def _expression(name: str) -> tuple[str, ...] | None:
    """Resolve a type expression; a generic that is not understood sets no constraint."""
    if name in _TYPES:
        return (_TYPES[name],)
    if name and _ONE_WORD.fullmatch(name) is not None:
        return None
    wrapped = _WRAPPED.fullmatch(name)
    if wrapped is not None:
        inner = _union(wrapped.group(2))
        return (*inner, "null") if inner and wrapped.group(1) == "optional" else inner
    if "|" in name or " or " in name or "/" in name:
        return _union(name)  # inside a container a choice is left open: it resolves to ANY
    if name.endswith("[]"):
        return ("array",)
    container = _CONTAINER.fullmatch(name)
    if container is None:
        return _union(name)
    return (_TYPES[container.group(1)],) if container.group(1) in _TYPES else ANY


def _union(name: str) -> tuple[str, ...]:
    parts: list[str] = []
    position = 0
    for match in _ALTERNATIVE.finditer(name):
        parts.append(name[position : match.start()])
        position = match.end()
    parts.append(name[position:])
    if any(part not in _TYPES for part in parts):
        return ANY
    return tuple(dict.fromkeys(_TYPES[part] for part in parts))


def _join(parts: Sequence[tuple[str, ...] | None]) -> tuple[str, ...] | None:
    if None in parts:
        return None
    if ANY in parts:
        return ANY
    return tuple(dict.fromkeys(name for part in parts if part is not None for name in part))
