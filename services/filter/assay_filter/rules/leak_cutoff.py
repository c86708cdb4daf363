"""leak.cutoff: an answer that dates the model's own knowledge is true of one model only.

Trained into another model it is a false statement about itself, and it ages.
"""

from collections.abc import Iterable
from typing import Literal

from pydantic import Field

from assay.domain.action import Action, Drop, Flag
from assay.verifiers.knowledge_cutoff import find_knowledge_cutoff
from assay.verifiers.view import View
from assay_filter.rules.rule import Rule, RuleSettings

_MAX_QUOTE = 80


class LeakCutoffSettings(RuleSettings):
    """What a statement about the model's own cutoff costs."""

    action: Literal["drop", "flag"] = Field(
        default="flag",
        description="what a statement of the model's own cutoff does: drop, or flag (caps)",
    )


class LeakCutoff(Rule[LeakCutoffSettings]):
    """Finds statements about the model's own training date in assistant prose."""

    id = "leak.cutoff"
    summary = "An assistant turn states the date its own training data ends: flag (caps)"
    settings_type = LeakCutoffSettings

    def check(self, view: View) -> Iterable[Action]:
        for turn in view.assistant_turns:
            found = find_knowledge_cutoff(view.prose(turn))
            if found is None:
                continue
            reason = (
                "expected an answer that does not date the model's own knowledge,"
                f" found {found[:_MAX_QUOTE]!r}"
            )
            yield Drop(reason) if self.settings.action == "drop" else Flag(reason, caps=True)
