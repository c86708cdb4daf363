"""A fast answer for the bulk of equations: plain numbers, plain operators, and the result is right.

The idea: nearly every computation in a solution is written plainly (`he has 12 tickets + 35 tickets
= 47 tickets`) and is true. Such a one is read here by splitting at blanks, at a tenth of the price
of tokens, terms and a scanner. The invariant: what this module calls true is true for the full
reading as well; whatever is unusual in form, or does not hold, is left to that reading.
"""

from collections.abc import Callable, Mapping
from fractions import Fraction
from operator import add, mul, sub
from string import ascii_letters
from typing import NamedTuple

from assay.verifiers import math_words
from assay.verifiers.numerals import Amount, Numeral, Value, agrees, read_numeral
from assay.verifiers.patterns import Match, compile_pattern

MAX_CHARS = 120  # of a plain left side, and up to the end of the result on the right
MAX_NUMBER = 12  # characters of a number, so that no product grows large
LEAD_CHARS = 24  # characters before the first number; after a cut two whole words must stand there
MIN_LEAD_WORDS = 3

_NUMBER = r"\$?(?:[0-9]+(?:,[0-9]{3})*(?:\.[0-9]+)?|\.[0-9]+)(?: [A-Za-z]{3,}){0,3}"
_LEFT = compile_pattern(
    r"(?:(.*?[^A-Za-z' /-]) )?? *((?:[A-Za-z]+(?:'[A-Za-z]+)?:? +)*)"
    rf"({_NUMBER}(?:(?: [-+*/x] |[-+*/]){_NUMBER})+) *"
)
_BEFORE, _LEAD, _OPERANDS = 1, 2, 3  # groups of the pattern
_SIGNS = "+-*/"
_OPERATORS = frozenset((*_SIGNS, "x"))
_WHOLE: Mapping[str, Callable[[int, int], int]] = {"+": add, "-": sub, "*": mul, "x": mul}
_DIGITS = frozenset("0123456789")
_FIRST_OF_NUMBER = frozenset(".0123456789")
_BLANKS = " \u00a0"
_WORD_CHARS = ascii_letters + " "
_ENDS = frozenset(".,;?")
_PERCENT = frozenset(("mod", "percent", "prozent"))
_VERBAL = frozenset(math_words.OPERATORS).union(
    ("x",), math_words.OF, *(seconds for _, seconds in math_words.PHRASES.values())
)
_NO_UNITS = math_words.CLAUSE | _PERCENT  # words that end an operand or change it


class PlainEquation(NamedTuple):
    """A plain equation that holds: where its left side begins, where its result ends."""

    start: int
    end: int


class _Result(NamedTuple):
    numeral: Numeral
    end: int


def read_plainly(clause: str, right: str, *, is_cut: bool) -> PlainEquation | None:
    """The equation of `clause` and `right` when both are plain and it holds, else None.

    `is_cut` says that the text began before the clause.
    """
    result = _result(right)
    if result is None or len(clause) > MAX_CHARS:
        return None
    bare = None if is_cut else _bare_total(clause)
    if bare is not None and bare == result.numeral.english.amount:
        return PlainEquation(len(clause) - len(clause.lstrip(" ")), result.end)
    match = _LEFT.fullmatch(clause)
    if match is None or not _begins_there(match, is_cut=is_cut):
        return None
    total = _total(match.group(_OPERANDS))
    if total is None or not agrees(Value(total, 0), result.numeral.english):
        return None
    return PlainEquation(match.start(_OPERANDS), result.end)


def _bare_total(clause: str) -> int | None:
    """The whole number that `12 * 34` and nothing else comes to; None for any other clause.

    Spares bare equations the pattern below, half of the time that reading them took.
    """
    parts = clause.strip(" ").split(" ", 3)
    if len(parts) != 3 or not clause.isascii():
        return None
    first, operator, second = parts
    if not (first.isdecimal() and second.isdecimal()):
        return None
    if operator not in _WHOLE or len(first) > MAX_NUMBER or len(second) > MAX_NUMBER:
        return None
    return _WHOLE[operator](int(first), int(second))


def _begins_there(match: Match, *, is_cut: bool) -> bool:
    """Whether the expression cannot begin before its plain operands.

    Behind a number a word that begins a clause must stand, behind other signs such a word and one
    more, and behind a cut a few words.
    """
    lead = match.group(_LEAD)
    before = match.groups()[_BEFORE - 1]
    if before is None:
        return not is_cut or len(lead[-LEAD_CHARS:].split()) >= MIN_LEAD_WORDS
    words = lead.lower().split()
    is_number = before.rpartition(" ")[2].lstrip("$").isdecimal()
    return not math_words.CLAUSE.isdisjoint(words if is_number else words[:-1])


def _total(operands: str) -> Amount | None:
    """The value of plain numbers between plain operators, unit words aside; None when unsure."""
    for sign in _SIGNS:
        if sign in operands:
            operands = operands.replace(sign, f" {sign} ")
    total: Amount = 0
    product: Amount = 0
    operator = "+"
    for part in operands.replace("$", "").split():
        if part in _OPERATORS:
            operator = part
        elif part[0] in _FIRST_OF_NUMBER:
            numeral = read_numeral(part) if len(part) <= MAX_NUMBER else None
            if numeral is None or (operator == "/" and not numeral.english.amount):
                return None
            if operator in "+-":
                total += product
            product = _applied(operator, product, numeral.english.amount)
        elif part.lower() in _NO_UNITS:
            return None
    return total + product


def _applied(operator: str, product: Amount, amount: Amount) -> Amount:
    if operator == "+":
        return amount
    if operator == "-":
        return -amount
    if operator == "/":
        ratio = Fraction(product, amount)
        return ratio.numerator if ratio.denominator == 1 else ratio
    return product * amount


def _result(right: str) -> _Result | None:
    """The number that `right` begins with, when only unit words or a sentence's end follow it."""
    body = right.lstrip(_BLANKS)
    if body[:1] == "$":
        body = body[1:].lstrip(_BLANKS)
    token = body.partition(" ")[0]
    end = len(right) - len(body) + len(token)
    if token[-1:] in _ENDS:
        number = token[:-1]
        end -= 1
    else:
        number = token
        if not _is_plain_rest(body[len(token) :]):
            return None
    if not number or len(number) > MAX_NUMBER or end > MAX_CHARS or not _is_number(number):
        return None
    numeral = read_numeral(number)
    return _Result(numeral, end) if numeral is not None else None


def _is_number(text: str) -> bool:
    if not text.isascii():
        return False
    return text.isdigit() or all(map(str.isdigit, text.replace(",", ".").split(".")))


def _is_plain_rest(rest: str) -> bool:
    """Whether nothing but words of two letters and more stands before the end of the sentence."""
    after = rest.lstrip(_WORD_CHARS)
    words = rest[: len(rest) - len(after)].lower().split()
    if after[:1] in _DIGITS:  # the next number, unless it is multiplied
        if not words or rest[-len(after) - 1] != " " or words[-1] in _VERBAL:
            return False
    elif after and (after[0] not in _ENDS or after[1:2] not in ("", " ")):
        return False
    for word in words:
        if len(word) < 2 or word in _PERCENT:
            return False
        if word in math_words.CLAUSE:
            return True
    return True
