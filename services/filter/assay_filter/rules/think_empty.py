"""Removes reasoning blocks that hold nothing, as models write them when told not to reason."""

from collections.abc import Iterable

from assay.domain.action import Action, Fix
from assay.verifiers.thinking import strip_empty, thinking_turns
from assay.verifiers.view import View
from assay_filter.rules.edits import text_edits
from assay_filter.rules.rule import Rule, RuleSettings


class ThinkEmptySettings(RuleSettings):
    """Nothing to set: an empty block teaches nothing."""


class ThinkEmpty(Rule[ThinkEmptySettings]):
    """Yields a Fix for each assistant turn with an empty block."""

    id = "think.empty"
    summary = "Empty reasoning blocks in assistant turns are removed (fix)"
    settings_type = ThinkEmptySettings

    def check(self, view: View) -> Iterable[Action]:
        for index, thinking in thinking_turns(view).items():
            if thinking.fault is not None or not thinking.empty_blocks:
                continue
            before = view.text(index)
            yield Fix(
                text_edits(f"/messages/{index}/content", before, strip_empty(before, thinking)),
                f"turn {index}: {len(thinking.empty_blocks)} empty reasoning block(s)",
            )
