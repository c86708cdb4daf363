"""Removes what nobody can see, in every turn: controls, escapes, invisible and direction marks.

They are no one's wording either, so user turns, tool results and code are cleaned too.
"""

from collections.abc import Iterable

from assay.domain.action import Action, Fix
from assay.verifiers.controls import has_controls, strip_controls
from assay.verifiers.view import View
from assay_filter.rules.edits import text_edits
from assay_filter.rules.rule import Rule, RuleSettings


class NormControlCharsSettings(RuleSettings):
    """Nothing to set: what a script needs is kept, the rest has no use."""


class NormControlChars(Rule[NormControlCharsSettings]):
    """Yields one Fix for each turn that changes."""

    id = "norm.control_chars"
    summary = "Control, escape and invisible characters and CRLF in any turn are removed (fix)"
    settings_type = NormControlCharsSettings

    def check(self, view: View) -> Iterable[Action]:
        for index, message in enumerate(view.messages):
            before = message.content
            if not before or not has_controls(before):
                continue
            after = strip_controls(before)
            if after != before:
                yield Fix(
                    text_edits(f"/messages/{index}/content", before, after),
                    f"turn {index} ({message.role}): control or invisible characters",
                    value=len(before) - len(after),
                )
