r"""One value against another: a number or surd by exact arithmetic, other expressions by algebra.

An answer is a result. Where the gold is a number the answer is a numeral, so that a question handed
back unsolved (`123 \times 456`, `4=3`) earns nothing. Where the gold is an expression, the answer
may not hold what the gold has not: an equation, an operation to be done, a list of candidates.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from math import isqrt
from typing import NamedTuple, TypeAlias

from assay.domain.errors import InvalidTaskError
from assay.verifiers.patterns import compile_pattern
from assay_rl_rewards.answers.latex_shape import (
    FUNCTIONS,
    UNSOLVED,
    Factor,
    Shape,
    list_tokens,
    read_shape,
    split_factors,
)
from assay_rl_rewards.answers.latex_text import is_enclosed, split_top_level
from assay_rl_rewards.answers.numbers import (
    DecimalMark,
    Number,
    NumberKind,
    is_same_value,
    read_number,
)
from assay_rl_rewards.answers.polynomials import are_same_polynomials
from assay_rl_rewards.answers.quantities import without_unit
from assay_rl_rewards.answers.surds import Surd, is_same_surd, read_surd
from assay_rl_rewards.answers.symbolic import Equality, compare

MAX_FACTORS = 12
_ROOT_DIGITS = 30
_JOINED = compile_pattern(r"\b(?:or|and)\b")  # algebra would read letters of a product


class PercentReading(StrEnum):
    """How a percentage compares with a plain number.

    `exact`: never equal. `sign_optional`: 50 % is 50. `as_fraction`: 50 % is 0.5.
    """

    EXACT = "exact"
    SIGN_OPTIONAL = "sign_optional"
    AS_FRACTION = "as_fraction"


class Work(StrEnum):
    """What has to be done in an expression beside being equal to the gold.

    `done`: no more terms and bracketed sums than the gold, and a value where the gold names one.
    """

    ANY = "any"
    DONE = "done"
    EXPANDED = "expanded"
    FACTORED = "factored"


@dataclass(frozen=True, slots=True)
class ScalarRules:
    """How values of a task are read and compared.

    Attributes:
        kinds: how numbers may be written; empty for integer, decimal, fraction and as in the gold.
        tolerance: relative to the gold; 0 compares exactly.
        units: spellings that may stand at a number, in the form of `fold_unit`.
    """

    mark: DecimalMark = DecimalMark.POINT
    kinds: frozenset[NumberKind] = frozenset()
    percent: PercentReading = PercentReading.EXACT
    tolerance: Fraction = Fraction(0)
    units: frozenset[str] = frozenset()
    work: Work = Work.DONE


class Verdict(NamedTuple):
    """Whether an answer is right, and a fixed wording of why."""

    is_right: bool
    reason: str


Scalar: TypeAlias = Number | Surd | str

RIGHT = Verdict(True, "equal to the reference")
WRONG = Verdict(False, "not equal to the reference")
NOT_A_NUMBER = Verdict(False, "not a number in the form that the task takes")
NOT_REDUCED = Verdict(False, "a fraction or root that is left to be simplified")
RELATION = Verdict(False, "an equation or inequality where a value is wanted")
UNSOLVED_PART = Verdict(False, "holds an operation that is left to be done")
SEVERAL = Verdict(False, "more than one answer")
UNREADABLE = Verdict(False, "cannot be read as mathematics")
_CLOSED = frozenset((Work.DONE, Work.EXPANDED))
_CONSTANT_KINDS = frozenset((NumberKind.INTEGER, NumberKind.DECIMAL, NumberKind.FRACTION))


def read_scalar(text: str, rules: ScalarRules) -> Scalar:
    """Read a value: a number or surd where it is one, else the text itself."""
    bare = without_unit(text, rules.units) if rules.units else text
    if bare.startswith("(") and bare.endswith(")") and is_enclosed(bare):
        bare = bare[1:-1].strip()
    number = read_number(bare, mark=rules.mark)
    return number or read_surd(bare) or text


def compare_scalar(gold: Scalar, answer: str, rules: ScalarRules) -> Verdict:
    """Compare `answer` (as `plain_latex` gives it) with `gold`.

    Raises:
        InvalidTaskError: the gold cannot be read as mathematics.
        TimeoutError: the comparison took too long.
    """
    if isinstance(gold, str):
        return _compare_expression(gold, answer, rules)
    read = read_scalar(answer, rules)
    if isinstance(read, str):
        return RELATION if read_shape(answer).num_relations else NOT_A_NUMBER
    if isinstance(gold, Surd):
        return _compare_surd(gold, read, rules)
    return _compare_number(gold, read, rules) if isinstance(read, Number) else NOT_A_NUMBER


def _compare_number(gold: Number, answer: Number, rules: ScalarRules) -> Verdict:
    if answer.kind not in (rules.kinds or _CONSTANT_KINDS | {gold.kind}):
        return NOT_A_NUMBER
    if gold.is_reduced and not answer.is_reduced:
        return NOT_REDUCED
    values = [gold.value, answer.value]
    if rules.percent is PercentReading.AS_FRACTION:
        values = [n.value / 100 if n.is_percent else n.value for n in (gold, answer)]
    elif rules.percent is PercentReading.EXACT and gold.is_percent != answer.is_percent:
        return WRONG
    return RIGHT if is_same_value(*values, tolerance=rules.tolerance) else WRONG


def _compare_surd(gold: Surd, answer: Number | Surd, rules: ScalarRules) -> Verdict:
    if isinstance(answer, Surd):
        if is_same_surd(gold, answer):
            return RIGHT
        is_equal = gold.coefficient * answer.coefficient > 0 and (
            gold.coefficient**2 * gold.radicand == answer.coefficient**2 * answer.radicand
        )
        return NOT_REDUCED if is_equal else WRONG
    scale = 10 ** (2 * _ROOT_DIGITS)
    value = gold.coefficient * Fraction(isqrt(gold.radicand * scale), 10**_ROOT_DIGITS)
    is_close = not answer.is_percent and abs(value - answer.value) <= rules.tolerance * abs(value)
    return RIGHT if is_close else WRONG


def _compare_expression(gold: str, answer: str, rules: ScalarRules) -> Verdict:
    if gold == answer:
        return RIGHT
    work = rules.work
    named = _split_named(gold)
    if named is not None and work is not Work.ANY:
        own = _split_named(answer)
        value = own[1] if own is not None and own[0] == named[0] else answer
        if read_shape(value).num_relations:
            return RELATION
        return compare_scalar(read_scalar(named[1], rules), value, rules)
    shape = read_shape(answer)
    fault = _fault(_gold_shape(gold), shape, work)
    if fault is not None:
        return fault
    if len(split_top_level(answer, ",")) > len(split_top_level(gold, ",")):
        return SEVERAL
    if _JOINED.search(answer) is not None and _JOINED.search(gold) is None:
        return SEVERAL
    if work is Work.FACTORED and not _has_same_factors(gold, answer):
        return UNSOLVED_PART
    return _compare_symbolically(gold, answer)


def _split_named(text: str) -> tuple[str, str] | None:
    """The letter and the value of `letter = value`, None where `text` is something else."""
    head, sign, value = text.partition("=")
    name = list_tokens(head)
    is_named = bool(sign and value) and len(name) == 1 and read_shape(head).has_variable
    return (name[0], value.strip()) if is_named and not read_shape(value).num_relations else None


def _fault(gold: Shape, answer: Shape, work: Work) -> Verdict | None:
    """What the answer holds that the gold has not, None for nothing."""
    if answer.num_relations > gold.num_relations:
        return RELATION
    foreign = answer.commands - gold.commands
    if not foreign.isdisjoint(UNSOLVED):
        return UNSOLVED_PART
    is_constant = not gold.has_variable
    if is_constant and (not foreign.isdisjoint(FUNCTIONS) or answer.num_numbers > gold.num_numbers):
        return UNSOLVED_PART
    is_larger = answer.num_terms > gold.num_terms or answer.num_sums > gold.num_sums
    return UNSOLVED_PART if is_larger and (is_constant or work in _CLOSED) else None


def _has_same_factors(gold: str, answer: str) -> bool:
    """Whether each factor of the gold is one of the answer, up to its sign, and none is left."""
    wanted = split_factors(gold)
    found = split_factors(answer)
    if wanted is None:
        raise InvalidTaskError("the reference is no product of factors")
    if found is None:
        return False
    rest = _multiplicities(found)
    if len(rest) > MAX_FACTORS:
        return False
    for factor, multiplicity in _multiplicities(wanted).items():
        same = [other for other in rest if _is_same_factor(factor, other)]
        if sum(rest.pop(other) for other in same) != multiplicity:
            return False
    return not rest


def _multiplicities(factors: Sequence[Factor]) -> dict[str, int]:
    """How often each factor, without its blanks, occurs."""
    counts: dict[str, int] = {}
    for factor in factors:
        name = " ".join(list_tokens(factor.text))
        counts[name] = counts.get(name, 0) + factor.multiplicity
    return counts


def _is_same_factor(gold: str, answer: str) -> bool:
    if gold == answer:
        return True
    if len(gold) == len(answer) == 1:
        return False
    return any(_compare_symbolically(wanted, answer).is_right for wanted in (gold, f"-({gold})"))


def _compare_symbolically(gold: str, answer: str) -> Verdict:
    are_same = are_same_polynomials(gold, answer)
    if are_same is not None:
        return RIGHT if are_same else WRONG
    equality = compare(gold, answer)
    if equality is Equality.GOLD_UNREADABLE:
        raise InvalidTaskError("the reference cannot be read as mathematics")
    if equality is Equality.EQUAL:
        return RIGHT
    return WRONG if equality is Equality.DIFFERENT else UNREADABLE


@lru_cache(maxsize=256)
def _gold_shape(gold: str) -> Shape:
    return read_shape(gold)
