"""Finds turns that say nothing: blank, punctuation only, or a placeholder for no output."""

from collections.abc import Iterable

from pydantic import Field

from assay.domain.action import Action, Drop, Flag
from assay.domain.sample import Message
from assay.verifiers.patterns import compile_pattern
from assay.verifiers.view import View
from assay_filter.rules.rule import Rule, RuleSettings

_MAX_PLACEHOLDER = 24  # characters; longer turns are compared with no placeholder
_EDGES = " \t\n.<>[](){}*_`\"'"
# Letters, digits and symbols (an emoji, a sign) say something; marks and punctuation alone do not.
_SAYS_SOMETHING = compile_pattern(r"[\pL\pN\pS]")


class SchemaEmptyTurnSettings(RuleSettings):
    """Which answers count as none."""

    placeholders: tuple[str, ...] = Field(
        default=(
            "n/a",
            "nooutput",
            "no output",
            "noinput",
            "no response",
            "empty",
            "无输入",
            "无输出",
        ),
        description="whole answers that stand for no answer; lower case, brackets and dots aside",
    )


class SchemaEmptyTurn(Rule[SchemaEmptyTurnSettings]):
    """Yields a Drop for empty assistant and user turns, a note for an empty system turn."""

    id = "schema.empty_turn"
    summary = "An assistant or user turn that says nothing drops; an empty system turn is noted"
    settings_type = SchemaEmptyTurnSettings

    def check(self, view: View) -> Iterable[Action]:
        for index, message in enumerate(view.messages):
            content = message.content or ""
            if content[:1].isalnum() and len(content) > _MAX_PLACEHOLDER:
                continue
            if message.tool_calls or message.role == "tool" or not self._is_empty(message):
                continue
            reason = f"turn {index} ({message.role}) says nothing: {content[:80]!r}"
            if message.role == "system":
                yield Flag(reason, caps=False)
            else:
                yield Drop(reason)

    def _is_empty(self, message: Message) -> bool:
        content = message.content or ""
        if message.role == "assistant":
            if len(content) <= _MAX_PLACEHOLDER:
                words = content.strip(_EDGES).lower()
                return words in self.settings.placeholders or _says_nothing(content)
            return _says_nothing(content)
        return not content.strip()


def _says_nothing(content: str) -> bool:
    return not content[:1].isalnum() and _SAYS_SOMETHING.search(content) is None
