"""Takes the user's prompt off the start of a response that repeats it word for word.

Not where the user asked for the words (repeat, quote), for a text that goes on from them
(continue, complete, correct, translate), or sent code or an unfinished sentence: there the start
belongs to the answer. A response that is nothing but the prompt is dropped by rep.turn_copy.
"""

from collections.abc import Iterable

from pydantic import Field

from assay.domain.action import Action, Fix
from assay.verifiers.echo import asks_to_repeat, asks_to_transform, prompt_overlap, width
from assay.verifiers.patterns import compile_pattern
from assay.verifiers.view import View
from assay_filter.rules.edits import text_edits
from assay_filter.rules.rule import Rule, RuleSettings

_FINISHED = tuple(".!?。！？؟…:：\"”»」')")
_OPENING_CHARS, _HEAD_CHARS = 40, 50  # the cheap test: the prompt's start in the answer's
_CODE = compile_pattern(
    r"```|^\s*(?:def|class|import|from|#include|function|public|SELECT) |[{};]\s*$"
)


class LeakPromptEchoSettings(RuleSettings):
    """From which length on an echo is taken off."""

    min_chars: int = Field(
        default=80,
        gt=0,
        description="characters of the prompt (CJK count three); shorter ones may be restated",
    )


class LeakPromptEcho(Rule[LeakPromptEchoSettings]):
    """Compares each response with the user turn before it."""

    id = "leak.prompt_echo"
    summary = "A response's verbatim repetition of the whole prompt at its start is fixed"
    settings_type = LeakPromptEchoSettings

    def check(self, view: View) -> Iterable[Action]:
        for index in view.assistant_turns:
            answer = view.text(index)
            prompt = view.user_text_before(index).strip()
            if 3 * len(prompt) < self.settings.min_chars or len(answer) <= len(prompt):
                continue
            opening = prompt.split("\n", 1)[0][:_OPENING_CHARS]
            if opening not in answer[:_HEAD_CHARS] or width(prompt) < self.settings.min_chars:
                continue
            echo = prompt_overlap(answer, prompt)
            if echo.is_copy or echo.end == 0 or not _is_request(prompt):
                continue
            rest = answer[echo.end :].lstrip(" \t\r\n\"”'»」:：")
            if rest:
                edits = text_edits(f"/messages/{index}/content", answer, rest)
                yield Fix(edits, f"turn {index}: the response begins with the whole prompt")


def _is_request(prompt: str) -> bool:
    return (
        prompt.endswith(_FINISHED)
        and not asks_to_repeat(prompt)
        and not asks_to_transform(prompt)
        and _CODE.search(prompt) is None
    )
