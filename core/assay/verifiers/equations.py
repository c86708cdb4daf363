"""Finding the equations of a text: equals signs and words, calculator notes, and their two sides.

Each sign is looked at through a window of bounded size, so the work is linear in the text. A chain
`a = b = c` is two equations. Notes (`<<48/2=24>>`, from GSM8K) are read by themselves and blanked
out of the text around them.
"""

from collections.abc import Iterator
from math import prod
from string import ascii_letters
from typing import NamedTuple

from assay.verifiers.claims import UNDECIDED, Truth, Verdict, decide_claim
from assay.verifiers.expressions import Expression
from assay.verifiers.plain_equations import read_plainly
from assay.verifiers.scanner import scan_left, scan_right
from assay.verifiers.terms import Term, read_terms

MAX_SIGNS = 2000  # equals signs looked at in one text
MAX_LEFT = 240  # characters read before an equals sign
MAX_RIGHT = 160  # characters read after it
MAX_LEAD = 30  # characters of plain words kept before the first number or sign
MAX_NOTE = 60  # characters of a calculator note that the fast test reads

# Longer ones first: they are replaced in this order. `may_hold_claims` knows their stems.
EQUALS_WORDS = (
    "is equal to", "are equal to", "equals", "ergibt", "ist gleich", "gleich", "es igual a",
    "est égal à", "égale", "é igual a", "è uguale a", "rovná se", "je rovno", "is gelijk aan",
    "等于", "等於", "イコール", "يساوي",
)  # fmt: skip
_EQUALS_STEMS = ("equal", "ergibt", "gleich", "igual", "rovno", "gelijk")  # of the ASCII ones
_FOREIGN_MARKS = ("≈", "＝", "égal", "uguale", "rovn", "等", "イコール", "يساوي")
_DIGITS = frozenset("0123456789½⅓⅔¼¾")
_SIGNS = frozenset("+-*/^\\xX%:²³!(")
_NOT_EQUAL_BEFORE = frozenset("=<>!:+-*/^&|≠")
TRUE = Verdict(Truth.TRUE)
_LETTERS = ascii_letters + " '"
_BEFORE_RESULT = " \t\u00a0$€£¥₹~*({[\\-+<_'\"&≈"


class Claim(NamedTuple):
    """A decided equation: its span, its left side as written, and whether it holds."""

    start: int
    end: int
    expression: str
    verdict: Verdict


class _Span(NamedTuple):
    """The inside of a calculator note."""

    start: int
    end: int


class _Sign(NamedTuple):
    """An equals sign or word; `is_approximate` for the wavy one."""

    start: int
    end: int
    is_approximate: bool = False
    is_word: bool = False
    is_in_note: bool = False


def may_hold_claims(text: str) -> bool:
    """A cheap test; written out because it runs on every turn.

    Both sides of a claim hold a digit. To look for one character takes a twentieth of the time of
    looking for two, so this comes first.
    """
    is_ascii = text.isascii()
    if is_ascii and not any(map(text.__contains__, "0123456789")):
        return False
    if "=" in text or "equal" in text or "\\approx" in text:
        return True
    if (
        "rovno" in text
        or "gleich" in text
        or "ergibt" in text
        or "igual" in text
        or "gelijk" in text
    ):
        return True
    return not is_ascii and any(mark in text for mark in _FOREIGN_MARKS)


def find_claims(plain: str) -> Iterator[Claim]:
    """Every decided claim; a false annotation stands for the equation around it."""
    body = plain
    bad: list[int] = []
    if "<<" in plain:
        annotations = _annotations(plain)
        for start, end in annotations:
            left, _, right = plain[start:end].partition("=")
            if _is_plainly_true(left, right):
                yield Claim(start, end, left, TRUE)
                continue
            for claim in _claims_of(plain, start, end, is_note=True):
                if claim.verdict.truth is Truth.FALSE:
                    bad.append(start)
                yield claim
        body = _without(plain, annotations)
    for claim in _claims_of(body, 0, len(body)):
        is_told = claim.verdict.truth is Truth.FALSE and _holds(bad, claim)
        if not is_told:
            yield claim


def _holds(starts: list[int], claim: Claim) -> bool:
    return any(claim.start <= start < claim.end for start in starts)


def _annotations(plain: str) -> list[_Span]:
    """Spans of the insides of `<<48/2=24>>`, the calculator notes of GSM8K."""
    spans: list[_Span] = []
    start = plain.find("<<")
    while start >= 0 and len(spans) < MAX_SIGNS:
        end = plain.find(">>", start, start + MAX_LEFT)
        if end >= 0 and "\n" not in plain[start:end]:
            spans.append(_Span(start + 2, end))
        start = plain.find("<<", max(start + 2, end))
    return spans


def _without(plain: str, annotations: list[_Span]) -> str:
    parts: list[str] = []
    position = 0
    for start, end in annotations:
        parts += [plain[position : start - 2], " " * (end + 4 - start)]
        position = end + 2
    return "".join((*parts, plain[position:]))


def _claims_of(text: str, start: int, end: int, *, is_note: bool = False) -> Iterator[Claim]:
    """Decided claims between `start` and `end`; in a calculator note `8=8` is one too."""
    signs = _find_signs(text, start, end)
    if not signs:
        return
    next_starts = [sign.start for sign in signs[1:]]
    next_starts.append(end)
    last_end = start  # of the sign before
    for sign, next_start in zip(signs, next_starts, strict=True):
        sign_start, sign_end = sign.start, sign.end
        furthest = max(start, sign_start - MAX_LEFT)
        right_end = min(next_start, sign_end + MAX_RIGHT)
        left_start = max(furthest, text.rfind("\n", furthest, sign_start) + 1)
        line_end = text.find("\n", sign_end, right_end)
        if line_end >= 0:
            right_end = line_end
        follows_sign = last_end > left_start
        if follows_sign:
            left_start = last_end
        last_end = sign_end
        left, right = text[left_start:sign_start], text[sign_end:right_end]
        is_cut = left_start == sign_start - MAX_LEFT and not follows_sign
        if is_note and _is_plainly_true(left, right):
            yield Claim(left_start, right_end, left, TRUE)
        elif _is_candidate(left, right, is_note):
            if is_note:
                sign = sign._replace(is_in_note=True)
            claim = _claim(left, right, sign, left_start, is_cut=is_cut)
            if claim.verdict.truth is not Truth.UNDECIDED:
                yield claim


