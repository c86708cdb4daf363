"""What each character is to the tokenizer: its kind, and the characters that it folds to.

Folding works on one character at a time (NFKC, case folded, then decomposed; decimal digits of all
scripts as ASCII), so that every folded character knows where it came from. Combining marks follow
their base and count in any order, so composed and decomposed writing are the same text. Raised and
lowered digits are spelled out ("10^2" is not "102").
"""

import hashlib
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from assay_filter.decontamination.native import native

# Kinds; from LETTER on a character is part of a token.
DROPPED, BREAK, SPACE, NEWLINE, APOSTROPHE, OPEN, CLOSE, HYPHEN, MARK = range(9)
LETTER, DIGIT, WIDE, OPERATOR = range(9, 13)

SIZE = 0x30000  # characters beyond break (tags, selectors, the rarest ideographs)
ASCII = 0x80
EXPANDED = 0x40000  # a folded value from here on is the number of an expansion
_HANGUL = range(0xAC00, 0xD7A4)
_IDENTICAL = (range(0x3400, 0x4DC0), range(0x4E00, 0xA000))  # fold to themselves
_EXTENSIONS = range(0x20000, 0x2F800)
_UNASSIGNED = (range(0xD800, 0xF900), range(0x17000, 0x1B000))
_UNSPACED = (  # scripts whose spaces part no words, or part them at will
    range(0x0E00, 0x10A0), range(0x1100, 0x1200), range(0x1780, 0x1800), range(0x1980, 0x1AB0),
    range(0x2E80, 0xA000), range(0xA960, 0xA980), range(0xA9E0, 0xAA00), range(0xAA60, 0xAA80),
    range(0xAC00, 0xD800), range(0xF900, 0xFB00), range(0x1B000, 0x1B300), range(0x20000, SIZE),
)  # fmt: skip
_MEDIAL = (range(0x1160, 0x1200), range(0xD7B0, 0xD800))  # Hangul vowels and finals
_OPERATORS = frozenset("+*/=<>^%")
_APOSTROPHES = frozenset("'`’‘ʼ")
_NO_CONTENT = frozenset("ـ")  # the Arabic stroke that only stretches a word
_SPELLED = {
    **{raised: f"^{i}" for i, raised in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")},
    **{lowered: f"_{i}" for i, lowered in enumerate("₀₁₂₃₄₅₆₇₈₉")},
    "⁻": "^-",
    "−": "-",
}


class Alphabet(NamedTuple):
    """Lookup tables by code point; expansion k is `expanded[starts[k]:starts[k + 1]]`."""

    kind: NDArray[np.int8]
    fold: NDArray[np.uint32]
    starts: NDArray[np.int64]
    expanded: NDArray[np.uint32]
    digest: str  # differs where another Unicode version folds or sorts characters otherwise


class Folded(NamedTuple):
    """Texts as folded characters; `origin` is where each came from in its own text."""

    chars: NDArray[np.uint32]
    kinds: NDArray[np.int8]
    origin: NDArray[np.int32]
    bounds: NDArray[np.int64]


def fold(units: NDArray[np.uint32], cuts: NDArray[np.int64]) -> Folded:
    """Fold texts laid end to end; a character may become several or stay one, none is lost."""
    tables = alphabet()
    size = _folded_size(units, tables.fold, tables.starts)
    folded = Folded(
        np.empty(size, np.uint32),
        np.empty(size, np.int8),
        np.empty(size, np.int32),
        np.zeros(len(cuts), np.int64),
    )
    _fold(units, cuts, tables.kind, tables.fold, tables.starts, tables.expanded, folded)
    return folded


@cache
def alphabet() -> Alphabet:
    """Build the tables, once a process (a tenth of a second)."""
    kind = np.full(SIZE, BREAK, np.int8)
    values = np.arange(SIZE, dtype=np.uint32)
    expansions: list[str] = []
    for point in _points():
        character = chr(point)
        kind[point] = _kind(character)
        folded = _folded(character)
        if len(folded) == 1:
            values[point] = ord(folded)
        else:
            values[point] = EXPANDED + len(expansions)
            expansions.append(folded)
    for block in (*_IDENTICAL, _EXTENSIONS, _HANGUL):
        kind[block.start : block.stop] = WIDE
    for point in _HANGUL:
        values[point] = EXPANDED + len(expansions)
        expansions.append(_syllable(point - _HANGUL.start))
    lengths = np.array([len(text) for text in expansions], np.int64)
    starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
    expanded = np.frombuffer("".join(expansions).encode("utf-32-le"), np.uint32)
    digest = hashlib.sha256()
    for part in (kind, values, starts, expanded):
        digest.update(part.tobytes())
    return Alphabet(kind, values, starts, expanded.copy(), digest.hexdigest()[:16])


@native
def _folded_size(
    units: NDArray[np.uint32], values: NDArray[np.uint32], starts: NDArray[np.int64]
) -> int:
    size = len(units)
    for unit in units:
        if unit >= ASCII and unit < SIZE and values[unit] >= EXPANDED:
            number = values[unit] - EXPANDED
            size += starts[number + 1] - starts[number] - 1
    return size


@native
def _fold(
    units: NDArray[np.uint32],
    cuts: NDArray[np.int64],
    kind: NDArray[np.int8],
    values: NDArray[np.uint32],
    starts: NDArray[np.int64],
    expanded: NDArray[np.uint32],
    folded: Folded,
) -> None:
    num = 0
    for text in range(len(cuts) - 1):
        begin = cuts[text]
        for i in range(begin, cuts[text + 1]):
            value = values[min(units[i], SIZE - 1)]
            first = last = np.int64(0)
            if value >= EXPANDED:
                first, last = starts[value - EXPANDED], starts[value - EXPANDED + 1]
                value = expanded[first]
            folded.chars[num] = value
            folded.kinds[num] = kind[value]
            folded.origin[num] = i - begin
            num += 1
            for k in range(first + 1, last):
                folded.chars[num] = expanded[k]
                folded.kinds[num] = kind[expanded[k]]
                folded.origin[num] = i - begin
                num += 1
        folded.bounds[text + 1] = num


def _points() -> Iterator[int]:
    """The characters that have to be looked at one by one."""
    position = 0
    for block in sorted((*_IDENTICAL, *_UNASSIGNED, _HANGUL), key=lambda block: block.start):
        yield from range(position, block.start)
        position = block.stop
    yield from range(position, 0x1F000)
    yield from range(_EXTENSIONS.stop, 0x2FA20)


def _syllable(number: int) -> str:
    """The jamo of a Hangul syllable (Unicode, section 3.12)."""
    final = chr(0x11A7 + number % 28) if number % 28 else ""
    return chr(0x1100 + number // 588) + chr(0x1161 + number % 588 // 28) + final


def _folded(character: str) -> str:
    if character in _SPELLED:
        return _SPELLED[character]
    if character < "\x80":
        return character.lower()
    if unicodedata.category(character) == "Cn":
        return character
    decimal = unicodedata.decimal(character, None)
    if decimal is not None:
        return str(decimal)
    composed = unicodedata.normalize("NFKC", character).casefold()
    return unicodedata.normalize("NFKD", composed) or character


def _kind(character: str) -> int:
    category = unicodedata.category(character)
    if character in "\n\r\x0b\x0c\x85\u2028\u2029":
        return NEWLINE
    if category == "Zs" or character == "\t":
        return SPACE
    if category in ("Cc", "Cf") or character in _NO_CONTENT or _is_selector(character):
        return DROPPED
    if character in _APOSTROPHES:
        return APOSTROPHE
    if category == "Cn":  # no character of this Unicode version
        return BREAK
    point = ord(character)
    if category[0] == "M" or _is_in(_MEDIAL, point):
        return MARK
    return _kind_of_content(character, category)


def _kind_of_content(character: str, category: str) -> int:
    if category == "Nd":
        return DIGIT
    if category[0] == "L" or category == "Nl":
        return WIDE if _is_in(_UNSPACED, ord(character)) else LETTER
    if character in _OPERATORS or (category == "Sm" and character not in "|~"):
        return OPERATOR
    return {"Pd": HYPHEN, "Ps": OPEN, "Pe": CLOSE}.get(category, BREAK)


def _is_in(blocks: tuple[range, ...], point: int) -> bool:
    at = bisect_right(blocks, point, key=lambda block: block.start) - 1
    return at >= 0 and point < blocks[at].stop


def _is_selector(character: str) -> bool:
    return "\ufe00" <= character <= "\ufe0f" or "\u180b" <= character <= "\u180f"
