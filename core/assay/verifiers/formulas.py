"""Text around an equals sign, cut into tokens: numerals, words, operators, brackets, the rest.

One pass by hand: windows are short (at most a few hundred characters) and it is ten times faster
than stepping a regular expression over them. Input is plain text (`numerals.to_plain`).
"""

import unicodedata
from typing import NamedTuple

NUMERAL = "numeral"
WORD = "word"
OPERATOR = "operator"
OPEN = "open"
CLOSE = "close"
SUPERSCRIPT = "superscript"
VULGAR = "vulgar"
COMMAND = "command"
OTHER = "other"

_DIGITS = frozenset("0123456789")
_SPACES = frozenset(" \t\u00a0\r\n\u200b\u200e\u200f\u2066\u2067\u2068\u2069")
_SUPERSCRIPTS = {"⁰": "0", "¹": "1", "²": "2", "³": "3", "⁴": "4", "⁵": "5", "⁶": "6", "⁷": "7",
                 "⁸": "8", "⁹": "9", "⁻": "-", "⁺": ""}  # fmt: skip
_SIGNS = {
    **dict.fromkeys("+-*/^", OPERATOR),
    **dict.fromkeys("([{", OPEN),
    **dict.fromkeys(")]}", CLOSE),
    **dict.fromkeys(_SUPERSCRIPTS, SUPERSCRIPT),
    "\\": COMMAND,
}
_FIRST_UNGLUED = 0x0590  # scripts from here on write digits next to words: 3个, 4마리


class Token(NamedTuple):
    """A piece of the window; `tight` tells that nothing separates it from the one before."""

    kind: str
    text: str
    start: int
    end: int
    tight: bool


def tokenize(text: str, *, joins_groups: bool = True) -> list[Token]:
    """Cut plain `text` into tokens; `joins_groups` reads `1 234` as one numeral."""
    tokens: list[Token] = []
    position = 0
    while position < len(text):
        if text[position] in _SPACES:
            position += 1
            continue
        kind = _kind(text, position)
        end = _end(kind, text, position, joins_groups)
        tight = position > 0 and bool(tokens) and tokens[-1].end == position
        tokens.append(Token(kind, text[position:end], position, end, tight))
        position = end
    return tokens


def is_alphabetic(word: str) -> bool:
    """Whether the script is one that writes unknowns and functions (Latin, Greek, Cyrillic)."""
    return ord(word[-1]) < _FIRST_UNGLUED


def exponent_text(superscripts: str) -> str:
    """`²³` as `23`."""
    return "".join(_SUPERSCRIPTS[c] for c in superscripts)


def _kind(text: str, position: int) -> str:
    first = text[position]
    if first in _DIGITS or (first == "." and _starts_decimals(text, position)):
        return NUMERAL
    if first in "xX" and _is_product_sign(text, position):
        return OPERATOR
    if first.isalpha() or first == "_":
        return WORD
    return _SIGNS.get(first) or _rare_kind(first)


def _end(kind: str, text: str, position: int, joins_groups: bool) -> int:
    if kind == NUMERAL:
        return _numeral_end(text, position, joins_groups)
    if kind == WORD:
        return _word_end(text, position)
    if kind == COMMAND:
        return _command_end(text, position)
    if kind == SUPERSCRIPT:
        return _run_end(text, position, frozenset(_SUPERSCRIPTS))
    return position + (2 if text.startswith("**", position) else 1)


def _rare_kind(char: str) -> str:
    if char > "\x7f" and unicodedata.category(char) == "No" and char.isnumeric():
        return VULGAR
    return OTHER


def _starts_decimals(text: str, position: int) -> bool:
    """`.5` after a space, sign or bracket; not the end of a sentence (`dogs.5`)."""
    if position + 1 >= len(text) or text[position + 1] not in _DIGITS:
        return False
    before = text[position - 1] if position else " "
    return not (before.isalnum() or before in ".)]}%")


def _is_product_sign(text: str, position: int) -> bool:
    """`x` between two digits; `0x1F` is another matter."""
    if not 0 < position < len(text) - 1:
        return False
    if text[position + 1] not in _DIGITS or text[position - 1] not in _DIGITS:
        return False
    return text[position - 1] != "0" or (position > 1 and text[position - 2] in "0123456789.,")


def _numeral_end(text: str, position: int, joins_groups: bool) -> int:
    end = _run_end(text, position + 1, _DIGITS)
    separators = ".,'\u00a0 " if joins_groups and end - position <= 3 else ".,'"
    while end + 1 < len(text) and text[end] in separators and text[end + 1] in _DIGITS:
        group_end = _run_end(text, end + 1, _DIGITS)
        if text[end] in "\u00a0 " and group_end - end != 4:
            break
        end = group_end
    if end < len(text) and text[end] in "eE":
        digits = end + 1 + (text[end + 1 : end + 2] in ("+", "-"))
        if text[digits : digits + 1] in _DIGITS:
            return _run_end(text, digits, _DIGITS)
    return end


def _word_end(text: str, position: int) -> int:
    """Latin words take their digits (x1, H2O); other scripts stand beside them."""
    end = position + 1
    glues = ord(text[position]) < _FIRST_UNGLUED
    while end < len(text):
        char = text[end]
        if ord(char) < _FIRST_UNGLUED:
            if not (glues and (char.isalpha() or char in _DIGITS or char in "_'")):
                break
        elif glues or not (char.isalpha() or unicodedata.combining(char)):
            break
        end += 1
    return end


def _command_end(text: str, position: int) -> int:
    end = position + 1
    while end < len(text) and text[end].isascii() and text[end].isalpha():
        end += 1
    return max(end, min(position + 2, len(text)))


def _run_end(text: str, position: int, allowed: frozenset[str]) -> int:
    while position < len(text) and text[position] in allowed:
        position += 1
    return position