def _is_candidate(left: str, right: str, is_note: bool) -> bool:
    """A cheap test that spares most equals signs the scan."""
    result = right.lstrip(_BEFORE_RESULT)[:24]
    if _DIGITS.isdisjoint(left[-120:]) or _DIGITS.isdisjoint(result):
        return False
    return (
        is_note
        or not (_SIGNS.isdisjoint(left) and _SIGNS.isdisjoint(result))
        or any(c.isalpha() for c in left)
    )


def _is_plainly_true(left: str, right: str) -> bool:
    """A fast answer for the bulk of calculator notes: whole numbers and one kind of operator."""
    if not right.isdecimal() or len(left) + len(right) > MAX_NOTE:
        return False
    for operator, fold in (("+", sum), ("*", prod)):
        if operator in left:
            numbers = left.split(operator)
            return all(map(str.isdecimal, numbers)) and fold(map(int, numbers)) == int(right)
    larger, _, smaller = left.partition("-")
    return larger.isdecimal() and smaller.isdecimal() and int(larger) - int(smaller) == int(right)


def _claim(left: str, right: str, sign: _Sign, left_start: int, *, is_cut: bool) -> Claim:
    if not sign.is_word:
        clause_start = _clause_start(left)
        plain = read_plainly(left[clause_start:], right, is_cut=is_cut)
        if plain is not None:
            start = clause_start + plain.start
            return Claim(left_start + start, sign.end + plain.end, left[start:].strip(), TRUE)
    return _claim_in_full(left, right, sign, left_start, is_cut=is_cut)


def _claim_in_full(left: str, right: str, sign: _Sign, left_start: int, *, is_cut: bool) -> Claim:
    left_side = scan_left(_clause(left), is_cut=is_cut)
    right_side = scan_right(read_terms(right))
    verdict = _decide(left_side, right_side, sign, len(right))
    if verdict.truth is Truth.FALSE and _holds_apart(left, right, sign):
        verdict = UNDECIDED
    start = left_start + left_side.start
    quoted = left[left_side.start : left_side.end]
    if quoted.startswith("(") and quoted.count("(") > quoted.count(")"):
        start += 1  # the bracket closes after the equation
    return Claim(start, sign.end + right_side.end, " ".join(quoted.split()), verdict)


def _holds_apart(left: str, right: str, sign: _Sign) -> bool:
    """Whether the equation is true when digit groups (`1 234`) are numbers of their own."""
    left_side = scan_left(_clause(left, joins_groups=False))
    right_side = scan_right(read_terms(right, joins_groups=False))
    return _decide(left_side, right_side, sign, len(right)).truth is Truth.TRUE


def _decide(left: Expression, right: Expression, sign: _Sign, num_right: int) -> Verdict:
    if num_right >= MAX_RIGHT and right.end >= num_right - 1:
        return UNDECIDED  # the result was cut off
    if sign.is_word and left.has_words_at_end:
        return UNDECIDED
    return decide_claim(
        left,
        right,
        is_approximate=sign.is_approximate,
        may_be_plain=sign.is_in_note and left.is_whole,
    )


def _clause(left: str, *, joins_groups: bool = True) -> list[Term]:
    """Terms of the last clause: a comma or point before a space ends the one before.

    Of the words that open the clause only the last few matter.
    """
    start = _clause_start(left)
    num_letters = len(left) - start - len(left[start:].lstrip(_LETTERS))
    if num_letters > MAX_LEAD:
        start = left.rfind(" ", start, start + num_letters - MAX_LEAD) + 1 or start
    return read_terms(" " * start + left[start:], joins_groups=joins_groups)


def _clause_start(left: str) -> int:
    return 1 + max(left.rfind(", "), left.rfind(". "), left.rfind("; "), left.rfind("? "))


def _find_signs(text: str, start: int, end: int) -> list[_Sign]:
    signs = [*_symbols(text, start, end)]
    for word in EQUALS_WORDS if _may_hold_words(text[start:end]) else ():
        position = text.find(word, start, end)
        while position >= 0 and len(signs) < MAX_SIGNS:
            signs.append(_Sign(position, position + len(word), is_word=True))
            position = text.find(word, position + len(word), end)
    signs.sort()
    return signs


def _may_hold_words(text: str) -> bool:
    return not text.isascii() or any(map(text.__contains__, _EQUALS_STEMS))


def _symbols(text: str, start: int, end: int) -> Iterator[_Sign]:
    for symbol in ("=", "≈", "\\approx"):
        position = text.find(symbol, start, end)
        num_found = 0
        while position >= 0 and num_found < MAX_SIGNS:
            after = position + len(symbol)
            if symbol != "=" or not _is_other_sign(text, position, after):
                yield _Sign(position, after, is_approximate=symbol != "=")
                num_found += 1
            position = text.find(symbol, after, end)


def _is_other_sign(text: str, position: int, after: int) -> bool:
    """`==`, `<=`, `+=`, `=>` compare, assign or point."""
    before = text[position - 1] if position else " "
    return before in _NOT_EQUAL_BEFORE or text[after : after + 1] in ("=", ">", "<")
