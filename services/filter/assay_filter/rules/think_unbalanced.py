"""Finds reasoning tags that do not pair: unclosed, unopened, nested or crossed."""

from collections.abc import Iterable

from assay.domain.action import Action, Drop
from assay.verifiers.thinking import thinking_turns
from assay.verifiers.view import View
from assay_filter.rules.rule import Rule, RuleSettings


class ThinkUnbalancedSettings(RuleSettings):
    """Nothing to set: what is thought and what is said cannot be told apart any more."""


class ThinkUnbalanced(Rule[ThinkUnbalancedSettings]):
    """Yields a Drop for each assistant turn whose tags do not pair."""

    id = "think.unbalanced"
    summary = "Reasoning tags in assistant turns that do not pair drop the sample"
    settings_type = ThinkUnbalancedSettings

    def check(self, view: View) -> Iterable[Action]:
        for index, thinking in thinking_turns(view).items():
            if thinking.fault is not None:
                yield Drop(f"turn {index}: reasoning tags do not pair: {thinking.fault}")
