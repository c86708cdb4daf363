r"""Science: one option of several, one quantity, or one short text; reward 0 or 1.

With options the answer is a letter or the whole text of one option. Without, a reference that is a
number is compared as a quantity (the unit of the task or none, never another), and any other one as
text among its aliases. Free prose is not graded here: that takes a judge.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from string import ascii_uppercase
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from assay.domain.errors import InvalidTaskError
from assay_rl_rewards.answers.extraction import MAX_MATH_CHARS, Extractor, extract
from assay_rl_rewards.answers.latex_text import plain_latex
from assay_rl_rewards.answers.numbers import DecimalMark, Number, NumberKind
from assay_rl_rewards.answers.options import (
    MAX_OPTIONS,
    Options,
    fold_option,
    read_choice,
    read_options,
)
from assay_rl_rewards.answers.placing import place_answer
from assay_rl_rewards.answers.quantities import read_units
from assay_rl_rewards.answers.references import read_params, read_value
from assay_rl_rewards.answers.scalars import (
    RIGHT,
    WRONG,
    PercentReading,
    ScalarRules,
    Verdict,
    compare_scalar,
    read_scalar,
)
from assay_rl_rewards.verifier import Decoy, Grade, Task


class ScienceParams(BaseModel):
    """Parameters of a science task.

    Attributes:
        options: texts by label, or a list of texts, labelled A, B, C and so on; None asks for a
            quantity or a short text.
        extractor: where the answer stands.
        aliases: other short texts that are right; only without options and for a text reference.
        units: spellings that may stand at a number; without any, a unit is a wrong answer.
        tolerance: relative to the reference; None compares exactly.
        decimal_mark: how decimals of references and answers are written.
        percent: how percentages and plain numbers compare.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    options: dict[str, str] | list[str] | None = None
    extractor: Extractor = Extractor.BOXED_LAST
    aliases: tuple[str, ...] = Field(default=(), max_length=64)
    units: tuple[str, ...] = Field(default=(), max_length=32)
    tolerance: float | None = Field(default=None, gt=0, lt=1)
    decimal_mark: DecimalMark = DecimalMark.POINT
    percent: PercentReading = PercentReading.EXACT


@dataclass(frozen=True, slots=True)
class Question:
    """What a choice is made from: the options as written, as read, and the label that is right."""

    written: Mapping[str, str]
    options: Options
    label: str


@dataclass(frozen=True, slots=True)
class ScienceTask:
    """A science task that can be graded: exactly one of `question`, `quantity`, `texts` is set."""

    reference: str
    extractor: Extractor
    rules: ScalarRules
    question: Question | None = None
    quantity: Number | None = None
    texts: frozenset[str] = frozenset()


class Science:
    """Reward 1 for the right option, quantity or short text, else 0."""

    id: ClassVar[str] = "science"
    version: ClassVar[int] = 1

    def read_task(self, task: Task) -> ScienceTask:
        params = read_params(ScienceParams, task)
        reference = " ".join(read_value(task, max_chars=MAX_MATH_CHARS).split())
        rules = ScalarRules(
            mark=params.decimal_mark,
            kinds=frozenset(NumberKind),
            percent=params.percent,
            tolerance=Fraction(str(params.tolerance or 0)),
            units=read_units(params.units),
        )
        if params.options is not None:
            question = _read_question(params.options, reference)
            return ScienceTask(reference, params.extractor, rules, question=question)
        gold = read_scalar(plain_latex(reference), rules)
        if isinstance(gold, Number):
            return ScienceTask(reference, params.extractor, rules, quantity=gold)
        texts = frozenset(map(fold_option, (reference, *params.aliases)))
        if "" in texts:
            raise InvalidTaskError("expected a reference and aliases that are not blank")
        return ScienceTask(reference, params.extractor, rules, texts=texts)

    def grade(self, task: ScienceTask, text: str) -> Grade:
        found = extract(text, task.extractor, max_chars=MAX_MATH_CHARS)
        if found.text is None:
            return Grade(0.0, found.reason)
        verdict = _compare(task, found.text)
        return Grade(float(verdict.is_right), verdict.reason, extracted=found.text)

    def render_gold(self, task: ScienceTask) -> str:
        answer = task.reference if task.question is None else task.question.label.upper()
        return place_answer(answer, task.extractor)

    def list_decoys(self, task: ScienceTask) -> Sequence[Decoy]:
        """Every wrong option, all options at once, the answer out of its place or in a list."""
        decoys = [Decoy("unplaced", f"The answer is {task.reference}.")]
        if task.question is not None:
            kinds_and_answers = _wrong_choices(task.question)
        else:
            gold = task.reference
            kinds_and_answers = [("several", f"{gold} or not {gold}")]
            if task.quantity is not None:
                kinds_and_answers.append(("relation", f"0 = {gold}"))
                kinds_and_answers.append(("foreign_unit", f"{task.quantity.value} furlongs"))
        decoys.extend(
            Decoy(kind, place_answer(answer, task.extractor)) for kind, answer in kinds_and_answers
        )
        return decoys


def _read_question(given: Mapping[str, str] | Sequence[str], reference: str) -> Question:
    if not isinstance(given, Mapping):
        if len(given) > MAX_OPTIONS:
            raise InvalidTaskError(f"expected 2 to {MAX_OPTIONS} options")
        given = dict(zip(ascii_uppercase, given, strict=False))
    options = read_options(given)
    label = read_choice(reference, options).label
    if label is None:
        raise InvalidTaskError("expected a reference that names exactly one option")
    texts = [fold_option(text) for text in given.values()]
    if texts.count(texts[options.labels.index(label)]) > 1:
        raise InvalidTaskError("expected a right option whose text no other option has")
    return Question(given, options, label)


def _compare(task: ScienceTask, answer: str) -> Verdict:
    if task.question is not None:
        choice = read_choice(answer, task.question.options)
        if choice.label is None:
            return Verdict(False, choice.reason)
        return RIGHT if choice.label == task.question.label else WRONG
    if task.quantity is not None:
        return compare_scalar(task.quantity, plain_latex(answer), task.rules)
    return RIGHT if fold_option(answer) in task.texts else WRONG


def _wrong_choices(question: Question) -> list[tuple[str, str]]:
    labels = [label.upper() for label in question.options.labels]
    texts = list(question.written.values())
    right = question.options.labels.index(question.label)
    wrong = [place for place in range(len(labels)) if place != right]
    answers = [("wrong_option", labels[place]) for place in wrong]
    answers += [
        ("wrong_text", texts[place])
        for place in wrong
        if question.options.texts.get(fold_option(texts[place])) is not None
    ]
    answers.append(("all_options", ", ".join(labels)))
    answers.append(
        ("all_options", "; ".join(f"{n}: {t}" for n, t in zip(labels, texts, strict=True)))
    )
    answers.append(("several", f"{labels[right]} or {labels[wrong[0]]}"))
    answers.append(("contradiction", f"{labels[right]}: {texts[wrong[0]]}"))
    answers.append(("outside", "@"))
    return answers
