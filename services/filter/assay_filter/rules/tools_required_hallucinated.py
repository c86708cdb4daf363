"""tools.required_hallucinated: calls give every required argument and none that is undeclared."""

from collections.abc import Iterable

from pydantic import Field

from assay.domain.action import Action, Drop
from assay.verifiers.tool_calls import check_tool_calls
from assay.verifiers.view import View
from assay_filter.rules.rule import Rule, RuleSettings


class ToolsRequiredHallucinatedSettings(RuleSettings):
    """How strict the rule is about arguments that no schema declares."""

    allow_undeclared: bool = Field(
        default=False,
        description="true lets arguments pass that the schema neither declares nor forbids",
    )


class ToolsRequiredHallucinated(Rule[ToolsRequiredHallucinatedSettings]):
    """Drops calls that leave out a required argument or invent one."""

    id = "tools.required_hallucinated"
    version = 1
    summary = "A call lacks a required argument or has one that is not declared: drop"
    settings_type = ToolsRequiredHallucinatedSettings

    def check(self, view: View) -> Iterable[Action]:
        for finding in check_tool_calls(view).findings:
            invented = finding.code == "unknown_argument" and not self.settings.allow_undeclared
            if invented or finding.code == "missing_argument":
                yield Drop(finding.reason, place=finding.place, defect=finding.kind)
