"""Follows the straight lines of a published test by its syntax tree.

Nothing of the tests is imported or run: literals, names, a few plain functions and the calls of the
test's own classes are read as what they are. A call that is not known becomes a `Record` of its
name and arguments, which the runner of a table reads; an assertion becomes a `Claim`.
"""

import ast
import copy
import json
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

_OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Add: operator.add,
}


@dataclass(frozen=True, slots=True)
class Record:
    """A call (or name, or attribute) that is not followed: its name, arguments and keywords."""

    name: str
    args: tuple[Any, ...] = ()
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Claim:
    """`assert left == right`, with what the names stand for; `place` is the test's name."""

    place: str
    left: Any
    right: Any


def read_claims(path: Path) -> Iterator[Claim]:
    """Follow every test function of `path`; a claim for every asserted equality."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if node.name.startswith("test_"):
            yield from follow(node.body, {}, node.name)


def follow(body: Sequence[ast.stmt], names: dict[str, Any], place: str) -> Iterator[Claim]:
    """Follow statements; `names` is filled with what they bind."""
    for statement in body:
        if isinstance(statement, ast.Assign):
            _bind(statement.targets[0], evaluate(statement.value, names), names)
        elif isinstance(statement, ast.Delete):
            target = statement.targets[0]
            if isinstance(target, ast.Subscript):
                del evaluate(target.value, names)[evaluate(target.slice, names)]
        elif isinstance(statement, ast.Assert) and isinstance(statement.test, ast.Compare):
            test = statement.test
            if isinstance(test.ops[0], ast.Eq | ast.Is):
                left, right = evaluate(test.left, names), evaluate(test.comparators[0], names)
                yield Claim(place, left, right)


def _bind(target: ast.expr, value: Any, names: dict[str, Any]) -> None:
    if isinstance(target, ast.Name):
        names[target.id] = value
    elif isinstance(target, ast.Subscript):
        evaluate(target.value, names)[evaluate(target.slice, names)] = value
    elif isinstance(target, ast.Tuple) and isinstance(value, tuple):
        for part, each in zip(target.elts, value, strict=True):
            _bind(part, each, names)


def evaluate(node: ast.expr, names: Mapping[str, Any]) -> Any:
    """What an expression is worth; a `Record` for what is not followed."""
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError):
        pass
    if isinstance(node, ast.Await):
        return evaluate(node.value, names)
    if isinstance(node, ast.Name):
        return names.get(node.id, Record(node.id))
    if isinstance(node, ast.List | ast.Tuple):
        values = [evaluate(each, names) for each in node.elts]
        return values if isinstance(node, ast.List) else tuple(values)
    if isinstance(node, ast.Dict):
        return _dict(node, names)
    if isinstance(node, ast.ListComp | ast.DictComp):
        return _comprehension(node, names)
    return _compound(node, names)


def _compound(node: ast.expr, names: Mapping[str, Any]) -> Any:
    if isinstance(node, ast.Call):
        return _call(node, names)
    if isinstance(node, ast.BinOp):
        pair = evaluate(node.left, names), evaluate(node.right, names)
        known = _OPERATORS.get(type(node.op))
        if known is None or any(isinstance(each, Record) for each in pair):
            return Record(type(node.op).__name__, pair)
        return known(*pair)
    if isinstance(node, ast.Subscript):
        base, key = evaluate(node.value, names), evaluate(node.slice, names)
        return Record("[]", (base, key)) if isinstance(base, Record) else base[key]
    if isinstance(node, ast.Attribute):
        base = evaluate(node.value, names)
        if isinstance(base, Record) and node.attr in base.fields:
            return base.fields[node.attr]
        return Record(f".{node.attr}", (base,))
    return Record(ast.unparse(node))


def _dict(node: ast.Dict, names: Mapping[str, Any]) -> dict[Any, Any]:
    made: dict[Any, Any] = {}
    for key, value in zip(node.keys, node.values, strict=True):
        if key is None:
            made.update(evaluate(value, names))
        else:
            made[evaluate(key, names)] = evaluate(value, names)
    return made


def _comprehension(node: ast.ListComp | ast.DictComp, names: Mapping[str, Any]) -> Any:
    """One loop over a list or over the items of a dict, with `key != constant` as only test."""
    loop = node.generators[0]
    is_items = isinstance(loop.iter, ast.Call)
    source = evaluate(loop.iter.func.value if is_items else loop.iter, names)  # type: ignore[attr-defined]
    rows: list[Any] = []
    for each in source.items() if is_items else source:
        inner = dict(names)
        _bind(loop.target, each, inner)
        tests = [test for test in loop.ifs if isinstance(test, ast.Compare)]
        if all(evaluate(t.left, inner) != evaluate(t.comparators[0], inner) for t in tests):
            rows.append(
                evaluate(node.elt, inner)
                if isinstance(node, ast.ListComp)
                else (evaluate(node.key, inner), evaluate(node.value, inner))
            )
    return rows if isinstance(node, ast.ListComp) else dict(rows)


def _call(node: ast.Call, names: Mapping[str, Any]) -> Any:
    called = ast.unparse(node.func)
    args = tuple(evaluate(arg, names) for arg in node.args)
    fields = {k.arg: evaluate(k.value, names) for k in node.keywords if k.arg}
    if called.endswith(".model_copy") and isinstance(node.func, ast.Attribute):
        base = evaluate(node.func.value, names)
        return Record(base.name, base.args, {**base.fields, **fields["update"]})
    if called in _FUNCTIONS and not any(isinstance(arg, Record) for arg in args):
        return _FUNCTIONS[called](*args)
    if called.endswith("approx"):
        return args[0]
    made = names.get(called)  # a function that a call of the test returned
    return Record(made.name if isinstance(made, Record) else called, args, _with(made, fields))


def _with(made: Any, fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """Keywords of a call, and under `made_with` those of the call that made the function."""
    return {**fields, "made_with": made.fields} if isinstance(made, Record) else fields


def _write_yaml(value: Any) -> str:
    return yaml.dump(value, default_flow_style=False)


def _write_xml(value: Any) -> str:
    """An object as elements, as the XML writer of the tests does it."""
    return '<?xml version="1.0" encoding="utf-8"?>\n' + _elements(value)


def _elements(value: Any) -> str:
    if not isinstance(value, dict):
        return str(value).lower() if isinstance(value, bool) else str(value)
    parts = [
        f"<{name}>{_elements(one)}</{name}>"
        for name, each in value.items()
        for one in (each if isinstance(each, list) else [each])
    ]
    return "".join(parts)


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "json.dumps": json.dumps,
    "json.loads": json.loads,
    "yaml.dump": _write_yaml,
    "xmltodict.unparse": _write_xml,
    "copy.deepcopy": copy.deepcopy,
}
