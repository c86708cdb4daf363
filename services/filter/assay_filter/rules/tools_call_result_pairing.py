"""tools.call_result_pairing: every call has one result, unless it ends the sample."""

from collections.abc import Iterable

from assay.domain.action import Action, Drop
from assay.verifiers.tool_calls import check_tool_calls
from assay.verifiers.view import View
from assay_filter.rules.rule import Rule, RuleSettings

CODES = frozenset(("duplicate_call_id", "orphan_result", "missing_result"))


class ToolsCallResultPairingSettings(RuleSettings):
    """No thresholds: a call is answered or it is not."""


class ToolsCallResultPairing(Rule[ToolsCallResultPairingSettings]):
    """Drops samples whose calls and results do not belong together."""

    id = "tools.call_result_pairing"
    version = 1
    summary = "A call without its result, a result without its call, an id used twice: drop"
    settings_type = ToolsCallResultPairingSettings

    def check(self, view: View) -> Iterable[Action]:
        for finding in check_tool_calls(view).findings:
            if finding.code in CODES:
                yield Drop(finding.reason, place=finding.place, defect=finding.kind)
