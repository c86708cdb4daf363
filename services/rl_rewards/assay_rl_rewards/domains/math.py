r"""Mathematics: one value in one place, compared by its type; reward 0 or 1.

The task says what form the answer has (`AnswerForm`), by default the form of its reference.
Numbers, surds, sets, intervals, tuples and matrices are compared with exact arithmetic; computer
algebra is left for what remains, and is given nothing but the answer itself. An answer must be as
finished as the reference: that is what keeps a question, handed back unsolved, from being paid.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from assay.domain.errors import InvalidTaskError
from assay_rl_rewards.answers.cell_comparison import (
    MAX_PARTS,
    compare_structure,
    fold_words,
    is_words,
)
from assay_rl_rewards.answers.extraction import MAX_MATH_CHARS, TOO_LONG, Extractor, extract
from assay_rl_rewards.answers.latex_shape import read_shape, split_factors
from assay_rl_rewards.answers.latex_text import plain_latex, split_top_level
from assay_rl_rewards.answers.numbers import DecimalMark, NumberKind
from assay_rl_rewards.answers.placing import place_answer
from assay_rl_rewards.answers.quantities import read_units, without_unit
from assay_rl_rewards.answers.references import read_params, read_value
from assay_rl_rewards.answers.scalars import (
    RIGHT,
    WRONG,
    PercentReading,
    Scalar,
    ScalarRules,
    Verdict,
    Work,
    compare_scalar,
    read_scalar,
)
from assay_rl_rewards.answers.structures import Structure, read_cells, split_unions
from assay_rl_rewards.verifier import Decoy, Grade, Task

_COMMA_LANGUAGES = frozenset(("de", "es", "fr", "pt", "cs", "it", "nl"))


class AnswerForm(StrEnum):
    """What an answer has to look like; the verifier's README section says what each takes."""

    NUMERAL = "numeral"
    EXPRESSION = "expression"
    EQUAL = "equal"
    EXPANDED = "expanded"
    FACTORED = "factored"
    SET = "set"
    INTERVAL = "interval"
    TUPLE = "tuple"
    MATRIX = "matrix"
    TEXT = "text"


_WORK = {
    AnswerForm.EQUAL: Work.ANY,
    AnswerForm.EXPANDED: Work.EXPANDED,
    AnswerForm.FACTORED: Work.FACTORED,
}
_STRUCTURES = {
    AnswerForm.SET: Structure.SET,
    AnswerForm.INTERVAL: Structure.INTERVAL,
    AnswerForm.TUPLE: Structure.TUPLE,
    AnswerForm.MATRIX: Structure.MATRIX,
}


