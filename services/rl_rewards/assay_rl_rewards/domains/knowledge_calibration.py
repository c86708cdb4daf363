"""Knowledge calibration: right, not attempted or wrong, and confidence that is worth its number.

Two forms. `abstain`: a right answer earns 1, saying that one does not know earns lambda (.3), a
wrong answer 0, so that abstaining pays where the chance of being right is below lambda; on a
question that is known it earns 0, on one that nobody can answer 1. `confidence`: the answer with a
stated confidence c earns lambda * (1 - (y - c)^2) + (1 - lambda) * y for y right (1) or wrong (0).
This is a strictly proper score for every lambda above 0; at 1 it is the plain Brier score, under
which anything said with confidence 0 earns all, so lambda bounds what a wrong answer can earn.

Answers are held against the accepted ones by their folded text or their number. A free text that is
neither is wrong: no judge decides here, and a task that asks for one is refused. An abstention
counts where it stands alone; beside an answer, wherever that is, the two together earn nothing.
Sources: the three grades of SimpleQA; Brier (1950).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from assay.domain.errors import InvalidTaskError
from assay.domain.sample import JsonValue
from assay.verifiers.numerals import read_numeral, to_plain
from assay_rl_rewards.answers.abstentions import (
    MARK,
    ends_in_abstention,
    is_abstention,
    only_abstains,
    read_confidence,
)
from assay_rl_rewards.answers.extraction import Extractor, extract
from assay_rl_rewards.answers.labels import MAX_LABEL_CHARS, fold_all, fold_label
from assay_rl_rewards.answers.placing import place_answer
from assay_rl_rewards.answers.references import read_params
from assay_rl_rewards.verifier import Decoy, Grade, Task

_CONTINENTAL = frozenset(("cs", "de", "es", "fr", "it", "nl", "pt"))  # decimal comma
_NUMERAL_SIGNS = frozenset("0123456789.,' ")
_RIGHT = "the answer is one of those accepted"
_WRONG = "none of the accepted answers"
_HEDGED = "an answer and an abstention beside each other"
_OPENERS = {
    Extractor.BOXED_LAST: ("\\boxed", "\\fbox"),
    Extractor.ANSWER_TAG_LAST: ("<answer>",),
    Extractor.ANSWER_LINE: ("\n",),
}  # what an earlier answer ends before
_ABSTAINED = "the answer is said to be unknown"


class CalibrationParams(BaseModel):
    """How answers are graded.

    Attributes:
        abstain_reward: lambda, what abstaining earns on a question that may be known or not.
        known: the model is known to know: abstaining earns nothing.
        tolerance: relative, of a number.
        judge: must be false: nothing here can decide on free text that is no accepted answer.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    form: Literal["abstain", "confidence"] = "abstain"
    abstain_reward: float = Field(default=0.3, ge=0, le=1)
    known: bool = False
    tolerance: float = Field(default=0, ge=0, lt=1)
    judge: bool = False
    extractor: Extractor = Extractor.BOXED_LAST


@dataclass(frozen=True, slots=True)
class CalibrationTask:
    """What an answer is held against; without `accepted` nobody can answer the question."""

    params: CalibrationParams
    accepted: tuple[str, ...]
    gold: str
    is_continental: bool
    question: str

    @property
    def weight(self) -> float:
        """What abstaining, or a wrong answer without confidence, earns."""
        return 0.0 if self.params.known else self.params.abstain_reward


