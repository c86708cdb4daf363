"""Renders the report: one self-contained HTML file, readable offline and without scripts.

Every text that comes from a sample is escaped by the template engine; the page loads nothing.
"""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from assay.domain.verdict import Outcome
from assay_filter.report.data import ReportData, RuleFigures, TextEdit

MAX_DIFF_CHARS = 1200
COLOURS = {
    Outcome.ACCEPTED: "#2e7d4f",
    Outcome.BORDERLINE: "#c58a1b",
    Outcome.REJECTED: "#b3403a",
    Outcome.DUPLICATE: "#4a6fa5",
    Outcome.ERROR: "#7b4a9e",
}


class Bar(NamedTuple):
    """One bar of a chart: its share of the longest bar, 0..100."""

    label: str
    number: int
    percent: float
    colour: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of words in a diff: `kind` is same, gone or new."""

    kind: str
    text: str


def render(data: ReportData) -> str:
    """Return the page."""
    return _template().render(
        data=data,
        total=sum(data.outcomes.values()),
        outcomes=_outcomes(data.outcomes),
        funnel=_funnel(data),
        reasons=data.reasons[:60],
        families=_by_action(data.rules),
        overall=_histogram(data.overall),
        dimensions={name: _histogram(bins) for name, bins in data.dimensions.items()},
        tokens=_token_bars(data.tokens),
        languages=_bars(data.languages),
        types=_bars(data.types),
        formats=_bars(data.formats),
        methods=_bars(data.duplicate_methods),
        diff=lambda edit: list(diff_pieces(edit)),
        colours={outcome.value: colour for outcome, colour in COLOURS.items()},
    )


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["points"] = lambda milli: "n/a" if milli is None else f"{milli / 1000:.2f}"
    environment.filters["grouped"] = lambda number: f"{number:,}"
    return environment.get_template("report.html.j2")


def diff_pieces(edit: TextEdit) -> Iterator[Piece]:
    """Yield the words of an edit as same, gone and new, cut to a bounded length."""
    before = edit.before[:MAX_DIFF_CHARS]
    after = edit.after[:MAX_DIFF_CHARS]
    old, new = _words(before), _words(after)
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=True)
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind == "equal":
            yield Piece("same", "".join(old[a:b]))
            continue
        if b > a:
            yield Piece("gone", _visible("".join(old[a:b])))
        if d > c:
            yield Piece("new", _visible("".join(new[c:d])))
    if len(edit.before) > MAX_DIFF_CHARS or len(edit.after) > MAX_DIFF_CHARS:
        yield Piece("same", " ...")


def _words(text: str) -> list[str]:
    words: list[str] = []
    for part in text.split(" "):
        words += [part, " "]
    return words[:-1]


def _visible(text: str) -> str:
    """Show control and zero-width characters as their code points."""
    return "".join(c if c.isprintable() or c == "\n" else f"[U+{ord(c):04X}]" for c in text)


def _outcomes(outcomes: Mapping[str, int]) -> list[Bar]:
    longest = max(outcomes.values(), default=0)
    return [
        Bar(name, number, _percent(number, longest), COLOURS[Outcome(name)])
        for name, number in outcomes.items()
    ]


def _funnel(data: ReportData) -> list[Bar]:
    """Samples left after each step; steps follow the precedence of outcomes."""
    total = sum(data.outcomes.values())
    left = total
    bars = [Bar("read", total, 100.0)]
    for label, outcome in (
        ("not rejected", Outcome.REJECTED),
        ("without error", Outcome.ERROR),
        ("not a duplicate", Outcome.DUPLICATE),
        ("accepted", Outcome.BORDERLINE),
    ):
        left -= data.outcomes.get(outcome.value, 0)
        bars.append(Bar(label, left, _percent(left, total)))
    return bars


def _by_action(rules: Sequence[RuleFigures]) -> dict[str, list[RuleFigures]]:
    titles = {
        "drop": "Rejecting rules",
        "flag": "Rules that hold at borderline",
        "fix": "Repairs",
        "note": "Notes",
        "error": "Failures",
    }
    grouped = {title: [r for r in rules if r.action == action] for action, title in titles.items()}
    return {title: figures for title, figures in grouped.items() if figures}


def _histogram(bins: Mapping[int, int]) -> list[Bar]:
    longest = max(bins.values(), default=0)
    return [
        Bar(f"{edge / 1000:.2f}", bins.get(edge, 0), _percent(bins.get(edge, 0), longest))
        for edge in range(1000, 5001, 250)
    ]


def _token_bars(tokens: Mapping[int, int]) -> list[Bar]:
    longest = max(tokens.values(), default=0)
    return [
        Bar(f"{2 ** (exponent - 1):,} to {2**exponent - 1:,}", number, _percent(number, longest))
        for exponent, number in sorted(tokens.items())
    ]


def _bars(counts: Mapping[str, int]) -> list[Bar]:
    longest = max(counts.values(), default=0)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [Bar(name, number, _percent(number, longest)) for name, number in ordered]


def _percent(number: int, whole: int) -> float:
    return round(100 * number / whole, 2) if whole else 0.0