class MathParams(BaseModel):
    """Parameters of a math task.

    Attributes:
        answer_form: None takes the form of the reference.
        extractor: where the answer stands.
        decimal_mark: None takes `either` for languages that write 1,5, else `point`.
        number_kinds: how numbers may be written; None takes integers, decimals, fractions and
            whatever the reference is written as.
        tolerance: relative to the reference; None compares exactly.
        units: spellings that may stand at the number; without any, a unit is a wrong answer.
        percent: how percentages and plain numbers compare.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    answer_form: AnswerForm | None = None
    extractor: Extractor = Extractor.BOXED_LAST
    decimal_mark: DecimalMark | None = None
    number_kinds: tuple[NumberKind, ...] | None = Field(default=None, min_length=1)
    tolerance: float | None = Field(default=None, gt=0, lt=1)
    units: tuple[str, ...] = Field(default=(), max_length=32)
    percent: PercentReading = PercentReading.EXACT


@dataclass(frozen=True, slots=True)
class MathTask:
    """A math task that can be graded: `gold` is `reference` without typesetting and unit.

    `scalar` is the gold as one value; structures are read cell by cell instead.
    """

    reference: str
    gold: str
    scalar: Scalar
    form: AnswerForm
    extractor: Extractor
    rules: ScalarRules


class Math:
    """Reward 1 for the right value in the right form, else 0."""

    id: ClassVar[str] = "math"
    version: ClassVar[int] = 3

    def read_task(self, task: Task) -> MathTask:
        params = read_params(MathParams, task)
        rules = ScalarRules(
            mark=params.decimal_mark or _default_mark(task.language),
            kinds=frozenset(params.number_kinds or ()),
            percent=params.percent,
            tolerance=Fraction(str(params.tolerance or 0)),
            units=read_units(params.units),
            work=_WORK.get(params.answer_form or AnswerForm.EXPRESSION, Work.DONE),
        )
        reference = read_value(task, max_chars=MAX_MATH_CHARS)
        if params.extractor is Extractor.ANSWER_LINE and "\n" in reference:
            raise InvalidTaskError("expected a reference of one line for an answer line")
        gold = without_unit(plain_latex(reference), rules.units)
        form = params.answer_form or _form_of(gold, rules)
        _check_gold(gold, form, rules)
        scalar = read_scalar(gold, rules) if form is AnswerForm.NUMERAL else gold
        return MathTask(reference, gold, scalar, form, params.extractor, rules)

    def grade(self, task: MathTask, text: str) -> Grade:
        found = extract(text, task.extractor, max_chars=MAX_MATH_CHARS)
        if found.text is None:
            return Grade(0.0, found.reason)
        answer = without_unit(plain_latex(found.text), task.rules.units)
        if len(answer) > MAX_MATH_CHARS:  # folding may write one character as many
            return Grade(0.0, TOO_LONG)
        verdict = _compare(task, answer)
        return Grade(float(verdict.is_right), verdict.reason, extracted=found.text)

    def render_gold(self, task: MathTask) -> str:
        return place_answer(task.reference, task.extractor)

    def list_decoys(self, task: MathTask) -> Sequence[Decoy]:
        """Equal but unsolved, equal by a false equation, one of two, and outside its place."""
        gold = task.reference
        decoys = [
            Decoy("unplaced", f"The answer is {gold}."),
            Decoy("several", place_answer(f"{gold} or {gold}", task.extractor)),
        ]
        is_value = not read_shape(task.gold).num_relations and task.form is not AnswerForm.TEXT
        if is_value:
            decoys.append(Decoy("relation", place_answer(f"0 = {gold}", task.extractor)))
        if task.form in (AnswerForm.NUMERAL, AnswerForm.EXPANDED, AnswerForm.FACTORED):
            decoys.append(Decoy("unsolved", place_answer(f"({gold} + 7) - 7", task.extractor)))
        return decoys


def _default_mark(language: str | None) -> DecimalMark:
    return DecimalMark.EITHER if language in _COMMA_LANGUAGES else DecimalMark.POINT


def _form_of(gold: str, rules: ScalarRules) -> AnswerForm:
    """The form a reference is written in."""
    if not isinstance(read_scalar(gold, rules), str):
        return AnswerForm.NUMERAL
    if gold.startswith("\\begin"):
        return AnswerForm.MATRIX
    parts = [read_cells(part, Structure.INTERVAL, mark=rules.mark) for part in split_unions(gold)]
    brackets = {part.frame for part in parts if part is not None}
    if None not in parts and (len(parts) > 1 or brackets & {"[)", "(]", "[]"} or "\\infty" in gold):
        return AnswerForm.INTERVAL
    if read_shape(gold).num_relations:
        return AnswerForm.EXPRESSION
    if read_cells(gold, Structure.TUPLE, mark=rules.mark) is not None:
        return AnswerForm.TUPLE
    if gold.startswith("\\{") or any(len(split_top_level(gold, mark)) > 1 for mark in ",;"):
        return AnswerForm.SET
    return AnswerForm.TEXT if is_words(gold) else AnswerForm.EXPRESSION


def _check_gold(gold: str, form: AnswerForm, rules: ScalarRules) -> None:
    """Refuse a reference that is not what its form says."""
    if form is AnswerForm.NUMERAL:
        is_readable = not isinstance(read_scalar(gold, rules), str)
    elif form is AnswerForm.FACTORED:
        is_readable = bool(split_factors(gold))
    elif form is AnswerForm.INTERVAL:
        parts = split_unions(gold)
        is_readable = len(parts) <= MAX_PARTS and all(
            read_cells(part, Structure.INTERVAL, mark=rules.mark) for part in parts
        )
    elif (structure := _STRUCTURES.get(form)) is not None:
        is_readable = read_cells(gold, structure, mark=rules.mark) is not None
    else:
        is_readable = bool(fold_words(gold) if form is AnswerForm.TEXT else gold)
    if not is_readable:
        raise InvalidTaskError(f"expected a reference in the form {form.value!r}")


def _compare(task: MathTask, answer: str) -> Verdict:
    structure = _STRUCTURES.get(task.form)
    if structure is not None:
        return compare_structure(task.gold, answer, structure, task.rules)
    if task.form is AnswerForm.TEXT:
        return RIGHT if fold_words(task.gold) == fold_words(answer) else WRONG
    return compare_scalar(task.scalar, answer, task.rules)
