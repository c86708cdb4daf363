"""Repairs wrongly decoded text and composes accents, in every turn.

Damage of the encoding is no one's wording, so user turns and tool results are mended too. Code is
decoded as well (a page is read wrongly as a whole) but not composed: code may be about code points.
"""

import unicodedata
from collections.abc import Iterable

from pydantic import Field

from assay.domain.action import Action, Fix, Flag
from assay.verifiers.mojibake import (
    count_residue,
    may_have_mojibake,
    repair_c1,
    repair_mojibake,
)
from assay.verifiers.view import View, find_code_blocks
from assay_filter.rules.edits import text_edits
from assay_filter.rules.rule import Rule, RuleSettings


class NormUnicodeSettings(RuleSettings):
    """What is mended, and how much lost text is borne."""

    nfc: bool = Field(
        default=True, description="true composes letters and accents (NFC) outside of code"
    )
    max_residue: int = Field(
        default=1,
        ge=0,
        description="places in a turn where bytes still show after the repair; more flags (caps)",
    )


class NormUnicode(Rule[NormUnicodeSettings]):
    """Yields one Fix for all turns; a Flag where text was lost for good."""

    id = "norm.unicode"
    summary = "Wrongly decoded text (mojibake) and uncomposed accents in any turn are fixed"
    settings_type = NormUnicodeSettings

    def check(self, view: View) -> Iterable[Action]:
        for index, message in enumerate(view.messages):
            before = message.content
            if not before or before.isascii():
                continue
            is_suspect = may_have_mojibake(before)
            repaired = repair_c1(repair_mojibake(before)) if is_suspect else before
            after = self._composed(repaired)
            if after != before:
                what = "wrongly decoded text" if repaired != before else "uncomposed accents"
                yield Fix(
                    text_edits(f"/messages/{index}/content", before, after),
                    f"turn {index} ({message.role}): {what} in {len(before)} characters",
                )
            residue = count_residue(after) if is_suspect else 0
            if residue > self.settings.max_residue:
                yield Flag(
                    f"turn {index} ({message.role}): text was decoded wrongly and part of it is "
                    f"lost, {residue} places still show bytes",
                    value=residue,
                    threshold=self.settings.max_residue,
                )

    def _composed(self, text: str) -> str:
        if not self.settings.nfc or unicodedata.is_normalized("NFC", text):
            return text
        parts: list[str] = []
        position = 0
        for block in find_code_blocks(text):
            parts.append(unicodedata.normalize("NFC", text[position : block.start]))
            parts.append(text[block.start : block.end])
            position = block.end
        parts.append(unicodedata.normalize("NFC", text[position:]))
        return "".join(parts)
