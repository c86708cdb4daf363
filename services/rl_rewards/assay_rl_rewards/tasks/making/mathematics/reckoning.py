"""Reckons expressions from their text: the second way to a value, blind to how it was made.

A descent over the grammar of what is asked: numbers, one-letter unknowns, + - * / ^, brackets, and
products without a sign (`3x`, `(x + 1)(x - 2)`). Exact rationals; texts are our own, never answers.
"""

from collections.abc import Mapping
from fractions import Fraction

from assay.verifiers.patterns import compile_pattern

_TOKEN = compile_pattern(r"\d+(?:\.\d+)?|[a-z]|[-+*/^()]")
_SIGNS = {"×": "*", "·": "*", "÷": "/", "−": "-"}


def reckon(text: str, unknowns: Mapping[str, Fraction] | None = None) -> Fraction:
    """Return the value of `text` at values of its unknowns.

    Raises:
        ValueError: it is no such expression.
        ZeroDivisionError: it divides by zero.
    """
    for sign, plain in _SIGNS.items():
        text = text.replace(sign, plain)
    tokens = [match.group() for match in _TOKEN.finditer(text)]
    if "".join(tokens) != text.replace(" ", ""):
        raise ValueError(f"expected an expression, found {text!r}")
    reader = _Reader(tokens, unknowns or {})
    value = reader.read_sum()
    if not reader.is_at_end:
        raise ValueError(f"expected the end of the expression, found more in {text!r}")
    return value


class _Reader:
    """Reads tokens from left to right."""

    def __init__(self, tokens: list[str], unknowns: Mapping[str, Fraction]) -> None:
        self._tokens = [*tokens, ""]
        self._at = 0
        self._unknowns = unknowns

    @property
    def is_at_end(self) -> bool:
        return not self._next

    @property
    def _next(self) -> str:
        return self._tokens[self._at]

    def _take(self) -> str:
        self._at += 1
        return self._tokens[self._at - 1]

    def read_sum(self) -> Fraction:
        value = self._read_product()
        while self._next and self._next in "+-":
            value += (1 if self._take() == "+" else -1) * self._read_product()
        return value

    def _read_product(self) -> Fraction:
        if self._next == "-":
            self._take()
            return -self._read_product()
        value = self._read_power()
        while self._next and self._next not in "+-)^":
            if self._next == "/":
                self._take()
                value /= self._read_power()
            else:
                self._at += self._next == "*"
                value *= self._read_power()
        return value

    def _read_power(self) -> Fraction:
        base = self._read_operand()
        if self._next == "^":
            self._take()
            return base ** int(self._take())
        return base

    def _read_operand(self) -> Fraction:
        token = self._take()
        if token == "(":
            value = self.read_sum()
            if self._take() != ")":
                raise ValueError("expected a closing bracket")
            return value
        if token == "-":
            return -self._read_power()
        return self._unknowns[token] if token.isalpha() else Fraction(token)
