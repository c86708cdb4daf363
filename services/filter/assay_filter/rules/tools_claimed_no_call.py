"""tools.claimed_no_call: an assistant that says it used a tool has called one."""

from collections.abc import Iterable

from pydantic import Field

from assay.domain.action import Action, Flag
from assay.verifiers.tool_claims import find_claim
from assay.verifiers.view import View
from assay_filter.rules.rule import Rule, RuleSettings


class ToolsClaimedNoCallSettings(RuleSettings):
    """What the flag does."""

    caps: bool = Field(
        default=True,
        description="true holds the verdict at borderline; false only notes the claim",
    )


class ToolsClaimedNoCall(Rule[ToolsClaimedNoCallSettings]):
    """Flags claims of a search, a booking or a call where tools exist and none was called."""

    id = "tools.claimed_no_call"
    version = 1
    summary = "The assistant says it used a tool, but no call was made so far: flag"
    settings_type = ToolsClaimedNoCallSettings

    def check(self, view: View) -> Iterable[Action]:
        if not view.sample.tools:
            return
        for index, message in enumerate(view.messages):
            if message.tool_calls or message.role == "tool":
                return
            place = find_claim(view, index) if message.role == "assistant" else None
            if place is not None:
                reason = f"expected a tool call before the claim, found only {place.quote[:80]!r}"
                yield Flag(reason, caps=self.settings.caps, place=place)
                return
