"""The guard: a digest of the numbers and code identifiers of a text.

Two texts may share nine tenths of their shingles and still be different tasks, because a number or
a name in code differs. The digest is a sum of hashes, hence of a multiset: order does not matter.

A number counts by value: 1,000 = 1000, 2.50 = 2.5, digits of any script, "seven" = 7 (English
words, "one" aside, which is a pronoun more often). A minus or operator before it and a percent
sign after it belong to it. An identifier is a word with an underscore, a digit, an inner capital
or an inner dot, and within a code fence any word. Scripts without case have no identifiers.
"""

import unicodedata
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from assay_filter.dedup.folding import Layout
from assay_filter.dedup.keys import Units
from assay_filter.dedup.native import mix, native

OTHER, WHITE, NEWLINE, DIGIT, LOWER, UPPER, UNDERSCORE, DOT, COMMA, OPERATOR, FENCE, CLOSE = range(
    12
)

_UNITS = 0x10000
_TABLE = 2048  # places for number words, a power of two, nearly all of them free
_PERCENT = np.uint16(ord("%"))
_ZERO = np.uint64(0)
_ONE = np.uint64(1)
_NO_OPERATOR = np.uint64(0)
_NUMBER_SEED = np.uint64(0x9E3779B97F4A7C15)
_WORD_SEED = np.uint64(0xC2B2AE3D27D4EB4F)
_POINT = np.uint64(11)
_BASE = np.uint64(0x100000001B3)
_OPERATORS = {"+": "+", "-": "-", "*": "*", "/": "/", "^": "^", "<": "<", ">": ">"} | {
    "×": "*", "÷": "/", "−": "-", "–": "-", "⁄": "/", "·": "*", "∕": "/"
}  # fmt: skip
_WORDS = {
    "zero": "0", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7",
    "eight": "8", "nine": "9", "ten": "10", "eleven": "11", "twelve": "12", "thirteen": "13",
    "fourteen": "14", "fifteen": "15", "sixteen": "16", "seventeen": "17", "eighteen": "18",
    "nineteen": "19", "twenty": "20", "thirty": "30", "forty": "40", "fifty": "50", "sixty": "60",
    "seventy": "70", "eighty": "80", "ninety": "90", "hundred": "100", "thousand": "1000",
    "million": "1000000", "billion": "1000000000", "half": "0.5", "twice": "2", "double": "2",
    "thrice": "3", "triple": "3", "quarter": "0.25", "dozen": "12",
}  # fmt: skip


class _Tables(NamedTuple):
    kind: NDArray[np.uint8]
    value: NDArray[np.uint8]  # of a digit; of an operator, its ASCII form
    words: NDArray[np.uint64]  # hash table of number words, 0 where free
    amounts: NDArray[np.uint64]  # the number hash of each


def guards(layout: Layout, texts_per_sample: int) -> NDArray[np.uint64]:
    """One digest per sample of texts that were laid out with their case."""
    return _guards(layout.units, layout.starts[::texts_per_sample], *_tables())


@cache
def _tables() -> _Tables:
    points = [chr(point) for point in range(_UNITS)]
    kind = np.array([_kind(character) for character in points], np.uint8)
    value = np.array([unicodedata.decimal(character, 0) for character in points], np.uint8)
    for operator, plain in _OPERATORS.items():
        value[ord(operator)] = ord(plain)
    hashes = {
        _word_hash(form): _amount(number, kind, value)
        for word, number in _WORDS.items()
        for form in (word, word.capitalize(), word.upper())
    }
    words, amounts = np.zeros(_TABLE, np.uint64), np.zeros(_TABLE, np.uint64)
    _fill(np.array([*hashes], np.uint64), np.array([*hashes.values()], np.uint64), words, amounts)
    return _Tables(kind, value, words, amounts)


def _kind(character: str) -> int:
    special = {"\n": NEWLINE, "\x1e": NEWLINE, "\x1f": NEWLINE, "_": UNDERSCORE, ".": DOT,
               ",": COMMA, "`": FENCE, "~": FENCE, ")": CLOSE, "]": CLOSE}  # fmt: skip
    if character in special:
        return special[character]
    if character in _OPERATORS:
        return OPERATOR
    category = unicodedata.category(character)
    if category[0] == "Z" or character in "\t\r":
        return WHITE
    return {"Nd": DIGIT, "Ll": LOWER, "Lu": UPPER, "Lt": UPPER}.get(category, OTHER)


def _word_hash(word: str) -> int:
    value = int(_WORD_SEED)
    for character in word:
        value = (value ^ ord(character)) * int(_BASE) & 0xFFFFFFFFFFFFFFFF
    return value


def _amount(number: str, kind: NDArray[np.uint8], value: NDArray[np.uint8]) -> int:
    units = np.frombuffer(number.encode("utf-16-le"), np.uint16)
    return int(_number(units, 0, len(units), kind, value)[1])


@native
def _guards(
    units: Units,
    starts: NDArray[np.int64],
    kinds: NDArray[np.uint8],
    values: NDArray[np.uint8],
    words: NDArray[np.uint64],
    amounts: NDArray[np.uint64],
) -> NDArray[np.uint64]:
    digests = np.zeros(len(starts) - 1, np.uint64)
    for sample in range(len(starts) - 1):
        i = starts[sample]
        end = starts[sample + 1]
        total = _ZERO
        in_code = False
        while i < end:
            kind = kinds[units[i]]
            if LOWER <= kind <= UNDERSCORE:
                stop, is_identifier, word = _word(units, i, end, kinds)
                if is_identifier or in_code:
                    total += mix(word)
                elif stop - i > 2 and stop - i < 10:
                    total += _spelled(word, words, amounts)
                i = stop
            elif kind == DIGIT:
                stop, number = _number(units, i, end, kinds, values)
                operator = _operator(units, starts[sample], i, kinds, values)
                total += mix(number + operator * _BASE)
                i = stop
            else:
                if kind == FENCE and _is_fence(units, starts[sample], i, end, kinds):
                    in_code = not in_code
                    i += 2
                i += 1
        digests[sample] = total
    return digests


