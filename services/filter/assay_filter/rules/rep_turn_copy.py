"""Drops responses that copy the user's turn or an earlier response.

A response that is the prompt, with at most trivial additions, is no answer, unless the user asked
for the words back or a system prompt or an earlier turn asked for a changed text that may need no
change (proofreading). Two equal responses are a stuck conversation, unless the same was asked:
dropped when one follows the other, flagged when turns lie between.
"""

from bisect import bisect_left
from collections.abc import Iterable

from pydantic import Field

from assay.domain.action import Action, Drop, Flag
from assay.verifiers.echo import asks_to_repeat, asks_to_transform, fold, is_copy, width
from assay.verifiers.view import View
from assay_filter.rules.rule import Rule, RuleSettings


class RepTurnCopySettings(RuleSettings):
    """From which length on a copy counts."""

    min_chars: int = Field(
        default=20,
        gt=0,
        description="folded characters of a copied prompt (CJK count three); shorter is ignored",
    )
    min_repeat_chars: int = Field(
        default=200,
        gt=0,
        description="folded characters of a repeated response (CJK count three); shorter ones are "
        "formulas of the trade",
    )


class RepTurnCopy(Rule[RepTurnCopySettings]):
    """Looks at every response."""

    id = "rep.turn_copy"
    summary = "Responses that copy the user's turn or the response before are dropped"
    settings_type = RepTurnCopySettings

    def check(self, view: View) -> Iterable[Action]:
        asked_before: dict[str, str] = {}
        turns = view.assistant_turns
        for index in turns:
            answer = view.text(index)
            prompt = view.user_text_before(index)
            if is_copy(answer, prompt) and self._is_unasked(view, index, answer, prompt):
                yield Drop(f"turn {index}: the response is the user's turn: {answer[:80]!r}")
            if len(turns) > 1 and 3 * len(answer) >= self.settings.min_repeat_chars:
                yield from self._check_repeat(view, index, asked_before)

    def _is_unasked(self, view: View, index: int, answer: str, prompt: str) -> bool:
        if width(fold(answer)) < self.settings.min_chars or asks_to_repeat(prompt):
            return False
        before = "\n".join(
            message.content or ""
            for message in view.messages[:index]
            if message.role in ("system", "user") and message.content != prompt
        )[-20_000:]
        return not (asks_to_transform(before) or asks_to_repeat(before))

    def _check_repeat(
        self, view: View, index: int, asked_before: dict[str, str]
    ) -> Iterable[Action]:
        answer, prompt = view.text(index), view.user_text_before(index)
        folded = fold(answer)
        if width(folded) < self.settings.min_repeat_chars:
            return
        asked = asked_before.get(folded)
        asked_before[folded] = fold(prompt)
        if asked is None or asks_to_repeat(prompt):
            return
        if asked == fold(prompt):
            yield Flag(f"turn {index}: the same question has the same response", caps=False)
        elif fold(_response_before(view, index)) == folded:
            yield Drop(f"turn {index}: the response repeats the one before: {answer[:80]!r}")
        else:
            yield Flag(f"turn {index}: the response repeats an earlier one: {answer[:80]!r}")


def _response_before(view: View, index: int) -> str:
    turns = view.assistant_turns
    return view.text(turns[bisect_left(turns, index) - 1])
