"""Finds assistant turns that reason and never answer."""

from collections.abc import Iterable

from assay.domain.action import Action, Drop
from assay.verifiers.thinking import strip_thinking, thinking_turns
from assay.verifiers.view import View
from assay_filter.rules.rule import Rule, RuleSettings


class ThinkNoAnswerSettings(RuleSettings):
    """Nothing to set: without an answer there is nothing to grade."""


class ThinkNoAnswer(Rule[ThinkNoAnswerSettings]):
    """Yields a Drop for each turn with text inside of reasoning blocks only."""

    id = "think.no_answer"
    summary = "Assistant turns with nothing outside of their reasoning block drop the sample"
    settings_type = ThinkNoAnswerSettings

    def check(self, view: View) -> Iterable[Action]:
        for index, thinking in thinking_turns(view).items():
            if thinking.fault is not None or not thinking.blocks:
                continue
            if view.messages[index].tool_calls:
                continue
            if not strip_thinking(view.text(index), thinking):
                yield Drop(f"turn {index}: all text stands inside of a reasoning block, no answer")
