"""Finds U+FFFD, the mark that a decoder leaves where it lost text; it cannot be mended."""

from collections.abc import Iterable

from pydantic import Field

from assay.domain.action import Action, Drop, Flag, Place
from assay.verifiers.noise import replacement_share
from assay.verifiers.view import View
from assay_filter.rules.rule import Rule, RuleSettings


class NormReplacementCharSettings(RuleSettings):
    """The share that is borne."""

    max_share: float = Field(
        default=0.005,
        ge=0,
        le=1,
        description="share of U+FFFD in a turn's characters, 0..1; above drops, above zero flags",
    )


class NormReplacementChar(Rule[NormReplacementCharSettings]):
    """Yields one action for each turn that holds the mark."""

    id = "norm.replacement_char"
    summary = "A turn with U+FFFD is flagged (caps); above a share of its characters it is dropped"
    settings_type = NormReplacementCharSettings

    def check(self, view: View) -> Iterable[Action]:
        for index, message in enumerate(view.messages):
            content = message.content
            if not content or "\ufffd" not in content:
                continue
            share = replacement_share(content)
            at = content.index("\ufffd")
            start = max(0, at - 20)
            place = Place(index, start, content[start : at + 20])
            reason = f"turn {index} ({message.role}): text was lost in decoding, {share:.2%} U+FFFD"
            limit = self.settings.max_share
            if share > limit and message.role == "assistant":
                yield Drop(reason, value=share, threshold=limit, place=place)
            else:
                yield Flag(reason, value=share, threshold=0.0, place=place)
