"""Marks conversations of very many turns: logs and loops rather than dialogues."""

from collections.abc import Iterable

from pydantic import Field

from assay.domain.action import Action, Flag
from assay.verifiers.view import View
from assay_filter.rules.rule import Rule, RuleSettings


class LenTurnsSettings(RuleSettings):
    """The longest dialogue."""

    max_turns: int = Field(
        default=100, gt=0, description="messages of a conversation; more flags (a note)"
    )


class LenTurns(Rule[LenTurnsSettings]):
    """Counts messages of every role."""

    id = "len.turns"
    summary = "Conversations of very many messages are flagged (note)"
    settings_type = LenTurnsSettings

    def check(self, view: View) -> Iterable[Action]:
        num_turns = len(view.messages)
        limit = self.settings.max_turns
        if num_turns > limit:
            yield Flag(
                f"the conversation has {num_turns} messages, more than {limit} are unusual",
                caps=False,
                value=num_turns,
                threshold=limit,
            )
