"""Completeness: whether the turn is whole, and long enough for what was asked.

Signs of a cut come from the truncation verifier with their weight as evidence; a code block,
formula or reasoning that is never closed is a cut as well. How much a question needs cannot be told
by code, so shortness counts only against the number of questions asked. Where documents are given,
the substance asked for stands in them, so an answer that takes nothing from them lacks it.
"""

from collections.abc import Iterator

from assay.verifiers.refusal import RefusalKind
from assay.verifiers.truncation import CUT_SIGNALS, cut_evidence, ends_in_mark
from assay_judge.evidence.documents import documents_overlap, support_of
from assay_judge.evidence.measures import Measure
from assay_judge.evidence.refusals import refusal_of
from assay_judge.evidence.turn import Turn

_COMMON_ENDS = frozenset('.!?。！？"')
_QUESTION_MARKS = ("?", "？", "؟")
_SENTENCE_MARKS = (*_QUESTION_MARKS, ".", "!", "。", "！", "\n")
HABIT_FACTOR = 0.3  # of the evidence, where only the last mark is missing and others lack it too
MAX_QUESTIONS = 10  # more are a quiz or a form, not questions to this turn
_MAX_PROMPT_CHARS = 2_000


def measure_completeness(turn: Turn) -> Iterator[Measure]:
    """Yield the signs that something is missing; nothing for a turn that only calls tools."""
    if turn.is_silent:
        yield Measure("empty", 1.0, 1.0)
        return
    if not turn.text.strip():
        return
    cut = cut_of(turn)
    yield Measure("cut", cut, 0.85 * cut)
    if refusal_of(turn) is RefusalKind.BARE:
        yield Measure("bare_refusal", 1.0, 0.6)
    overlap = documents_overlap(turn)
    if overlap is not None and not turn.is_slight:
        unsupported = 1.0 - support_of(overlap)
        yield Measure("documents_unused", unsupported, 0.3 * unsupported)
    unanswered = unanswered_share(turn)
    if unanswered:
        yield Measure("unanswered_share", unanswered, 0.3 * unanswered)


def cut_of(turn: Turn) -> float:
    """Evidence (0..1) that the turn stops before its end."""
    return turn.view.cached(("evidence.cut", turn.index), lambda: _cut(turn))


def unanswered_share(turn: Turn) -> float:
    """The share of the prompt's questions for which the turn has not even a sentence or a line."""
    prompt = turn.prompt
    if len(prompt) > _MAX_PROMPT_CHARS:
        return 0.0
    num_questions = sum(map(prompt.count, _QUESTION_MARKS))
    if not 2 <= num_questions <= MAX_QUESTIONS:
        return 0.0
    num_sentences = max(1, sum(map(turn.text.count, (*_SENTENCE_MARKS, ",", "，", "、"))))
    return max(0.0, 1.0 - num_sentences / num_questions)


def _cut(turn: Turn) -> float:
    text = turn.text
    if "```" in text or "~~~" in text:
        blocks = turn.view.code_blocks(turn.index)
        if blocks and not blocks[-1].closed and not _is_underline(text, blocks[-1].start):
            return 0.9
    if "$$" in text and turn.view.prose(turn.index).count("$$") % 2:
        return 0.7
    if text[-1:] in _COMMON_ENDS and "{" not in text and "\n" not in text[-8:]:
        return 0.0
    evidence = cut_evidence(text, turn.prompt)
    if CUT_SIGNALS.isdisjoint(evidence.signals) and _may_be_habit(turn):
        return HABIT_FACTOR * evidence.score
    return evidence.score


def _may_be_habit(turn: Turn) -> bool:
    """Whether the speaker leaves out the last mark elsewhere too, or the talk went on."""
    view = turn.view
    if not turn.is_last:
        return True
    return any(not ends_in_mark(view.text(i)) for i in view.assistant_turns if i != turn.index)


def _is_underline(text: str, start: int) -> bool:
    """A long line of tildes underlines or separates; nobody opens a block with it."""
    return text[start : start + 40].lstrip().startswith("~~~~~~")
