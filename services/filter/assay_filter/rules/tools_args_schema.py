"""tools.args_schema: arguments are a JSON object whose values fit the function's schema."""

from collections.abc import Iterable

import orjson
from pydantic import Field

from assay.domain.action import Action, Drop, Fix
from assay.domain.finding import Finding
from assay.verifiers.tool_calls import check_tool_calls, declared_schemas
from assay.verifiers.tool_repair import repair_arguments
from assay.verifiers.view import View
from assay_filter.rules.edits import text_edits
from assay_filter.rules.rule import Rule, RuleSettings

CODES = frozenset(("wrong_type", "enum_violation", "other_schema_violation"))


class ToolsArgsSchemaSettings(RuleSettings):
    """Whether malformed arguments may be mended."""

    repair: bool = Field(
        default=False,
        description="true rewrites arguments in Python notation, or encoded twice, as JSON "
        "when the result fits the schema; false drops them",
    )


class ToolsArgsSchema(Rule[ToolsArgsSchemaSettings]):
    """Drops calls whose arguments are no JSON object or do not fit the schema."""

    id = "tools.args_schema"
    version = 1
    summary = "A call's arguments are no JSON object or do not fit the declared schema: drop"
    settings_type = ToolsArgsSchemaSettings

    def check(self, view: View) -> Iterable[Action]:
        for finding in check_tool_calls(view).findings:
            if finding.code in CODES:
                yield Drop(finding.reason, place=finding.place, defect=finding.kind)
            elif finding.code == "malformed_arguments":
                mended = _mend(view, finding) if self.settings.repair else None
                yield mended or Drop(finding.reason, place=finding.place, defect=finding.kind)


def _mend(view: View, finding: Finding) -> Fix | None:
    """The fix that writes the arguments as JSON, if they then fit the schema."""
    position = int(finding.place.field.split("/")[1])
    call = view.messages[finding.place.message].tool_calls[position]
    repaired = repair_arguments(call.arguments)
    schema = declared_schemas(view).get(call.name)
    if repaired is None or schema is None or schema.validator is None:
        return None
    if not schema.validator.is_valid(orjson.loads(repaired)):
        return None
    pointer = f"/messages/{finding.place.message}/tool_calls/{position}/function/arguments"
    reason = f"arguments of {call.name!r:.80} rewritten as JSON"
    return Fix(text_edits(pointer, call.arguments, repaired), reason)