@native
def _word(
    units: Units, start: int, end: int, kinds: NDArray[np.uint8]
) -> tuple[int, bool, np.uint64]:
    """The word at `start`: its end, whether it looks like code, its hash."""
    value = _WORD_SEED
    is_identifier = False
    previous = OTHER
    i = start
    while i < end:
        kind = kinds[units[i]]
        if kind == DOT:
            following = kinds[units[i + 1]] if i + 1 < end else OTHER
            if following < LOWER or following > UNDERSCORE:
                break
            is_identifier = True
        elif kind < DIGIT or kind > UNDERSCORE:
            break
        elif kind in (DIGIT, UNDERSCORE) or (kind == UPPER and previous == LOWER):
            is_identifier = True
        value = (value ^ np.uint64(units[i])) * _BASE
        previous = kind
        i += 1
    return i, is_identifier, value


@native
def _number(
    units: Units, start: int, end: int, kinds: NDArray[np.uint8], values: NDArray[np.uint8]
) -> tuple[int, np.uint64]:
    """The number at `start`: its end and a hash of its value."""
    value = _NUMBER_SEED
    has_digits = False
    i = start
    while i < end:
        kind = kinds[units[i]]
        if kind == DIGIT:
            digit = np.uint64(values[units[i]])
            has_digits = has_digits or digit != _ZERO
            if has_digits:
                value = (value ^ (digit + _ONE)) * _BASE
        elif kind != COMMA or not _is_thousand(units, i + 1, end, kinds):
            break
        i += 1
    if i + 1 < end and kinds[units[i]] == DOT and kinds[units[i + 1]] == DIGIT:
        i, value = _fraction(units, i + 1, end, kinds, values, value)
    if i < end and units[i] == _PERCENT:
        value = (value ^ np.uint64(_PERCENT)) * _BASE
    return i, value


@native
def _fraction(
    units: Units,
    start: int,
    end: int,
    kinds: NDArray[np.uint8],
    values: NDArray[np.uint8],
    value: np.uint64,
) -> tuple[int, np.uint64]:
    """Add the digits after the point, zeros at the end aside, to the hash of a number."""
    zeros = 0
    is_open = False
    i = start
    while i < end and kinds[units[i]] == DIGIT:
        digit = np.uint64(values[units[i]])
        if digit == _ZERO:
            zeros += 1
        else:
            if not is_open:
                value = (value ^ _POINT) * _BASE
                is_open = True
            for _ in range(zeros):
                value = (value ^ _ONE) * _BASE
            zeros = 0
            value = (value ^ (digit + _ONE)) * _BASE
        i += 1
    return i, value


@native
def _is_thousand(units: Units, start: int, end: int, kinds: NDArray[np.uint8]) -> bool:
    """Whether exactly three digits follow."""
    if start + 3 > end:
        return False
    for i in range(start, start + 3):
        if kinds[units[i]] != DIGIT:
            return False
    return start + 3 == end or kinds[units[start + 3]] != DIGIT


@native
def _operator(
    units: Units, start: int, i: int, kinds: NDArray[np.uint8], values: NDArray[np.uint8]
) -> np.uint64:
    """The operator or sign that belongs to the number at `i`, 0 when there is none."""
    before = i - 1
    while before >= start and before > i - 4 and kinds[units[before]] == WHITE:
        before -= 1
    if before < start or kinds[units[before]] != OPERATOR:
        return _NO_OPERATOR
    operator = np.uint64(values[units[before]])
    if before == i - 1:
        return operator
    left = before - 1
    while left >= start and left > before - 4 and kinds[units[left]] == WHITE:
        left -= 1
    if left < start:
        return _NO_OPERATOR
    kind = kinds[units[left]]
    return operator if kind == CLOSE or DIGIT <= kind <= UPPER else _NO_OPERATOR


@native
def _is_fence(units: Units, start: int, i: int, end: int, kinds: NDArray[np.uint8]) -> bool:
    """Whether a code fence (three marks after a line start) stands at `i`."""
    if i + 3 > end or units[i + 1] != units[i] or units[i + 2] != units[i]:
        return False
    before = i - 1
    while before >= start and before > i - 16 and kinds[units[before]] == WHITE:
        before -= 1
    return before < start or kinds[units[before]] == NEWLINE


@native
def _spelled(word: np.uint64, words: NDArray[np.uint64], amounts: NDArray[np.uint64]) -> np.uint64:
    """What a spelled number adds to the digest; 0 for any other word."""
    place = mix(word) & np.uint64(len(words) - 1)
    while words[place] != word:
        if words[place] == _ZERO:
            return _ZERO
        place = (place + _ONE) & np.uint64(len(words) - 1)
    return mix(amounts[place])


@native
def _fill(
    hashes: NDArray[np.uint64],
    values: NDArray[np.uint64],
    words: NDArray[np.uint64],
    amounts: NDArray[np.uint64],
) -> None:
    """Lay out number words by open addressing."""
    for i in range(len(hashes)):
        place = mix(hashes[i]) & np.uint64(len(words) - 1)
        while words[place] != _ZERO:
            place = (place + _ONE) & np.uint64(len(words) - 1)
        words[place] = hashes[i]
        amounts[place] = values[i]
