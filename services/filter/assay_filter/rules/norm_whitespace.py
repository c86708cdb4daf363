"""Squeezes white-space noise in assistant and system turns.

User turns keep their white space: it is what users write. Tool results keep theirs: it is data.
"""

from collections.abc import Iterable

from pydantic import Field

from assay.domain.action import Action, Fix
from assay.verifiers.view import View
from assay.verifiers.whitespace import MAX_BLANK_LINES, may_have_noise, squeeze_whitespace
from assay_filter.rules.edits import text_edits
from assay_filter.rules.rule import Rule, RuleSettings

_ROLES = ("assistant", "system")


class NormWhitespaceSettings(RuleSettings):
    """What layout may hold; indents, tables and aligned columns are always kept."""

    max_blank_lines: int = Field(
        default=MAX_BLANK_LINES,
        ge=1,
        description="empty lines in a row that are borne outside of code; more become one",
    )


class NormWhitespace(Rule[NormWhitespaceSettings]):
    """Yields one Fix for each turn that changes."""

    id = "norm.whitespace"
    summary = "Padded blanks, trailing blanks and empty lines in assistant turns are squeezed (fix)"
    settings_type = NormWhitespaceSettings

    def check(self, view: View) -> Iterable[Action]:
        for index, message in enumerate(view.messages):
            before = message.content
            if not before or message.role not in _ROLES or not may_have_noise(before):
                continue
            after = squeeze_whitespace(before, max_blank_lines=self.settings.max_blank_lines)
            if after != before:
                yield Fix(
                    text_edits(f"/messages/{index}/content", before, after),
                    f"turn {index} ({message.role}): white space that carries nothing",
                    value=len(before) - len(after),
                )
