"""Folds text to the form in which hostile wording is looked for, and finds the way back.

The idea: an attacker may write a word in full-width letters, with Cyrillic look-alikes, stacked
accents or invisible characters between its letters; a model still reads it. Each character is
folded by itself (compatibility form, case, accents, look-alikes, emphasis marks), so that an offset
in the folded text leads back to one in the text. Sources: UAX 15, and UTS 39 for look-alikes.
"""

import unicodedata
from collections.abc import Iterator, Mapping
from typing import NamedTuple

# Cyrillic, Greek and Cherokee letters that look like Latin ones; none of the languages that
# patterns are written for uses these scripts.
_LOOKALIKES = str.maketrans(
    "авекмнорстухіјѕԛԝһԁєгпзбшьαεικνορτυχωηοβγδοсдлиɑɡıłøđı",
    "abekmhopctyxijsqwhdernzbwbaeikvoptuxwnobydocdnuagilodi",
)
_DROPPED = frozenset("*`\"'\u2018\u2019\u201c\u201d\u201e\u00ab\u00bb\\~^\u00b4\u02bc\u02bb")
_SPACED = frozenset("_\u00a0\u3000\u2028\u2029\u0085\t\r\v\f\u00b7\u2581")
_EXPANDED = {"œ": "oe", "æ": "ae"}
_TAG_OFFSET, _FIRST_TAG, _LAST_TAG = 0xE0000, 0xE0020, 0xE007E
_KEPT_MARKS = ("\u3099", "\u309a")  # voicing marks make other Japanese letters


class _Folds(dict[int, str]):
    """Maps a code point to its folded text, which may be empty; learns as it meets them."""

    def __missing__(self, codepoint: int) -> str:
        folded = self[codepoint] = _fold_character(chr(codepoint))
        return folded


def fold_hostile(text: str) -> str:
    """Return `text` folded character by character."""
    for charset in _CHARSETS:
        try:
            encoded = text.encode(charset.name)
        except UnicodeEncodeError:
            continue
        folded = encoded.translate(charset.folds, charset.dropped).decode(charset.name)
        for character, expanded in charset.expanded.items():
            if character in folded:
                folded = folded.replace(character, expanded)
        return folded
    return text.translate(_FOLDS)


def original_span(text: str, start: int, end: int) -> tuple[int, int]:
    """Return where the folded characters [start, end) of `text` stand in `text`."""
    position, first = 0, None
    last = len(text)
    for index, length in enumerate(_lengths(text)):
        if first is None and position + length > start:
            first = index
        position += length
        if position >= end:
            last = index + 1
            break
    return (len(text) if first is None else first), last


def _lengths(text: str) -> Iterator[int]:
    return (len(_FOLDS[ord(character)]) for character in text)


def _fold_character(character: str) -> str:
    if character in _DROPPED:
        return ""
    if character in _SPACED:
        return " "
    if character == "\n":
        return character
    if _FIRST_TAG <= ord(character) <= _LAST_TAG:  # invisible copies of ASCII
        character = chr(ord(character) - _TAG_OFFSET)
    if unicodedata.category(character) in ("Cf", "Cc", "Cs", "Co", "Cn", "Mn", "Me"):
        return character if character in _KEPT_MARKS else ""
    folded = unicodedata.normalize("NFKC", character).casefold()
    if _is_alphabetic_script(character):
        folded = "".join(
            mark
            for mark in unicodedata.normalize("NFKD", folded)
            if unicodedata.category(mark) != "Mn"
        )
    return _EXPANDED.get(folded, folded).translate(_LOOKALIKES)


def _is_alphabetic_script(character: str) -> bool:
    """Latin, Greek, Cyrillic, Hebrew, Arabic and mathematical letters: accents are marks there."""
    code = ord(character)
    return code < 0x0900 or 0x1E00 <= code < 0x2000 or 0x1D400 <= code < 0x1D800


class _Charset(NamedTuple):
    """What folding does to the characters of a charset with one byte each.

    `bytes.translate` folds a character in 2 ns, `str.translate` in 70. What a byte cannot tell is
    left by the first and replaced afterwards; no other character folds to one that is replaced.
    """

    name: str
    folds: bytes
    dropped: bytes
    expanded: Mapping[str, str]


def _charset(name: str) -> _Charset:
    folds = bytearray(range(256))
    dropped = bytearray()
    expanded = {}
    for code in range(256):
        character = bytes((code,)).decode(name, "ignore")
        if not character:
            continue
        folded = _FOLDS[ord(character)]
        if not folded:
            dropped.append(code)
        elif len(own := folded.encode(name, "ignore")) == len(folded) == 1:
            folds[code] = own[0]
        else:
            expanded[character] = folded
    assert expanded.keys().isdisjoint("".join(_FOLDS.values())), "a fold would be folded again"
    return _Charset(name, bytes(folds), bytes(dropped), expanded)


_FOLDS = _Folds()
_CHARSETS = tuple(map(_charset, ("ascii", "latin-1", "cp1252")))
