"""YAML, TOML, CSV and XML as JSON values, from text that nobody vouches for.

The idea: what a format can do beyond holding data is refused: aliases, tags and several documents
in YAML, document types, entities and processing instructions in XML, dates that become objects. The
invariant: 32 KiB and 64 levels at most, counted before a value is built; a name stands once in an
object; nothing is fetched, included or executed.

YAML: the core schema of version 1.2 (`no` and `1:30` are strings). TOML: dates are strings. CSV:
the first row holds the names, every further row becomes an object of strings. XML: an element with
text alone is a string, else an object of its children by name (a list where a name comes again)
and its attributes by `@name`; text beside children is refused.
"""

import csv
import io
import math
import tomllib
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time
from typing import Any, NoReturn
from xml.parsers import expat

import yaml

from assay.domain.sample import JsonValue
from assay.verifiers.patterns import compile_pattern
from assay_rl_rewards.answers.strict_json import (
    MAX_DEPTH,
    StrictValueError,
    check_size,
    depth_of,
    read_json,
)

MAX_CHARS = 32 << 10
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_YAML_INT = compile_pattern(r"[-+]?[0-9]+")
_YAML_FLOAT = compile_pattern(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_YAML_NULL = frozenset(("", "~", "null", "Null", "NULL"))
_YAML_BOOL = {"true": True, "True": True, "TRUE": True, "false": False}
_YAML_BOOL |= {"False": False, "FALSE": False}
_YAML_NOT_FINITE = frozenset((".inf", "-.inf", "+.inf", ".nan"))
_MAX_NUMBER_CHARS = 400
_MAX_TOML_DOTS = 256  # a line; a dotted name of n parts takes tomllib n squared steps


def read_yaml(text: str) -> JsonValue:
    """Return the value of the one YAML document that `text` is.

    Raises:
        StrictValueError: it is none, or one that is refused.
    """
    _check_length(text)
    try:
        _check_yaml_events(yaml.parse(text, Loader=_Loader))
        node = yaml.compose(text, Loader=_Loader)
    except (yaml.YAMLError, ValueError, RecursionError) as exc:
        raise _as_strict(exc) from exc
    if node is None:
        raise StrictValueError("it is empty")
    return _yaml_value(node)


def read_toml(text: str) -> JsonValue:
    """Return the table that `text` is.

    Raises:
        StrictValueError: it is none, or one that is refused.
    """
    _check_length(text)
    if any(line.count(".") > _MAX_TOML_DOTS for line in text.split("\n")):
        raise StrictValueError("a line has too many dots")
    try:
        value = _plain(tomllib.loads(text), depth=0)
    except (ValueError, RecursionError) as exc:
        raise _as_strict(exc) from exc
    return value


def read_csv(text: str) -> JsonValue:
    """Return the rows of `text` as objects of strings, by the names in the first row.

    Raises:
        StrictValueError: rows differ in length, a name comes twice, or there is no row of data.
    """
    _check_length(text)
    try:
        lines = io.StringIO(text.strip(), newline="")
        rows = [row for row in csv.reader(lines, strict=True) if row]
    except csv.Error as exc:
        raise _as_strict(exc) from exc
    if len(rows) < 2:
        raise StrictValueError("it has no row of data")
    names, *data = rows
    if len(set(names)) != len(names):
        raise StrictValueError("a name comes twice")
    if any(len(row) != len(names) for row in data):
        raise StrictValueError("its rows differ in length")
    return [dict(zip(names, row, strict=True)) for row in data]


def read_xml(text: str) -> JsonValue:
    """Return an object that holds the root element by its name.

    Raises:
        StrictValueError: it is not well-formed, or does more than hold data.
    """
    _check_length(text)
    builder = _XmlBuilder()
    parser = expat.ParserCreate()
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.text
    parser.StartDoctypeDeclHandler = _refuse_markup
    parser.EntityDeclHandler = _refuse_markup
    parser.ProcessingInstructionHandler = _refuse_markup
    parser.ExternalEntityRefHandler = _refuse_markup
    try:
        parser.Parse(text.strip(), True)
    except (expat.ExpatError, ValueError) as exc:
        raise _as_strict(exc) from exc
    return builder.value()


READERS: Mapping[str, Callable[[str], JsonValue]] = {
    "json": read_json,
    "yaml": read_yaml,
    "toml": read_toml,
    "csv": read_csv,
    "xml": read_xml,
}


def _check_length(text: str) -> None:
    if len(text) > MAX_CHARS:
        raise StrictValueError("it is too long")
    check_size(text)


def _as_strict(exc: Exception) -> StrictValueError:
    return exc if isinstance(exc, StrictValueError) else StrictValueError("it does not parse")


def _check_yaml_events(events: Iterator[yaml.Event]) -> None:
    depth = num_documents = 0
    for event in events:
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise StrictValueError("it has anchors or aliases")
        if getattr(event, "tag", None) is not None:
            raise StrictValueError("it has tags")
        num_documents += isinstance(event, yaml.DocumentStartEvent)
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise StrictValueError("it is nested too deeply")
    if num_documents > 1:
        raise StrictValueError("it has several documents")


def _yaml_value(node: yaml.Node) -> JsonValue:
    if isinstance(node, yaml.SequenceNode):
        return [_yaml_value(inner) for inner in node.value]
    if isinstance(node, yaml.MappingNode):
        found: dict[str, JsonValue] = {}
        for name, value in node.value:
            if not isinstance(name, yaml.ScalarNode) or name.value in found:
                raise StrictValueError("a name comes twice, or is no scalar")
            found[name.value] = _yaml_value(value)
        return found
    return _yaml_scalar(str(node.value), is_plain=not getattr(node, "style", None))


def _yaml_scalar(text: str, *, is_plain: bool) -> JsonValue:
    if not is_plain:
        return text
    if text in _YAML_NULL:
        return None
    if text in _YAML_BOOL:
        return _YAML_BOOL[text]
    if text.lower() in _YAML_NOT_FINITE:
        raise StrictValueError("a number is not finite")
    if len(text) > _MAX_NUMBER_CHARS:
        return text
    if _YAML_INT.fullmatch(text) is not None:
        return int(text)
    if _YAML_FLOAT.fullmatch(text) is not None:
        return _finite(float(text))
    return text


def _finite(number: float) -> float:
    if not math.isfinite(number):
        raise StrictValueError("a number is not finite")
    return number


def _plain(value: Any, *, depth: int) -> JsonValue:
    """A value of `tomllib` as JSON has it."""
    if depth > MAX_DEPTH:
        raise StrictValueError("it is nested too deeply")
    if isinstance(value, dict):
        return {name: _plain(inner, depth=depth + 1) for name, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner, depth=depth + 1) for inner in value]
    if isinstance(value, float):
        return _finite(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    assert isinstance(value, str | int)
    return value


def _refuse_markup(*arguments: object) -> NoReturn:
    raise StrictValueError("it has a document type, an entity or an instruction")


class _XmlBuilder:
    """Builds a value from the events of a parser."""

    def __init__(self) -> None:
        self._open: list[tuple[str, dict[str, JsonValue], list[str]]] = [("", {}, [])]

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._open) > MAX_DEPTH:
            raise StrictValueError("it is nested too deeply")
        self._open.append((name, {f"@{key}": text for key, text in attributes.items()}, []))

    def end(self, name: str) -> None:
        _, members, texts = self._open.pop()
        text = "".join(texts).strip()
        if members and text:
            raise StrictValueError("an element has text beside its children or attributes")
        self._put(name, members or text)

    def text(self, text: str) -> None:
        self._open[-1][2].append(text)

    def value(self) -> JsonValue:
        value = self._open[0][1]
        assert depth_of(value) <= MAX_DEPTH + 1
        return value

    def _put(self, name: str, value: JsonValue) -> None:
        members = self._open[-1][1]
        before = members.get(name)
        if name not in members:
            members[name] = value
        elif isinstance(before, list):
            before.append(value)
        else:
            members[name] = [before, value]
