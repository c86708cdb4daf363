"""Cuts texts into tokens that case, white space, prose punctuation and markup do not change.

A token is a run of letters, a run of digits, an operator, or one character of a script that parts
no words by spaces. An operator counts where it stands between operands: `5 * 3` has one, `**bold**`
and `> quoted` have none; a hyphen counts before a number only. Tokens are known by 64-bit keys.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from assay_filter.decontamination.alphabet import (
    APOSTROPHE,
    BREAK,
    CLOSE,
    DIGIT,
    DROPPED,
    HYPHEN,
    LETTER,
    MARK,
    NEWLINE,
    OPEN,
    OPERATOR,
    SPACE,
    WIDE,
    Folded,
    fold,
)
from assay_filter.decontamination.native import native
from assay_filter.dedup.native import mix

_FIRST = np.uint64(0x9E3779B97F4A7C15)
_SECOND = np.uint64(0xD6E8FEB86659FD93)
_MINUS, _PERCENT = ord("-"), ord("%")
_STAR, _LESS, _GREATER = ord("*"), ord("<"), ord(">")
_REACH = 4  # characters looked at on either side of an operator


class Tokens(NamedTuple):
    """Tokens of texts laid end to end: text i has tokens `bounds[i]:bounds[i + 1]`.

    `starts` and `ends` are offsets in code points in their own text.
    """

    keys: NDArray[np.uint64]
    starts: NDArray[np.int32]
    ends: NDArray[np.int32]
    bounds: NDArray[np.int64]

    def of(self, text: int) -> NDArray[np.uint64]:
        """Return the keys of one text."""
        return self.keys[self.bounds[text] : self.bounds[text + 1]]


def tokenize(texts: Sequence[str]) -> Tokens:
    """Cut texts into tokens; linear in their length."""
    joined = "".join(texts).encode("utf-32-le", "surrogatepass")
    cuts = np.zeros(len(texts) + 1, np.int64)
    np.cumsum([len(text) for text in texts], out=cuts[1:])
    folded = fold(np.frombuffer(joined, np.uint32), cuts)
    size = len(folded.chars)
    tokens = Tokens(
        np.empty(size, np.uint64),
        np.empty(size, np.int32),
        np.empty(size, np.int32),
        np.zeros(len(cuts), np.int64),
    )
    num = _cut(folded, tokens)
    return Tokens(tokens.keys[:num], tokens.starts[:num], tokens.ends[:num], tokens.bounds)


@native
def _cut(folded: Folded, tokens: Tokens) -> int:
    chars, kinds, origin = folded.chars, folded.kinds, folded.origin
    num = 0  # tokens that are complete; an open one stands at this place
    for text in range(len(folded.bounds) - 1):
        begin, end = folded.bounds[text], folded.bounds[text + 1]
        open_kind = last = 0
        value = marks = np.uint64(0)
        for i in range(begin, end):
            kind = int(kinds[i])
            if kind != open_kind or kind >= WIDE:
                kind = _kind_here(chars, kinds, i, begin, end, open_kind)
                if kind == DROPPED:
                    continue
                if kind == MARK and open_kind:
                    marks += mix((value ^ np.uint64(chars[i])) * _SECOND)
                    last = i
                    continue
                if open_kind and (kind != open_kind or kind == WIDE):
                    tokens.keys[num] = mix(value) + marks
                    tokens.ends[num] = origin[last] + 1
                    num += 1
                    open_kind = 0
                if kind <= MARK:
                    continue
                if not open_kind:
                    open_kind, value, marks = kind, np.uint64(0), np.uint64(0)
                    tokens.starts[num] = origin[i]
            value = (value ^ np.uint64(chars[i])) * _FIRST
            value = value ^ (value >> np.uint64(29))
            last = i
        if open_kind:
            tokens.keys[num] = mix(value) + marks
            tokens.ends[num] = origin[last] + 1
            num += 1
        tokens.bounds[text + 1] = num
    return num


@native
def _kind_here(
    chars: NDArray[np.uint32],
    kinds: NDArray[np.int8],
    i: int,
    begin: int,
    end: int,
    open_kind: int,
) -> int:
    """The kind of a character where it stands: apostrophes and operators depend on it."""
    kind = int(kinds[i])
    if kind == APOSTROPHE:
        joins = open_kind == LETTER and i + 1 < end and kinds[i + 1] == LETTER
        return DROPPED if joins else BREAK
    if kind in (HYPHEN, OPERATOR):
        return OPERATOR if _operates(chars, kinds, i, begin, end) else BREAK
    return kind


@native
def _operates(
    chars: NDArray[np.uint32], kinds: NDArray[np.int8], i: int, begin: int, end: int
) -> bool:
    """Whether the operator at `i` stands between operands, or before a number as its sign."""
    before = _beside(kinds, i, -1, begin, end)
    if chars[i] == _PERCENT:
        return i > begin and kinds[i - 1] == DIGIT
    after = _beside(kinds, i, 1, begin, end)
    if kinds[i] == HYPHEN or chars[i] == _MINUS:
        return after == DIGIT and (before in (DIGIT, OPERATOR) or OPEN <= before <= CLOSE)
    if before < OPEN or after < OPEN or before == OPEN or after == CLOSE:
        return False
    if chars[i] == _STAR or chars[i] == _LESS or chars[i] == _GREATER:
        spaced = _has_space(chars, kinds, i, -1, begin, end)
        if spaced != _has_space(chars, kinds, i, 1, begin, end):
            return False
        return spaced or chars[i] == _STAR or before == DIGIT or after == DIGIT  # or else: a tag
    return True


@native
def _beside(kinds: NDArray[np.int8], i: int, step: int, begin: int, end: int) -> int:
    """The kind of the nearest character that is no blank; a line's end counts as one."""
    for distance in range(1, _REACH):
        at = i + step * distance
        if at < begin or at >= end:
            return NEWLINE
        if kinds[at] != SPACE and kinds[at] != DROPPED:
            return int(kinds[at])
    return BREAK


@native
def _has_space(
    chars: NDArray[np.uint32], kinds: NDArray[np.int8], i: int, step: int, begin: int, end: int
) -> bool:
    """Whether a blank follows the run of equal characters at `i` on one side."""
    for distance in range(1, _REACH):
        at = i + step * distance
        if at < begin or at >= end:
            return True
        if chars[at] != chars[i]:
            return bool(kinds[at] == SPACE or kinds[at] == NEWLINE)
    return False
