"""From tokens to terms, which the scanner walks.

Numerals get their values, mixed numbers are joined, and words that are operators (`times`,
`divided by`, the `of` in `20% of 50`) are marked as such.
"""

import unicodedata
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from assay.verifiers import math_words
from assay.verifiers.formulas import (
    NUMERAL,
    OPEN,
    OTHER,
    VULGAR,
    WORD,
    Token,
    tokenize,
)
from assay.verifiers.latex import resolve_commands
from assay.verifiers.numerals import Amount, Numeral, Value, read_numeral

VERBAL = "verbal"  # a word that is an operator when it stands between operands
CURRENCY = frozenset("$€£¥₹₩₽₺฿₫₪¢")

_DETERMINERS = frozenset(("the", "those", "these", "this", "his", "her", "their"))


class Term(NamedTuple):
    """A token with its meaning.

    `text` is in lower case, or the operator that a word stands for; `num_tokens` were read.
    """

    kind: str
    text: str
    start: int
    end: int
    tight: bool
    numeral: Numeral | None = None
    num_tokens: int = 1


class _Sign(NamedTuple):
    """An operator word: its sign (empty: none) and how many tokens it takes."""

    text: str
    num_tokens: int = 1


def read_terms(text: str, *, joins_groups: bool = True) -> list[Term]:
    """The terms of a piece of plain text."""
    tokens = resolve_commands(tokenize(text, joins_groups=joins_groups))
    terms: list[Term] = []
    index = 0
    while index < len(tokens):
        term = _term(tokens, index, terms)
        terms.append(term)
        index += term.num_tokens
    return terms


def _term(tokens: Sequence[Token], index: int, before: list[Term]) -> Term:
    token = tokens[index]
    if token.kind == NUMERAL:
        return _number(tokens, index)
    if token.kind == VULGAR:
        numeral = _vulgar(token.text)
        if before and before[-1].numeral and before[-1].kind == NUMERAL and numeral:
            whole = before.pop()
            return _joined(whole.start, token, _exact(_amount(whole.numeral) + _amount(numeral)))
        return _joined(token.start, token, numeral)
    if token.kind == WORD:
        return _word(tokens, index)
    return Term(*token)


def _number(tokens: Sequence[Token], index: int) -> Term:
    token = tokens[index]
    numeral = read_numeral(token.text)
    if numeral is None:
        return Term(OTHER, "\\", token.start, token.end, token.tight)
    fraction = _fraction_after(tokens, index + 1)
    if fraction is not None and numeral.english.step == 1:
        last = tokens[index + 3]
        joined = _exact(numeral.english.amount + fraction)
        return Term(NUMERAL, "", token.start, last.end, token.tight, joined, 4)
    return Term(NUMERAL, token.text, token.start, token.end, token.tight, numeral)


def _fraction_after(tokens: Sequence[Token], index: int) -> Fraction | None:
    """The 1/2 of `2 1/2`."""
    if index + 2 >= len(tokens) or tokens[index + 1].text != "/":
        return None
    top, slash, bottom = tokens[index : index + 3]
    if top.kind != NUMERAL or bottom.kind != NUMERAL or not (slash.tight and bottom.tight):
        return None
    if not (top.text.isdigit() and bottom.text.isdigit() and len(bottom.text) <= 4):
        return None
    if int(top.text) >= int(bottom.text):
        return None
    return Fraction(int(top.text), int(bottom.text))


def _word(tokens: Sequence[Token], index: int) -> Term:
    token = tokens[index]
    text = token.text.lower()
    sign = _operator(tokens, index, text)
    if sign.text and _starts_operand(tokens, index + sign.num_tokens):
        end = tokens[index + sign.num_tokens - 1].end
        return Term(VERBAL, sign.text, token.start, end, token.tight, None, sign.num_tokens)
    return Term(WORD, text, token.start, token.end, token.tight)


def _operator(tokens: Sequence[Token], index: int, text: str) -> _Sign:
    if text == "x":
        return _Sign("*")
    if text in math_words.PHRASES:
        operator, seconds = math_words.PHRASES[text]
        if index + 1 < len(tokens) and tokens[index + 1].text.lower() in seconds:
            return _Sign(operator, 2)
    if text in math_words.OF and _is_share(tokens, index):
        has_filler = index + 1 < len(tokens) and tokens[index + 1].text.lower() in _DETERMINERS
        return _Sign("*", 1 + has_filler)
    return _Sign(math_words.OPERATORS.get(text, ""))


def _is_share(tokens: Sequence[Token], index: int) -> bool:
    """Whether `20%` or `2/3` stands before."""
    if index and tokens[index - 1].text in ("%", "percent"):
        return True
    return index >= 3 and tokens[index - 2].text == "/" and tokens[index - 3].kind == NUMERAL


def _starts_operand(tokens: Sequence[Token], index: int) -> bool:
    if index >= len(tokens):
        return False
    token = tokens[index]
    return token.kind in (NUMERAL, VULGAR, OPEN) or token.text in CURRENCY


def _vulgar(text: str) -> Numeral | None:
    fraction = Fraction(unicodedata.numeric(text)).limit_denominator(100)
    return _exact(fraction) if 0 < fraction < 1 else None


def _joined(start: int, token: Token, numeral: Numeral | None) -> Term:
    kind = NUMERAL if numeral else OTHER
    return Term(kind, "", start, token.end, token.tight, numeral)


def _exact(amount: Amount) -> Numeral:
    value = Value(amount, 0)
    return Numeral(value, value)


def _amount(numeral: Numeral | None) -> Amount:
    return numeral.english.amount if numeral else 0
