"""Folds text to comparable words: NFKC, case, punctuation, digits of every script.

The idea: an answer and its sources write the same words differently. Letters of scripts without
spaces (Chinese, Japanese, Korean) become overlapping pairs of characters; other words are cut to
their first six letters, which stands in for a stemmer in all languages alike.

Invariant: linear in the text; characters are handled in C, only words in Python.
"""

import unicodedata
from collections.abc import Iterator

STEM_LENGTH = 6
MIN_CONTENT_LENGTH = 4  # shorter words are mostly function words
UNSPACED_SHARE = 0.3  # of the letters and digits

_FIRST_UNSPACED = "\u2e80"  # Han, kana and Hangul syllables stand above it
_IN_NUMBERS = ".,"  # kept inside numbers


class _Separators(dict[int, str]):
    """Maps each character to itself or to a space; learns as it meets them."""

    def __missing__(self, codepoint: int) -> str:
        char = chr(codepoint)
        if char.isdecimal():
            kept = str(unicodedata.decimal(char))
        elif char.isalnum() or char in _IN_NUMBERS or unicodedata.category(char)[0] == "M":
            kept = char
        else:
            kept = " "
        self[codepoint] = kept
        return kept


_SEPARATORS = _Separators()


def fold(text: str) -> str:
    """NFKC and case folded."""
    return text.casefold() if text.isascii() else unicodedata.normalize("NFKC", text).casefold()


def squeeze(text: str) -> str:
    """The folded letters and digits of `text`, nothing between them."""
    return "".join(filter(str.isalnum, fold(text)))


def fold_words(text: str) -> list[str]:
    """The words of `text` in order, folded and cut; numbers without digit grouping."""
    return list(_words(fold(text).translate(_SEPARATORS).split()))


def is_unspaced(text: str) -> bool:
    """Whether `text` is mainly in a script that is written without spaces."""
    if text.isascii():
        return False
    letters = squeeze(text)
    return sum(char >= _FIRST_UNSPACED for char in letters) > UNSPACED_SHARE * len(letters)


def is_number(word: str) -> bool:
    """Whether a folded word is a number (perhaps with a unit)."""
    return word[0].isdecimal()


def is_content(word: str) -> bool:
    """Whether a folded word says something: long enough, a number, or a pair of characters."""
    return len(word) >= MIN_CONTENT_LENGTH or word[0] >= _FIRST_UNSPACED or is_number(word)


def _words(tokens: list[str]) -> Iterator[str]:
    for token in tokens:
        word = token.strip(_IN_NUMBERS)
        if not word:
            continue
        if word[0].isdecimal():
            yield word.replace(",", "")
        elif "." in word or "," in word:
            for part in word.replace(",", ".").split("."):
                yield from _cut(part)
        else:
            yield from _cut(word)


def _cut(word: str) -> Iterator[str]:
    if word and not word.isascii() and max(word) >= _FIRST_UNSPACED:
        yield from (word[i : i + 2] for i in range(max(1, len(word) - 1)))
    elif word:
        yield word[:STEM_LENGTH]
