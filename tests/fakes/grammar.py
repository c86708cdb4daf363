"""The shortest text of a grammar or a JSON schema: what a held server writes if it has no opinion.

It reads the EBNF that vLLM's backends share (rules, quoted literals, character classes, groups,
alternatives, `? * + {m,n}`), so that a fake server's answer is valid for whatever form is sent.
"""

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

RULE = re.compile(r"^\s*([A-Za-z_][\w-]*)\s*::=", re.MULTILINE)
TOKEN = re.compile(
    r'\s+|"(?:[^"\\]|\\.)*"|\[(?:[^\]\\]|\\.)*\]|\{\d*,?\d*\}|[A-Za-z_][\w-]*|[()|?*+]', re.DOTALL
)
ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|.)", re.DOTALL)
ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
PREFERRED = "x4"  # of the characters that a class allows


@lru_cache(maxsize=64)
def shortest_sentence(grammar: str) -> str:
    """Return the shortest text of rule `root`; ValueError where there is none or it is not EBNF."""
    starts = list(RULE.finditer(grammar))
    if not starts:
        raise ValueError(f"expected EBNF rules, found {grammar[:40]!r}")
    ends = [match.start() for match in starts[1:]] + [len(grammar)]
    bodies = {
        match.group(1): grammar[match.end() : end] for match, end in zip(starts, ends, strict=True)
    }
    sentence = _Reader(bodies).of_rule("root")
    if sentence is None:
        raise ValueError("the grammar has no finite sentence")
    return sentence


@lru_cache(maxsize=64)
def only_sentence(grammar: str) -> str | None:
    """Return the sentence of a grammar that is one literal, else None."""
    found = re.fullmatch(r'\s*root\s*::=\s*("(?:[^"\\]|\\.)*")\s*', grammar)
    return _literal(found.group(1)[1:-1]) if found else None


def smallest_instance(schema: Mapping[str, Any]) -> Any:
    """Return a small value that keeps to a JSON schema (enum, object, array, string, integer)."""
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type")
    if kind == "object":
        properties = schema.get("properties", {})
        return {name: smallest_instance(properties[name]) for name in schema.get("required", ())}
    if kind == "array":
        return [smallest_instance(schema["items"]) for _ in range(schema.get("minItems", 0))]
    if kind == "integer":
        return schema.get("minimum", 0)
    pattern = schema.get("pattern", "")
    fitting = [text for text in ("", "en", "-", "x") if re.search(pattern, text)]
    return fitting[0].ljust(schema.get("minLength", 0), "x")


def smallest_json(schema: Mapping[str, Any]) -> str:
    return json.dumps(smallest_instance(schema), separators=(",", ":"))


class _Reader:
    """Recursive descent; None stands for "no finite text" (a rule inside itself)."""

    def __init__(self, bodies: dict[str, str]) -> None:
        self._bodies = bodies
        self._open: set[str] = set()

    def of_rule(self, name: str) -> str | None:
        if name in self._open:
            return None
        if name not in self._bodies:
            raise ValueError(f"expected a rule {name!r} in the grammar")
        self._open.add(name)
        tokens = [t for t in _tokens(self._bodies[name]) if not t.isspace()]
        shortest = self._alternatives(tokens)
        self._open.remove(name)
        return shortest

    def _alternatives(self, tokens: list[str]) -> str | None:
        """Read up to the end or a closing bracket, which is taken off too."""
        found: list[str] = []
        parts: list[str | None] = []
        while tokens:
            token = tokens.pop(0)
            if token in (")", "|"):
                found += _joined(parts)
                parts = []
                if token == ")":
                    return min(found, key=len, default=None)
                continue
            part = self._element(token, tokens)
            parts.append(_repeated(part, tokens))
        return min(found + _joined(parts), key=len, default=None)

    def _element(self, token: str, tokens: list[str]) -> str | None:
        if token == "(":
            return self._alternatives(tokens)
        if token.startswith('"'):
            return _literal(token[1:-1])
        if token.startswith("["):
            return _of_class(token[1:-1])
        return self.of_rule(token)


def _tokens(body: str) -> list[str]:
    tokens, at = [], 0
    while at < len(body):
        match = TOKEN.match(body, at)
        if match is None:
            raise ValueError(f"expected EBNF, found {body[at : at + 20]!r}")
        tokens.append(match.group())
        at = match.end()
    return tokens


def _joined(parts: list[str | None]) -> list[str]:
    return ["".join(p for p in parts if p is not None)] if None not in parts else []


def _repeated(part: str | None, tokens: list[str]) -> str | None:
    if not tokens or not (tokens[0] in ("?", "*", "+") or tokens[0].startswith("{")):
        return part
    mark = tokens.pop(0)
    minimum = {"?": 0, "*": 0, "+": 1}.get(mark)
    if minimum is None:
        minimum = int(mark.strip("{}").split(",")[0] or 0)
    if minimum == 0:
        return ""
    return None if part is None else part * minimum


def _literal(text: str) -> str:
    return ESCAPE.sub(_unescaped, text)


def _unescaped(match: re.Match[str]) -> str:
    code = match.group(1)
    if len(code) > 1:
        return chr(int(code[1:], 16))
    return ESCAPED.get(code, code)


def _of_class(text: str) -> str:
    allowed = re.compile(f"[{text}]")
    candidates: list[str] = [*PREFERRED, *map(chr, range(32, 127)), _literal(text)[0]]
    return next(c for c in candidates if allowed.fullmatch(c))
