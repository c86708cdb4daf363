"""Two views of a text for comparison, as UTF-16 arrays made in one pass each.

Folded: NFKC, case folded, decimal digits of all scripts as ASCII, white space collapsed, control
and format characters dropped; operators and punctuation stay. Shingles are cut from it.
Reduced: the folded text without prose punctuation, and without white space unless it parts words
of a script that parts words by spaces; what carries a number's meaning stays ("3.5", "1 2", "3:2",
".5", "5!"). Near-exact keys are made of it.

NFKC would turn "10^2" written with a raised 2 into "102"; raised and lowered digits and vulgar
fractions are therefore spelled out first. A character is a UTF-16 unit here: one outside the
basic plane counts as two.
"""

import unicodedata
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from assay.verifiers.patterns import compile_pattern
from assay_filter.dedup.keys import SEGMENT_MARK, SIDE_MARK, Units
from assay_filter.dedup.native import native

WHITE, DROPPED, PROSE, BANG, DASH, MARK, CONTENT, LETTER, DIGIT = range(9)

_UNITS = 0x10000
_SPACE = np.uint16(ord(" "))
_SEGMENT = np.uint16(ord(SEGMENT_MARK))
_HYPHEN = np.uint16(ord("-"))
_PERIOD = np.uint16(ord("."))
_CLOSE = np.uint16(ord(")"))
_KEPT_PUNCTUATION = frozenset("#%&*/@\\-_()[]{}§‰′″")
_UNSPACED = (  # scripts whose spaces part no words, or part them at will
    range(0x0E00, 0x0F00), range(0x1000, 0x1200), range(0x1780, 0x1800),
    range(0x2E80, 0xA000), range(0xA960, 0xA980), range(0xAC00, 0xD800), range(0xF900, 0xFB00),
)  # fmt: skip
_SPELLED = {
    **{raised: f"^{i}" for i, raised in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")},
    **{lowered: f"_{i}" for i, lowered in enumerate("₀₁₂₃₄₅₆₇₈₉")},
    **{
        chr(point): f" {unicodedata.normalize('NFKC', chr(point))}"
        for point in (0xBC, 0xBD, 0xBE, *range(0x2150, 0x2160))
    },
    "⁻": "^-",
    "ß": "ss",
    "ẞ": "ss",
    "−": "-",
    "\u066b": ".",
    "\u066c": ",",
}
_TO_SPELL = compile_pattern(f"[{''.join(_SPELLED)}]")


class Layout(NamedTuple):
    """Texts laid end to end: text i is `units[starts[i]:starts[i + 1]]`."""

    units: Units
    starts: NDArray[np.int64]


class _Tables(NamedTuple):
    fold: Units
    kind: NDArray[np.uint8]


def lay_out(texts: Sequence[str]) -> Layout:
    """Bring texts to compatible form (NFKC, case kept) and lay them end to end."""
    joined = SIDE_MARK.join([text if text.isascii() else _compatible(text) for text in texts])
    encoded = (joined + SIDE_MARK).encode("utf-16-le", "surrogatepass")
    units = np.frombuffer(encoded, np.uint16)
    ends = np.flatnonzero(units == ord(SIDE_MARK))
    if not texts:
        ends = ends[:0]
    elif len(ends) != len(texts):
        raise ValueError("texts must not contain the side mark U+001F")
    return Layout(units, np.concatenate([np.zeros(1, np.int64), ends + 1]))


def fold(layout: Layout) -> Layout:
    """The folded view of texts that were laid out."""
    tables = _tables()
    units = np.empty(len(layout.units), np.uint16)
    starts = np.empty(len(layout.starts), np.int64)
    length = _fold(layout.units, layout.starts, tables.fold, tables.kind, units, starts)
    return Layout(units[:length], starts)


def reduce(folded: Layout) -> Layout:
    """The reduced view of folded texts; each text ends with a segment mark."""
    units = np.empty(len(folded.units) + len(folded.starts), np.uint16)
    starts = np.empty(len(folded.starts), np.int64)
    length = _reduce(folded.units, folded.starts, _tables().kind, units, starts)
    return Layout(units[:length], starts)


def _compatible(text: str) -> str:
    if _TO_SPELL.search(text) is not None:
        for character, spelled in _SPELLED.items():
            text = text.replace(character, spelled)
    return unicodedata.normalize("NFKC", text)


@cache
def _tables() -> _Tables:
    table = np.arange(_UNITS, dtype=np.uint16)
    kind = np.full(_UNITS, CONTENT, np.uint8)
    for point in range(_UNITS):
        character = chr(point)
        table[point] = ord(_folded(character))
        kind[point] = _kind(character)
    return _Tables(table, kind)


def _folded(character: str) -> str:
    digit = unicodedata.decimal(character, None)
    if digit is not None:
        return str(digit)
    for folded in (character.casefold(), character.lower()):
        if len(folded) == 1:
            return folded
    return character


def _kind(character: str) -> int:
    category = unicodedata.category(character)
    if character == SEGMENT_MARK:
        return MARK
    if category[0] == "Z" or character in "\t\n\x0b\f\r\x85":
        return WHITE
    if category in ("Cc", "Cf"):
        return DROPPED
    if category == "Nd":
        return DIGIT
    if category[0] in "LM" and not any(ord(character) in block for block in _UNSPACED):
        return LETTER
    if character == "!":
        return BANG
    if category[0] != "P" or character in _KEPT_PUNCTUATION:
        return CONTENT
    return DASH if category == "Pd" else PROSE


@native
def _fold(
    units: Units,
    starts: NDArray[np.int64],
    table: Units,
    kinds: NDArray[np.uint8],
    out: Units,
    out_starts: NDArray[np.int64],
) -> int:
    length = 0
    for text in range(len(starts) - 1):
        out_starts[text] = length
        is_fresh = True  # at the start of a segment, where white space is cut
        is_apart = False
        for i in range(starts[text], starts[text + 1] - 1):
            unit = units[i]
            kind = kinds[unit]
            if kind > DROPPED:
                if is_apart and not is_fresh and kind != MARK:
                    out[length] = _SPACE
                    length += 1
                out[length] = table[unit]
                length += 1
                is_apart = False
                is_fresh = kind == MARK
            elif kind == WHITE:
                is_apart = True
    out_starts[len(starts) - 1] = length
    return length


@native
def _reduce(
    units: Units,
    starts: NDArray[np.int64],
    kinds: NDArray[np.uint8],
    out: Units,
    out_starts: NDArray[np.int64],
) -> int:
    length = 0
    for text in range(len(starts) - 1):
        out_starts[text] = length
        end = starts[text + 1]
        last_kind = MARK
        gap = 0  # units passed over since the last one that was kept
        has_white = False
        for i in range(starts[text], end):
            unit = units[i]
            kind = kinds[unit]
            if kind < MARK:
                following = kinds[units[i + 1]] if i + 1 < end else MARK
                unit = _meaning(unit, kind, units[i - 1] if i > starts[text] else _SPACE, following)
                if unit == 0:
                    gap += 1
                    has_white = has_white or kind == WHITE
                    continue
            elif gap > 0 and kind >= LETTER and last_kind >= LETTER:
                is_number = kind == DIGIT and last_kind == DIGIT
                if has_white or is_number:
                    out[length] = units[i - 1] if is_number and gap == 1 else _SPACE
                    length += 1
            out[length] = unit
            length += 1
            last_kind = kind
            gap = 0
            has_white = False
        out[length] = _SEGMENT
        length += 1
    out_starts[len(starts) - 1] = length
    return length


@native
def _meaning(unit: np.uint16, kind: int, previous: np.uint16, following: int) -> np.uint16:
    """What a mark between contents stands for; 0 when it is mere prose."""
    if kind == BANG:  # a factorial or a negation
        is_factorial = (previous >= 48 and previous <= 57) or previous == _CLOSE
        return unit if is_factorial or following >= CONTENT else np.uint16(0)
    if kind == DASH:  # a minus
        return _HYPHEN if following == DIGIT else np.uint16(0)
    if unit == _PERIOD and following == DIGIT and (previous < 48 or previous > 57):
        return unit
    return np.uint16(0)
