"""Marks a very short response to a long request (Data-Juicer's values).

A short answer may well be right (a label, a number, a name), so this is a note for the judge.
"""

from collections.abc import Iterable

from pydantic import Field

from assay.domain.action import Action, Flag
from assay.verifiers.echo import width
from assay.verifiers.view import View
from assay_filter.rules.rule import Rule, RuleSettings


class LenTrivialSettings(RuleSettings):
    """What counts as a long request and as a trivial response."""

    min_request_chars: int = Field(
        default=80, gt=0, description="characters of the user's turn (CJK count three); from here"
    )
    max_response_chars: int = Field(
        default=20, ge=0, description="characters of the response (CJK count three); up to here"
    )


class LenTrivial(Rule[LenTrivialSettings]):
    """Compares the last response with the user turn before it."""

    id = "len.trivial"
    summary = "A long request answered in a word or two is flagged (note)"
    settings_type = LenTrivialSettings

    def check(self, view: View) -> Iterable[Action]:
        if not view.assistant_turns:
            return
        index = view.assistant_turns[-1]
        text = view.text(index)
        limit = self.settings.max_response_chars
        if len(text) > limit or view.messages[index].tool_calls or not text.strip():
            return
        num_chars, num_asked = width(text.strip()), width(view.user_text_before(index))
        if num_chars <= limit and num_asked >= self.settings.min_request_chars:
            yield Flag(
                f"turn {index}: {num_chars} characters answer a request of {num_asked}",
                caps=False,
                value=num_chars,
                threshold=limit,
            )
