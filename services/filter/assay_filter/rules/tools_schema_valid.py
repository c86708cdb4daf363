"""tools.schema_valid: the declared tools have schemas that can be used."""

from collections.abc import Iterable

from assay.domain.action import Action, Drop, Edit, Fix
from assay.domain.sample import Tool
from assay.verifiers.tool_schemas import compile_schema, strip_null_padding
from assay.verifiers.view import View
from assay_filter.rules.rule import Rule, RuleSettings


class ToolsSchemaValidSettings(RuleSettings):
    """No thresholds: a schema compiles or it does not."""


class ToolsSchemaValid(Rule[ToolsSchemaValidSettings]):
    """Takes null padding out of tool schemas and drops samples with an unusable one."""

    id = "tools.schema_valid"
    version = 1
    summary = "Null padding in a declared tool's schema: fix; the schema is invalid: drop"
    settings_type = ToolsSchemaValidSettings

    def check(self, view: View) -> Iterable[Action]:
        for position, tool in enumerate(view.sample.tools):
            schema = compile_schema(tool.parameters)
            if schema.fault is not None:
                yield Drop(
                    f"expected a valid JSON Schema for tool {tool.name!r:.80}, "
                    f"found: {schema.fault}"
                )
            elif schema.has_nulls:
                yield _without_nulls(position, tool)


def _without_nulls(position: int, tool: Tool) -> Fix:
    after = strip_null_padding(tool.parameters)
    edit = Edit(f"/tools/{position}/function/parameters", None, tool.parameters, after)
    return Fix((edit,), f"null padding taken out of the schema of tool {tool.name!r:.80}")
