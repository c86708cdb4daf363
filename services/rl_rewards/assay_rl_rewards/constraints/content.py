"""Constraints on required parts: placeholders to fill in, a postscript.

An empty bracket is no placeholder, and a postscript says something.
"""

from assay.verifiers.patterns import compile_pattern, escape
from assay_rl_rewards.constraints.constraint import (
    Constraint,
    Kwargs,
    PositiveCount,
    Relation,
    Word,
)
from assay_rl_rewards.constraints.format import has_marked
from assay_rl_rewards.constraints.substance import has_word

_PLACEHOLDER = compile_pattern(r"\[[^\[\]\n]+\]")


class PlaceholderNumber(Kwargs):
    """At least so many `[placeholders]`. `relation`: as some published data state it again."""

    num_placeholders: PositiveCount
    relation: Relation = "at least"


class PostscriptMarker(Kwargs):
    """`postscript_marker`: `P.S.`, `P.P.S` or the like."""

    postscript_marker: Word


def _has_placeholders(text: str, kwargs: PlaceholderNumber) -> bool:
    return has_marked(text, _PLACEHOLDER, kwargs.num_placeholders)


def _has_postscript(text: str, kwargs: PostscriptMarker) -> bool:
    match = compile_pattern(_marker_pattern(kwargs.postscript_marker)).search(text)
    return match is not None and has_word(text[: match.start()]) and has_word(text[match.end() :])


def _marker_pattern(marker: str) -> str:
    """`P.S.` also stands with blanks between its letters; anything else stands as it is."""
    if set(marker.lower()) <= set("ps."):
        letters = [letter for letter in marker.lower() if letter != "."]
        dotted = r"\.\s?".join(letters) if "." in marker else "".join(letters)
        end = r"\." if marker.endswith(".") else ""
        return rf"(?i)(?:^|[^\pL\pN]){dotted}{end}"
    return rf"(?i){escape(marker)}"


NUMBER_PLACEHOLDERS = Constraint(
    PlaceholderNumber, _has_placeholders, lambda kwargs: "[]" * kwargs.num_placeholders
)
POSTSCRIPT = Constraint(PostscriptMarker, _has_postscript, lambda kwargs: kwargs.postscript_marker)
