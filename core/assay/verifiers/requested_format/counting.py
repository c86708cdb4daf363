"""Counting what a text is made of: words, sentences, paragraphs, list items.

Counts are linear in the text and know the scripts of the twelve languages. A sentence end is a
terminal mark at the end of a token that is no abbreviation, number or initial; where that is a
matter of taste (headings, list items without a mark) two counts are given and a check must be
satisfied with either.
"""

from collections.abc import Sequence
from typing import NamedTuple

from assay.verifiers.language import script_counts
from assay.verifiers.patterns import compile_pattern

TERMINALS = ".!?…؟۔"
CELL_TERMINALS = "。！？"
CLOSERS = "\"'“”’)]*_»」』）"
_ABBREVIATED = """
    mr mrs ms dr prof st vs e.g i.e etc jr sr inc ltd co no fig u.s a.m p.m z.b d.h u.a bzw usw
    ca nr bspw hr fr sra m mme p.ej ej p.s p.p.s n.b approx dept est gen col sgt rev vol
"""
_ABBREVIATIONS = frozenset(_ABBREVIATED.split())
_LIST_LINE = compile_pattern(
    r"(?m)^[ \t]*(?:[-*+•‣▪●○–—・·]|\(?[0-9]{1,3}[.):、．]|\(?[a-zA-Z][.)])[ \t]*\S"
)
_NUMBERED_LINE = compile_pattern(r"(?m)^[ \t]*\(?[0-9]{1,3}[.):、．)]")
_BULLET_LINE = compile_pattern(r"(?m)^[ \t]*(?:\*[ \t]+\S|\*[^*\s]|[-+•‣▪●○・][ \t]*[^\s-])")
_BLANK_LINE = compile_pattern(r"\n[ \t]*\n")


class SentenceCount(NamedTuple):
    """Sentences by terminal marks alone, and with lines that end without one counted as well."""

    marked: int
    with_lines: int


def words_of(text: str) -> list[str]:
    """Runs of letters, digits and underscores."""
    return "".join([c if c.isalnum() or c == "_" else " " for c in text]).split()


def count_words(text: str) -> int:
    """Runs of letters, digits and underscores: `don't` counts as two."""
    return len(words_of(text))


def count_joined_words(text: str) -> int:
    """Words as people count them: `don't` and `well-known` are one each."""
    return sum(any(map(str.isalnum, word)) for word in text.split())


def count_cells(text: str) -> int:
    """Characters of scripts that are written without spaces."""
    if text.isascii():
        return 0
    counts = script_counts(text)
    return sum(counts.get(script, 0) for script in ("han", "kana", "thai"))


def count_sentences(text: str) -> SentenceCount:
    """Count sentences, line by line."""
    marked = with_lines = 0
    for line in text.splitlines():
        if any(map(str.isalnum, line)):
            ends, is_open = _line_sentences(line)
            marked += ends
            with_lines += ends + is_open
    return SentenceCount(marked, with_lines)


def _line_sentences(line: str) -> tuple[int, bool]:
    """Sentence ends in `line`, and whether words follow the last one."""
    ends, is_open = 0, False
    for token in line.split():
        bare = token.rstrip(CLOSERS)
        num_cells = sum(map(token.count, CELL_TERMINALS))
        if num_cells:
            ends += num_cells
            is_open = bare[-1:] not in CELL_TERMINALS
        elif bare[-1:] in TERMINALS and bare and not is_abbreviation(bare.rstrip(TERMINALS)):
            ends += 1
            is_open = False
        elif any(map(str.isalnum, token)):
            is_open = True
    return ends, is_open


def count_bullets(text: str) -> int:
    """Lines that begin with a bullet."""
    return sum(1 for _ in _BULLET_LINE.finditer(text))


def count_numbered(text: str) -> int:
    """Lines that begin with a number and its mark."""
    return sum(1 for _ in _NUMBERED_LINE.finditer(text))


def count_list_lines(text: str) -> int:
    """Lines that begin with a bullet, a number or a letter and its mark."""
    return sum(1 for _ in _LIST_LINE.finditer(text))


def split_paragraphs(text: str) -> Sequence[str]:
    """Texts between blank lines, empty ones left out."""
    return [part for part in _BLANK_LINE.sub("\x00", text).split("\x00") if part.strip()]


def is_abbreviation(token: str) -> bool:
    """Whether a full stop after `token` ends no sentence: abbreviation, initial, short number."""
    word = token.lstrip("(\"'“‘[*_").lower()
    is_short = (len(word) == 1 and word.isalpha()) or (len(word) <= 2 and word.isdigit())
    return is_short or word in _ABBREVIATIONS
