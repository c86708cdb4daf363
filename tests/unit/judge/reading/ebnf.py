"""Turns a grammar without recursion into a regular expression: a second reading of the dialect."""

import re

_ITEM = re.compile(
    r'"(?P<literal>(?:[^"\\]|\\.)*)"|(?P<class>\[(?:[^\]\\]|\\.)*\])|(?P<rule>[a-z_0-9]+)'
    r"|(?P<mark>[()|])|(?P<count>\{\d+,\d+\})|(?P<space> +)"
)


def as_regex(grammar: str) -> str:
    """Return an expression for the language of rule `root`."""
    rules = dict(line.split(" ::= ", 1) for line in grammar.splitlines())
    return _expand("root", rules, {})


def _expand(name: str, rules: dict[str, str], known: dict[str, str]) -> str:
    if name not in known:
        parts = [_part(match, rules, known) for match in _items(rules[name])]
        known[name] = f"(?:{''.join(parts)})"
    return known[name]


def _items(body: str) -> list[re.Match[str]]:
    items, position = [], 0
    while position < len(body):
        match = _ITEM.match(body, position)
        assert match, f"no item of the dialect at {body[position : position + 20]!r}"
        items.append(match)
        position = match.end()
    return items


def _part(match: re.Match[str], rules: dict[str, str], known: dict[str, str]) -> str:
    if match["literal"] is not None:
        return re.escape(re.sub(r"\\(.)", r"\1", match["literal"]))
    if match["rule"] is not None:
        return _expand(match["rule"], rules, known)
    if match["mark"] == "(":
        return "(?:"
    return "" if match["space"] else match.group()
