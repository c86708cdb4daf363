r"""The outer form of an expression: its terms, the sums inside it, its factors, its commands.

Two expressions that are equal may still be question and answer: `(x+1)^2` and `x^2+2x+1`. Which one
an answer is, is read from the text, for a computer algebra system may rewrite it unseen.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from assay.verifiers.patterns import compile_pattern
from assay_rl_rewards.answers.extraction import closing_brace

MAX_FACTORS = 64  # written, before equal ones are put together
_TOKEN = compile_pattern(r"\\[A-Za-z]+|\\[^A-Za-z]|\d+(?:\.\d+)?|[^\s]")
_OPENING = {"(": ")", "[": "]", "{": "}", "\\{": "\\}"}
_CLOSING = frozenset(_OPENING.values())
_SIGNS = frozenset(("+", "-", "\\pm", "\\mp"))
_OPERATORS = _SIGNS | {"*", "/", "\\cdot", "\\times", "\\div", "^", "_"}
_RELATIONS = frozenset(
    (
        "=", "<", ">", "≤", "≥", "≠", "≈", "\\le", "\\leq", "\\ge", "\\geq", "\\ne", "\\neq",
        "\\lt", "\\gt", "\\approx", "\\equiv", "\\sim", "\\in", "\\to", "\\rightarrow", "\\iff",
    )
)  # fmt: skip
_CONSTANTS = frozenset(("e", "i", "\\pi", "\\infty"))
_GREEK = frozenset(
    (
        "\\alpha", "\\beta", "\\gamma", "\\delta", "\\epsilon", "\\varepsilon", "\\zeta", "\\eta",
        "\\theta", "\\vartheta", "\\iota", "\\kappa", "\\lambda", "\\mu", "\\nu", "\\xi", "\\rho",
        "\\sigma", "\\tau", "\\upsilon", "\\phi", "\\varphi", "\\chi", "\\psi", "\\omega",
    )
)  # fmt: skip
DERIVATIVE = "d/d"  # stands among the commands where a fraction is a derivative to be taken
_TYPESETTING = frozenset(
    ("{", "}", "\\mathrm", "\\mathit", "\\text", "\\textrm", "\\operatorname", "\\rm")
)
# What a question leaves to be done. An answer may hold it only where the gold does.
UNSOLVED = frozenset(
    (
        "\\int", "\\iint", "\\iiint", "\\oint", "\\sum", "\\prod", "\\lim", "\\binom", "\\gcd",
        "\\lcm", "\\max", "\\min", "\\det", "\\partial", "\\bmod", "\\pmod", "\\mod", "!", "\\pm",
        "\\mp", "\\text", "\\lfloor", "\\lceil", "\\Re", "\\Im", "\\dbinom", "\\choose", "\\div",
        DERIVATIVE,
        "\\arg", "\\operatorname", "\\limsup", "\\liminf", "\\sup", "\\inf", "\\lor", "\\land",
    )
)  # fmt: skip
FUNCTIONS = frozenset(
    (
        "\\sin", "\\cos", "\\tan", "\\cot", "\\sec", "\\csc", "\\arcsin", "\\arccos", "\\arctan",
        "\\sinh", "\\cosh", "\\tanh", "\\log", "\\ln", "\\lg", "\\exp",
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shape:
    """How an expression is built.

    Attributes:
        num_terms: summands at the top level.
        num_sums: bracketed or braced groups that hold a sum.
        num_numbers: digit strings other than 1.
        commands: LaTeX commands in it, `!` among them, and `DERIVATIVE`.
        num_relations: signs of equations and inequalities.
        has_variable: a letter other than e, i and pi.
    """

    num_terms: int
    num_sums: int
    num_numbers: int
    commands: frozenset[str]
    num_relations: int
    has_variable: bool


class Factor(NamedTuple):
    """One factor of a product that holds a variable, without its exponent."""

    text: str
    multiplicity: int


def read_shape(text: str) -> Shape:
    """Read the shape of `text` (as `plain_latex` gives it), well formed or not."""
    num_terms, num_sums = 1, 0
    has_sum = [False]
    previous = ""
    tokens = list_tokens(text)
    for token in tokens:
        if token in _OPENING:
            has_sum.append(False)
        elif token in _CLOSING and len(has_sum) > 1:
            num_sums += has_sum.pop()
        elif token in _SIGNS and previous and previous not in _OPERATORS | _OPENING.keys():
            has_sum[-1] = True
            num_terms += len(has_sum) == 1
        previous = token
    num_sums += sum(has_sum[1:])
    return Shape(
        num_terms=num_terms,
        num_sums=num_sums,
        num_numbers=sum(token[0].isdigit() and token != "1" for token in tokens),
        commands=_list_commands(tokens),
        num_relations=sum(token in _RELATIONS for token in tokens),
        has_variable=any(map(_is_variable, tokens)),
    )


def list_tokens(text: str) -> list[str]:
    """Split `text` into commands, numbers and single characters; blanks are left out."""
    return [match.group() for match in _TOKEN.finditer(text)]


def split_factors(text: str) -> list[Factor] | None:
    """Split a product into the factors that hold a variable; None where `text` is no product.

    A product is made of numbers, letters and bracketed groups, each with a natural exponent or
    none, and may end in a division by a number. Everything else is not in factored form.
    """
    factors: list[Factor] = []
    rest = text.lstrip("+- ")
    while rest:
        step = _next_factor(rest)
        if step is None:
            return None
        factor, rest = step
        if factor.text:
            factors.append(factor)
        if len(factors) > MAX_FACTORS:
            return None
    return factors


def _list_commands(tokens: list[str]) -> frozenset[str]:
    found = {t for t in tokens if t == "!" or (t[0] == "\\" and len(t) > 2)}
    if any(t == "\\frac" and _is_derivative(tokens, i + 1) for i, t in enumerate(tokens)):
        found.add(DERIVATIVE)
    return frozenset(found)


def _is_derivative(tokens: list[str], start: int) -> bool:
    """Whether the fraction whose numerator begins at `start` is d, d^n or d(...) over dx."""
    numerator, end = _read_group(tokens, start)
    denominator, _ = _read_group(tokens, end)
    is_over_d = denominator[:1] == ["d"] and len(denominator) > 1 and _is_variable(denominator[1])
    return numerator[:1] == ["d"] and is_over_d and (len(denominator) == 2 or denominator[2] == "^")


def _read_group(tokens: list[str], start: int) -> tuple[list[str], int]:
    """The tokens of one argument without its typesetting, and where the next one begins."""
    depth = 0
    for position in range(start, len(tokens)):
        depth += (tokens[position] == "{") - (tokens[position] == "}")
        if depth <= 0:
            group = tokens[start : position + 1]
            return [token for token in group if token not in _TYPESETTING], position + 1
    return [], len(tokens)


def _next_factor(text: str) -> tuple[Factor, str] | None:
    token = next(_tokens(text))
    rest = text[text.index(token) + len(token) :]
    if token in ("*", "\\cdot", "\\times"):
        return Factor("", 1), rest.lstrip()
    if token == "/":
        divisor = next(_tokens(rest), "")
        rest = rest.lstrip()
        return (Factor("", 1), rest[len(divisor) :].lstrip()) if divisor.isdigit() else None
    if token == "\\frac":
        return _number_fraction(rest)
    if token[0].isdigit():
        factor = ""
    elif _is_variable(token) or token in _CONSTANTS:
        factor = token
    elif token in ("(", "["):
        length = _group_length(token + rest)
        if length is None:
            return None
        group = (token + rest)[:length]
        rest = (token + rest)[length:]
        factor = group[1:-1] if any(map(_is_variable, list_tokens(group))) else ""
    else:
        return None
    return _with_exponent(factor, rest.lstrip())


def _with_exponent(factor: str, rest: str) -> tuple[Factor, str] | None:
    if not rest.startswith("^"):
        return Factor(factor, 1), rest
    rest = rest[1:].lstrip()
    if rest.startswith("{"):
        close = closing_brace(rest, 0)
        if close is None:
            return None
        exponent, rest = rest[1:close].strip(), rest[close + 1 :]
    else:
        exponent = next(_tokens(rest), "")
        rest = rest[len(exponent) :]
    if not (
        exponent.isascii() and exponent.isdigit() and 1 <= len(exponent) <= 2 and int(exponent)
    ):
        return None
    return Factor(factor, int(exponent)), rest.lstrip()


def _number_fraction(rest: str) -> tuple[Factor, str] | None:
    """A fraction of two natural numbers in braces, which is a constant."""
    for _ in range(2):
        rest = rest.lstrip()
        close = closing_brace(rest, 0) if rest.startswith("{") else None
        if close is None or not rest[1:close].strip().isdigit():
            return None
        rest = rest[close + 1 :]
    return Factor("", 1), rest.lstrip()


def _group_length(text: str) -> int | None:
    """How long the bracketed group is that `text` begins with; None where it stays open."""
    depth = 0
    for position, character in enumerate(text):
        depth += (character in "([{") - (character in ")]}")
        if depth == 0:
            return position + 1
    return None


def _is_variable(token: str) -> bool:
    return (len(token) == 1 and token.isalpha() and token not in _CONSTANTS) or token in _GREEK


def _tokens(text: str) -> Iterator[str]:
    return (match.group() for match in _TOKEN.finditer(text))
