"""Constraints on visible structure: lists, highlights, sections, titles, JSON, fixed choices.

A mark without content is no structure: a bullet, a section, a highlight and a title each need a
word of their own.
"""

from pydantic import Field

from assay.verifiers.patterns import Pattern, compile_pattern, escape
from assay.verifiers.requested_format.counting import count_bullets, count_numbered
from assay_rl_rewards.answers.extraction import list_fenced
from assay_rl_rewards.answers.strict_json import StrictValueError, read_json
from assay_rl_rewards.constraints.constraint import (
    Constraint,
    Kwargs,
    NoKwargs,
    Phrase,
    PositiveCount,
    Relation,
    Word,
)
from assay_rl_rewards.constraints.substance import has_word

_HIGHLIGHT = compile_pattern(r"\*\*[^\n*]*[^\n*\s][^\n*]*\*\*|\*[^\n*]*[^\n*\s][^\n*]*\*")
_TITLE = compile_pattern(r"<<([^\n<>]+)>>")
_JSON_FENCES = frozenset(("", "json"))
_BIGRAM = compile_pattern(r"<<[^\s<>]+\s+[^\s<>]+>>")
ENGLISH_OPTIONS = ("My answer is yes.", "My answer is no.", "My answer is maybe.")


class BulletNumber(Kwargs):
    """Exactly so many bullet points."""

    num_bullets: PositiveCount


class ItemNumber(Kwargs):
    """Exactly so many numbered items."""

    num_items: PositiveCount


class HighlightNumber(Kwargs):
    """At least so many highlighted texts. `relation`: as some published data state it again."""

    num_highlights: PositiveCount
    relation: Relation = "at least"


class SectionNumber(Kwargs):
    """At least so many sections, each begun by `section_spliter` (as published) and a number."""

    section_spliter: Word
    num_sections: PositiveCount
    relation: Relation = "at least"


class Options(Kwargs):
    """What may be said; the published instruction has three fixed options."""

    options: tuple[Phrase, ...] = Field(default=ENGLISH_OPTIONS, min_length=2, max_length=100)


def _has_bullets(text: str, kwargs: BulletNumber) -> bool:
    return count_bullets(_lines_with_words(text)) == kwargs.num_bullets


def _has_items(text: str, kwargs: ItemNumber) -> bool:
    return count_numbered(_lines_with_words(text)) == kwargs.num_items


def _lines_with_words(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if any(map(str.isalnum, line)))


def has_marked(text: str, mark: Pattern, number: int) -> bool:
    """Whether `text` has at least `number` matches of `mark` with a letter or digit in them."""
    found = sum(any(map(str.isalnum, match.group())) for match in mark.finditer(text))
    return found >= number


def _has_highlights(text: str, kwargs: HighlightNumber) -> bool:
    return has_marked(text, _HIGHLIGHT, kwargs.num_highlights)


def _has_sections(text: str, kwargs: SectionNumber) -> bool:
    mark = compile_pattern(escape(kwargs.section_spliter) + r"\s?[0-9]+")
    return count_sections(text, mark) >= kwargs.num_sections


def count_sections(text: str, mark: Pattern) -> int:
    """How many different matches of `mark` in `text` are followed by a word before the next one."""
    marks = list(mark.finditer(text))
    ends = [match.start() for match in marks[1:]] + [len(text)] * bool(marks)
    return len(
        {
            "".join(match.group().split())
            for match, end in zip(marks, ends, strict=True)
            if has_word(text[match.end() : end])
        }
    )


def _has_title(text: str, kwargs: NoKwargs) -> bool:
    return has_title(text, _TITLE)


def has_title(text: str, mark: Pattern) -> bool:
    """Whether a match of `mark` holds a word, its first group."""
    return any(has_word(match.group(1)) for match in mark.finditer(text))


def _is_json(text: str, kwargs: NoKwargs) -> bool:
    try:
        value = read_json(_unfenced(text))
    except StrictValueError:
        return False
    return isinstance(value, dict | list) and bool(value)


def _unfenced(text: str) -> str:
    """The text, or what it holds where it is nothing but one fenced block."""
    body = text.strip()
    blocks = list_fenced(body) if body.startswith("```") and body.endswith("```") else ()
    if len(blocks) == 1 and blocks[0].language in _JSON_FENCES and body.count("```") == 2:
        return blocks[0].body.strip()
    return body


def is_option(text: str, kwargs: Options) -> bool:
    """Whether one of the options stands in the text, and no other one beside it."""
    rest = text
    found = 0
    for option in sorted(kwargs.options, key=len, reverse=True):
        found += option in rest
        rest = rest.replace(option, "\n")
    return found == 1


def join_options(kwargs: Options) -> str:
    """All options at once."""
    return " ".join(kwargs.options)


def _is_bracketed(text: str, kwargs: NoKwargs) -> bool:
    return all(
        word.startswith("[") and word.endswith("]") and any(map(str.isalnum, word))
        for word in text.split()
    )


def _is_in_bigrams(text: str, kwargs: NoKwargs) -> bool:
    has_one = any(True for _ in _BIGRAM.finditer(text))
    return has_one and not _BIGRAM.sub("", text).strip()


NUMBER_BULLET_LISTS = Constraint(
    BulletNumber, _has_bullets, lambda kwargs: "* .\n" * kwargs.num_bullets
)
NUMBER_NUMBERED_LISTS = Constraint(
    ItemNumber, _has_items, lambda kwargs: "1. \n" * kwargs.num_items
)
NUMBER_HIGHLIGHTED_SECTIONS = Constraint(
    HighlightNumber, _has_highlights, lambda kwargs: "*.* " * kwargs.num_highlights
)
MULTIPLE_SECTIONS = Constraint(
    SectionNumber,
    _has_sections,
    lambda kwargs: f"{kwargs.section_spliter} 1 " * kwargs.num_sections,
)
TITLE = Constraint(NoKwargs, _has_title, lambda kwargs: "<<x>>")
JSON_FORMAT = Constraint(NoKwargs, _is_json, lambda kwargs: "[NaN]", is_given=True)
CONSTRAINED_RESPONSE = Constraint(Options, is_option, join_options, is_given=True)
SQUARE_BRACKETS = Constraint(NoKwargs, _is_bracketed, lambda kwargs: "[] [] []")
BIGRAM_WRAPPING = Constraint(NoKwargs, _is_in_bigrams, lambda kwargs: "<<a>>")
