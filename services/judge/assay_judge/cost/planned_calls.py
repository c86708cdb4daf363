"""The calls that a plan would make for one turn, with sizes in place of texts.

Follows `engine.examine` call for call; what only the model's answer can tell (how long it is, what
it claims) is left open and marked.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from assay.domain.rubric import Rubric
from assay.verifiers.view import View
from assay_judge.engine.desk import Desk
from assay_judge.engine.examine import Plan
from assay_judge.engine.settings import Mode
from assay_judge.engine.subject import Subject
from assay_judge.prompts.exhibit import Exhibit
from assay_judge.prompts.library import tail
from assay_judge.reading.form import EvidenceForm


@dataclass(frozen=True, slots=True)
class PlannedCall:
    """Equal calls for one turn. Sizes are in bytes of UTF-8.

    Attributes:
        system: the static prompt.
        least: how many of them there are, at least; two that are equal are asked once.
        most: how many there can be.
        text_bytes: what each shows of the turn, right after the static prompt.
        task_bytes: what each asks, after the text; its own part of the prompt.
        writes: the most tokens that each may write.
        is_read: reads one token instead of having a text written.
        answer_tokens: the most tokens of the answer that it has before it; 0 for none.
    """

    system: str
    least: int
    most: int
    text_bytes: int
    task_bytes: int
    writes: int
    is_read: bool = False
    answer_tokens: int = 0


class CallPlanner:
    """Plans the calls for turns under one rubric."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._dimensions = desk.rubric.judged_dimensions
        self._checks = tuple(sorted(desk.rubric.checks))
        self._evidence = _most([tail("evidence")])
        self._score = _most([tail("score")])
        self._injection = _most([tail("injection")])
        self._confirm = _most(
            tail("confirm", defect=rule.description, quote='""')
            for rule in desk.rubric.defects.values()
        )
        self._check = _most(
            tail("check", question=check.question) for check in desk.rubric.checks.values()
        )

    def render(self, view: View, turn: int) -> str:
        """Return what would be shown of a turn, without code's facts."""
        return self._desk.render(Exhibit(view.sample, turn)).text

    def calls(self, view: View, turn: int, text: str, plan: Plan) -> Iterator[PlannedCall]:
        """Yield the calls of a plan for a turn that is shown as `text`."""
        subject = Subject(view, turn, (), (), (), (), self._dimensions, self._checks)
        form = (self._desk.scored if plan.writes_digits else self._desk.plain).first
        parts, size = self._parts(view, num_bytes(text), plan)
        for at, order in enumerate(plan.orders):
            system = self._desk.system(subject, with_scores=plan.writes_digits, descending=order)
            num = parts * len(plan.draws)
            yield PlannedCall(system, num, num, size, self._evidence, form.shape.max_tokens)
            if plan.reads:
                yield from self._reads(plan, form, system, parts, size, is_first=at == 0)

    def _reads(
        self,
        plan: Plan,
        form: EvidenceForm,
        system: str,
        parts: int,
        size: int,
        *,
        is_first: bool,
    ) -> Iterator[PlannedCall]:
        draws = len(plan.draws)
        if not plan.writes_digits:
            num = parts * len(self._dimensions)
            answer = form.shape.max_tokens
            yield PlannedCall(system, num, num * draws, size, self._score, 1, True, answer)
        if self._checks:
            num = parts * len(self._checks)
            yield PlannedCall(system, num, num, size, self._check, 1, True)
        if is_first:
            yield PlannedCall(system, parts, parts, size, self._injection, 1, True)
        num = parts * draws * form.bounds.num_defects
        yield PlannedCall(system, 0, num, size, self._confirm, 1, True)

    def _parts(self, view: View, size: int, plan: Plan) -> tuple[int, int]:
        """How many groups of documents are shown, and the bytes of a text with one of them."""
        if plan.mode is not Mode.THOROUGH:
            return 1, size
        documents = sum(len(document.text) for document in view.sample.documents)
        parts = max(1, -(-documents // self._desk.settings.max_group_chars))
        share = sum(num_bytes(document.text) for document in view.sample.documents)
        return parts, max(size - share, 0) + min(share, size) // parts


def empty_answer(rubric: Rubric) -> str:
    """Return the shortest answer that fits the form."""
    notes = ",".join(f'"{name}":""' for name in rubric.judged_dimensions)
    return f'{{"lang":"en","claims":[],"defects":[],"notes":{{{notes}}}}}'


def num_bytes(text: str) -> int:
    """Return the length of a text in UTF-8."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "replace"))


def _most(tasks: Iterable[str]) -> int:
    """The bytes of the longest of these tasks, and of the empty line before it."""
    return max((num_bytes(task) + 2 for task in tasks), default=0)
