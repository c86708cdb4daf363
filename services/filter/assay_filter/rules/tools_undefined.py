"""tools.undefined: every call names a function that the sample declares."""

from collections.abc import Iterable

from assay.domain.action import Action, Drop
from assay.verifiers.tool_calls import check_tool_calls
from assay.verifiers.view import View
from assay_filter.rules.rule import Rule, RuleSettings

CODES = frozenset(("unknown_function", "no_tools_declared"))


class ToolsUndefinedSettings(RuleSettings):
    """No thresholds: a name is declared or it is not."""


class ToolsUndefined(Rule[ToolsUndefinedSettings]):
    """Drops calls of functions that are not among the sample's tools."""

    id = "tools.undefined"
    version = 1
    summary = "A call names a function that the sample does not declare: drop"
    settings_type = ToolsUndefinedSettings

    def check(self, view: View) -> Iterable[Action]:
        for finding in check_tool_calls(view).findings:
            if finding.code in CODES:
                yield Drop(finding.reason, place=finding.place, defect=finding.kind)