class KnowledgeCalibration:
    """Grades what a model says it knows."""

    id: ClassVar[str] = "knowledge_calibration"
    version: ClassVar[int] = 2

    def read_task(self, task: Task) -> CalibrationTask:
        """Read accepted answers: a text, a number or a list of them; null where nobody can know."""
        params = read_params(CalibrationParams, task)
        if params.judge:
            raise InvalidTaskError(
                "expected `judge` to be false, found true: no judge decides on free text here,"
                " list all accepted answers in the reference"
            )
        try:
            accepted = _accepted(task.reference)
        except ValueError as exc:
            raise InvalidTaskError(str(exc)) from exc
        if not accepted and (params.known or params.form == "confidence"):
            raise InvalidTaskError("expected accepted answers to a question that can be answered")
        if not params.known and params.abstain_reward == 1 and params.form == "abstain":
            raise InvalidTaskError("expected abstaining to earn less than a right answer")
        read = CalibrationTask(
            params, fold_all(accepted), accepted[0] if accepted else MARK,
            task.language in _CONTINENTAL, task.question.strip(),
        )  # fmt: skip
        grade = self.grade(read, self.render_gold(read))
        if grade.score != 1:
            raise InvalidTaskError(f"expected a reference that earns 1, found: {grade.reason}")
        return read

    def grade(self, task: CalibrationTask, text: str) -> Grade:
        if task.question:  # said back, it may name the mark and the box
            text = text.replace(task.question, "")
        extraction = extract(text, task.params.extractor, max_chars=MAX_LABEL_CHARS)
        answer = extraction.text
        if answer is None:
            if only_abstains(text):
                return _abstained(task, None)
            return Grade(0.0, extraction.reason, None, {"attempted": 0.0, "correct": 0.0})
        if _is_hedged(text, answer, task.params.extractor):
            return Grade(0.0, _HEDGED, answer, {"attempted": 1.0, "correct": 0.0})
        if is_abstention(answer):
            return _abstained(task, answer)
        is_right = _is_accepted(task, answer)
        if task.params.form == "confidence":
            return _weighed(task, answer, is_right, read_confidence(text))
        if is_right:
            return Grade(1.0, _RIGHT, answer, {"attempted": 1.0, "correct": 1.0})
        return Grade(0.0, _WRONG, answer, {"attempted": 1.0, "correct": 0.0})

    def render_gold(self, task: CalibrationTask) -> str:
        return self._render(task, task.gold)

    def list_decoys(self, task: CalibrationTask) -> Sequence[Decoy]:
        wrong = [("other_answer", "none of these"), ("hedge", f"{MARK} {task.gold}"),
                 ("two_answers", f"{task.gold} or something else")]  # fmt: skip
        if task.params.known:
            wrong.append(("abstention", MARK))
        return [Decoy(kind, self._render(task, answer)) for kind, answer in wrong]

    def _render(self, task: CalibrationTask, answer: str) -> str:
        written = place_answer(answer, task.params.extractor)
        return f"{written}\nConfidence: 1" if task.params.form == "confidence" else written


def _is_hedged(text: str, answer: str, extractor: Extractor) -> bool:
    """Whether an answer and an abstention stand in one text, in either order."""
    at = text.rfind(answer)
    before, after = text[:at], text[at + len(answer) :]
    if not is_abstention(answer):
        return MARK in before or MARK in after or ends_in_abstention(text)
    head = before[: max(0, *(before.rfind(opener) for opener in _OPENERS[extractor]))]
    earlier = extract(head, extractor, max_chars=MAX_LABEL_CHARS).text
    return earlier is not None and not is_abstention(earlier)


def _abstained(task: CalibrationTask, answer: str | None) -> Grade:
    parts = {"attempted": 0.0, "correct": 0.0}
    if not task.accepted:
        return Grade(1.0, "rightly said to be unknown", answer, parts)
    return Grade(task.weight, _ABSTAINED, answer, parts)


def _weighed(task: CalibrationTask, answer: str, is_right: bool, confidence: float | None) -> Grade:
    parts = {"attempted": 1.0, "correct": float(is_right)}
    if confidence is None:
        return Grade(0.0, "no confidence from 0 to 1 in a line of its own", answer, parts)
    brier = 1 - (is_right - confidence) ** 2
    score = task.weight * brier + (1 - task.weight) * is_right
    reason = _RIGHT if is_right else _WRONG
    return Grade(score, reason, answer, {**parts, "confidence": confidence, "brier": brier})


def _is_accepted(task: CalibrationTask, answer: str) -> bool:
    if fold_label(answer) in task.accepted:
        return True
    value = _number(answer, is_continental=task.is_continental)
    if value is None:
        return False
    numbers = (_number(each, is_continental=task.is_continental) for each in task.accepted)
    tolerance = Fraction(task.params.tolerance)
    return any(n is not None and abs(value - n) <= tolerance * abs(n) for n in numbers)


def _number(text: str, *, is_continental: bool) -> Fraction | None:
    plain = to_plain(fold_label(text)).replace("\\", "")
    sign = -1 if plain.startswith("-") else 1
    digits = plain.removeprefix("-").strip()
    numeral = read_numeral(digits) if set(digits) <= _NUMERAL_SIGNS else None
    if numeral is None:
        return None
    reading = numeral.continental if is_continental else numeral.english
    return sign * Fraction(reading.amount)


def _accepted(reference: JsonValue) -> tuple[str, ...]:
    """The accepted answers as texts.

    Raises:
        ValueError: one of them is neither a text nor a number, or says that it is unknown.
    """
    if reference is None:
        return ()
    given = [reference] if isinstance(reference, str | int | float) else reference
    if isinstance(given, Mapping) or not given:
        raise ValueError("expected an answer, a list of answers, or null, as reference")
    texts: list[str] = []
    for each in given:
        if isinstance(each, bool) or not isinstance(each, str | int | float):
            raise ValueError("expected texts or numbers in the reference")  # noqa: TRY004 (user's)
        text = each if isinstance(each, str) else str(each)
        if not fold_label(text) or is_abstention(text):
            raise ValueError("expected answers that say something in the reference")
        texts.append(text)
    return tuple(texts)
