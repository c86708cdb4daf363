r"""Numbers with one square root, such as `3\sqrt{2}` or `\frac{\sqrt{3}}{2}`, compared exactly.

A surd is a result only when it is as simple as the gold: `\sqrt{12}` is no answer where the gold
is `2\sqrt{3}`, for the question may have been to simplify it. Digits are bounded before any number
is made of them.
"""

from dataclasses import dataclass
from fractions import Fraction
from math import gcd, isqrt

from assay.verifiers.patterns import Match, compile_pattern
from assay_rl_rewards.answers.latex_text import plain_latex, unwrap

_MAX_DIGITS = 30
_ROOT = compile_pattern(
    r"(?:\\sqrt|√|sqrt) ?(?:\{ ?(\d+) ?\}|\( ?(\d+) ?\)|(\d))|√(\d+)",
)
_FORMS = tuple(
    compile_pattern(form)
    for form in (
        r"([+-]?) ?(\d*) ?\*? ?@ ?(?:/ ?(\d+))?",
        r"([+-]?) ?\\frac ?\{ ?(-?\d*) ?\*? ?@ ?\} ?\{ ?(\d+) ?\}",
        r"([+-]?) ?(?:\\frac ?\{ ?(\d+) ?\} ?\{ ?(\d+) ?\}|(\d+) ?/ ?(\d+)) ?\*? ?@",
    )
)
_ROOT_BELOW = tuple(
    compile_pattern(form)
    for form in (
        r"([+-]?) ?\\frac ?\{ ?(\d+) ?\} ?\{ ?(\d*) ?@ ?\}",
        r"([+-]?) ?(\d+) ?/ ?@",
    )
)


@dataclass(frozen=True, slots=True)
class Surd:
    """`coefficient` times the root of `radicand`, no square; a root below a bar counts above it."""

    coefficient: Fraction
    radicand: int
    is_root_below: bool = False
    is_reduced: bool = True


def read_surd(text: str) -> Surd | None:
    """Read `text` as one rational number times one square root; None for all other text."""
    text = unwrap(plain_latex(text)).replace("\\cdot", "*")
    roots = list(_ROOT.finditer(text))
    if len(roots) != 1 or len(text) > 8 * _MAX_DIGITS:
        return None
    digits = next(group for group in roots[0].groups() if group is not None)
    if len(digits) > _MAX_DIGITS:
        return None
    radicand = int(digits)
    if isqrt(radicand) ** 2 == radicand:
        return None
    start, end = roots[0].span()
    frame = f"{text[:start]}@{text[end:]}"
    for form in _FORMS:
        if match := form.fullmatch(frame):
            return _above(match, radicand)
    for form in _ROOT_BELOW:
        if match := form.fullmatch(frame):
            return _below(match, radicand)
    return None


def is_same_surd(gold: Surd, answer: Surd) -> bool:
    """Whether both are the same number, and `answer` no less simplified than `gold`."""
    if gold.coefficient * answer.coefficient <= 0:
        return False
    is_equal = gold.coefficient**2 * gold.radicand == answer.coefficient**2 * answer.radicand
    is_simple = answer.is_reduced and answer.radicand <= gold.radicand
    return is_equal and is_simple and (gold.is_root_below or not answer.is_root_below)


def _above(match: Match, radicand: int) -> Surd | None:
    sign, *numbers = match.groups()
    given = [number for number in numbers if number is not None]
    above = given[0] if given[0] not in ("", "-") else f"{given[0]}1"
    below = given[1] if len(given) > 1 else "1"
    return _surd(sign, above, below, radicand)


def _below(match: Match, radicand: int) -> Surd | None:
    """With the root above the bar: a / (b root n) is a / (b n) root n."""
    groups = match.groups()
    factor = groups[2] if len(groups) > 2 and groups[2] else "1"
    surd = _surd(groups[0], groups[1] or "", factor, radicand)
    if surd is None:
        return None
    return Surd(surd.coefficient / radicand, radicand, True, surd.is_reduced)


def _surd(sign: str | None, above: str, below: str, radicand: int) -> Surd | None:
    if max(len(above), len(below)) > _MAX_DIGITS or not int(below) or not int(above):
        return None
    is_reduced = gcd(int(above), int(below)) == 1
    value = Fraction(int(above), int(below))
    return Surd(-value if sign == "-" else value, radicand, is_reduced=is_reduced)
