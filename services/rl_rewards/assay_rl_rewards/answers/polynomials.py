r"""Equality of polynomials with rational coefficients, exactly and in microseconds.

Most expressions that are asked for are polynomials, and computer algebra takes some 20 ms to read
one. What is read here has one meaning: sums, products and natural powers of numbers, single letters
and brackets. Anything else (a slash, a subscript, a function, `e` and `i`, which may be constants,
two numbers side by side) is no polynomial to it, and computer algebra decides. The work is bounded
by the number of terms, so a large power is left alone as well.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import TypeAlias

from assay.verifiers.patterns import compile_pattern

_MAX_CHARS = 400
_MAX_TOKENS = 200
_MAX_TERMS = 64
_MAX_EXPONENT = 24
_MAX_DEPTH = 12
_TOKEN = compile_pattern(
    r"\d{1,30}(?:\.\d{1,30})?|[A-Za-z]|\\(?:cdot|times|frac|dfrac|tfrac)\b|[-+*^(){}]|[^ ]"
)
_TIMES = ("\\cdot", "\\times", "*")
_FRACTIONS = ("\\frac", "\\dfrac", "\\tfrac")
_CLOSING = {"(": ")", "{": "}"}
_CONSTANTS_OR_FUNCTIONS = frozenset("eEiIfgh")

Monomial: TypeAlias = tuple[tuple[str, int], ...]  # letters in order, each with its exponent
Polynomial: TypeAlias = dict[Monomial, Fraction]  # no coefficient is 0


class _NoPolynomialError(Exception):
    """The text is something else, or larger than what is worth doing here."""


def are_same_polynomials(left: str, right: str) -> bool | None:
    """Return whether two texts in LaTeX are the same polynomial; None where that is not for here.

    Other letters on one side are left to computer algebra, which takes `x` and `X` for the same.
    """
    read_left = read_polynomial(left)
    read_right = None if read_left is None else read_polynomial(right)
    if read_left is None or read_right is None:
        return None
    if read_left == read_right:
        return True
    return False if _letters(read_left) == _letters(read_right) else None


def read_polynomial(text: str) -> Polynomial | None:
    """Return the expanded polynomial that a text in LaTeX is, None where it is none."""
    if len(text) > _MAX_CHARS or not text.isascii():
        return None
    tokens = [match.group() for match in _TOKEN.finditer(text)]
    if len(tokens) > _MAX_TOKENS:
        return None
    try:
        return _Reader(tokens).read()
    except _NoPolynomialError:
        return None


class _Reader:
    """Reads by descent: sums of products of powers."""

    def __init__(self, tokens: Sequence[str]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    def read(self) -> Polynomial:
        found = self._sum()
        if self._at != len(self._tokens):
            raise _NoPolynomialError
        return found

    @property
    def _next(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _take(self) -> str:
        token = self._next
        self._at += 1
        return token

    def _sum(self) -> Polynomial:
        total: Polynomial = {}
        sign = self._take() if self._next in ("+", "-") else "+"
        while True:
            total = _added(total, self._product(), Fraction(1 if sign == "+" else -1))
            if self._next not in ("+", "-"):
                return total
            sign = self._take()

    def _product(self) -> Polynomial:
        product = self._power()
        while True:
            if self._next in _TIMES:
                self._at += 1
            elif not self._begins_factor() or self._is_number(self._next):
                return product
            elif self._next in _FRACTIONS and self._is_number(self._tokens[self._at - 1]):
                raise _NoPolynomialError  # 2\frac{1}{2}: a mixed number
            product = _multiplied(product, self._power())

    def _begins_factor(self) -> bool:
        token = self._next
        return token in _CLOSING or token in _FRACTIONS or token.isalnum()

    @staticmethod
    def _is_number(token: str) -> bool:
        return token[:1].isdigit()

    def _power(self) -> Polynomial:
        base = self._factor()
        if self._next != "^":
            return base
        self._at += 1
        is_braced = self._next == "{"
        self._at += is_braced
        digits = self._take()
        if is_braced and self._take() != "}":
            raise _NoPolynomialError
        if not digits.isdigit() or (len(digits) > 1 and not is_braced) or self._next == "^":
            raise _NoPolynomialError  # x^12 without braces is x^1 and a 2 in LaTeX
        return _raised(base, int(digits))

    def _factor(self) -> Polynomial:
        token = self._take()
        if self._is_number(token):
            return _constant(Fraction(token))
        if token in _CLOSING:
            return self._group(token)
        if token in _FRACTIONS:
            return self._fraction()
        if len(token) != 1 or not token.isalpha() or token in _CONSTANTS_OR_FUNCTIONS:
            raise _NoPolynomialError
        return {((token, 1),): Fraction(1)}

    def _group(self, opening: str) -> Polynomial:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise _NoPolynomialError
        inner = self._sum()
        if self._take() != _CLOSING[opening]:
            raise _NoPolynomialError
        self._depth -= 1
        return inner

    def _fraction(self) -> Polynomial:
        parts = []
        for _ in range(2):
            if self._take() != "{":
                raise _NoPolynomialError
            parts.append(self._group("{"))
        divisor = parts[1].get(())
        if divisor is None or len(parts[1]) != 1:
            raise _NoPolynomialError
        return _multiplied(parts[0], _constant(1 / divisor))


def _letters(polynomial: Polynomial) -> set[str]:
    return {letter for monomial in polynomial for letter, _ in monomial}


def _constant(value: Fraction) -> Polynomial:
    return {(): value} if value else {}


def _added(left: Polynomial, right: Polynomial, scale: Fraction) -> Polynomial:
    total = dict(left)
    for letters, coefficient in right.items():
        total[letters] = total.get(letters, Fraction(0)) + scale * coefficient
    return _bounded(total)


def _multiplied(left: Polynomial, right: Polynomial) -> Polynomial:
    product: Polynomial = {}
    for some, one in left.items():
        for others, other in right.items():
            letters = dict(some)
            for letter, exponent in others:
                letters[letter] = letters.get(letter, 0) + exponent
            key = tuple(sorted(letters.items()))
            product[key] = product.get(key, Fraction(0)) + one * other
    return _bounded(product)


def _raised(base: Polynomial, exponent: int) -> Polynomial:
    if exponent > _MAX_EXPONENT:
        raise _NoPolynomialError
    power = _constant(Fraction(1))
    for _ in range(exponent):
        power = _multiplied(power, base)
    return power


def _bounded(terms: Polynomial) -> Polynomial:
    if len(terms) > _MAX_TERMS:
        raise _NoPolynomialError
    return {letters: coefficient for letters, coefficient in terms.items() if coefficient}
