"""Verbatim search: does a quote stand in a text, and in which words there.

A judge may copy a passage with other white space or another Unicode form of the same letters; both
are folded (runs of white space to one space, NFC). Nothing else is: case, punctuation, zero-width
characters and compatibility forms must agree, for a quote that differs is not evidence. Linear in
the text: a letter with more than 30 marks (the limit of Unicode's stream-safe format, UAX 15) is
compared as it stands, because sorting its marks would take quadratic time.
"""

import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

MIN_VISIBLE_CHARS = 3
MAX_MARKS = 30
_PIECE_CHARS = 512

# Letters of combining class 0 that NFC may join to the letter before them (Unicode 14 to 16);
# Hangul vowels and final consonants are given as ranges in `_begins_cluster`.
_JOINING = frozenset(
    "\u09be\u09d7\u0b3e\u0b56\u0b57\u0bbe\u0bd7\u0cc2\u0cd5\u0cd6\u0d3e\u0d57\u0dcf\u0ddf\u102e"
    "\u1b35\U00011127\U0001133e\U00011357\U000113b8\U000113bb\U000113c2\U000113c5\U000113c7"
    "\U000113c8\U000113c9\U000114b0\U000114ba\U000114bd\U000115af\U00011930\U0001611e\U0001611f"
    "\U00016120\U00016d67"
)


class _Edge(NamedTuple):
    """The words of a text around an offset in its folded form: where they begin in each."""

    folded: int
    original: int
    word: str


def find_quote(quote: str, text: str) -> str | None:
    """Return the words of `text` that `quote` repeats, as they stand there, or None.

    A quote of fewer than 3 visible characters proves nothing and is never found.
    """
    folded_quote = _fold(quote)
    if num_visible(folded_quote) < MIN_VISIBLE_CHARS:
        return None
    verbatim = quote.strip()
    if verbatim in text:
        return verbatim
    start = _folded(text).find(folded_quote)
    if start < 0:
        return None
    begin, end = _original_span(text, start, start + len(folded_quote))
    return text[begin:end]


def num_visible(text: str) -> int:
    """Count the characters that a reader sees: no white space, controls, formats or marks."""
    return sum(unicodedata.category(char)[0] not in "CZM" for char in text)


def _fold(text: str) -> str:
    return " ".join(map(_compose, text.split()))


@lru_cache(maxsize=2)  # the quotes of one answer are looked up one after the other
def _folded(text: str) -> str:
    return _fold(text)


def _compose(word: str) -> str:
    """NFC of a word; of one with too many marks on a letter, the word itself."""
    if word.isascii():
        return word
    if len(word) > MAX_MARKS and _has_mark_run(word):
        return word
    return unicodedata.normalize("NFC", word)


def _has_mark_run(word: str) -> bool:
    run = 0
    for mark in map(unicodedata.combining, word):
        run = run + 1 if mark else 0
        if run > MAX_MARKS:
            return True
    return False


def _original_span(text: str, start: int, end: int) -> tuple[int, int]:
    """Offsets in `text` of the folded span `start` to `end`, widened to whole letters."""
    first = last = _Edge(0, 0, "")
    for edge in _edges(text):
        if edge.folded <= start:
            first = edge
        if edge.folded >= end:
            break
        last = edge
    begin = first.original + _offset_in(first.word, start - first.folded, round_up=False)
    return begin, last.original + _offset_in(last.word, end - last.folded, round_up=True)


def _edges(text: str) -> Iterator[_Edge]:
    folded = original = 0
    for word in text.split():
        original = text.index(word, original)
        yield _Edge(folded, original, word)
        folded += len(_compose(word)) + 1
        original += len(word)


def _offset_in(word: str, composed_offset: int, *, round_up: bool) -> int:
    """The offset in `word` that belongs to an offset in its composed form."""
    if _compose(word) == word:
        return composed_offset
    original = composed = 0
    piece = ""
    for size in (_PIECE_CHARS, 1):
        for piece in _pieces(word[original:], size):
            length = len(_compose(piece))
            if composed + length > composed_offset:
                break
            original += len(piece)
            composed += length
    is_within = composed < composed_offset
    return original + len(piece) if is_within and round_up else original


def _pieces(word: str, size: int) -> Iterator[str]:
    """A word in pieces of `size` characters or a few more that compose each by itself."""
    begin, index = 0, size
    while index < len(word):
        if _begins_cluster(word[index]):
            yield word[begin:index]
            begin = index
            index += size
        else:
            index += 1
    yield word[begin:]


def _begins_cluster(char: str) -> bool:
    joins = char in _JOINING or "\u1161" <= char <= "\u1175" or "\u11a8" <= char <= "\u11c2"
    return not joins and unicodedata.combining(char) == 0
