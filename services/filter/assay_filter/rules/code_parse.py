"""code.parse: fenced code must parse in the language that its fence declares.

What is evidently a fragment or a sketch is not decided (`assay.verifiers.code`); whether a user who
asked for JSON got JSON is another rule's question.
"""

from collections.abc import Iterable

from pydantic import Field

from assay.domain.action import Action, Flag
from assay.verifiers.code import check_code
from assay.verifiers.view import View
from assay_filter.rules.rule import Rule, RuleSettings


class CodeParseSettings(RuleSettings):
    """Settings of code.parse."""

    caps: bool = Field(
        default=False,
        description="true holds the verdict at borderline; false only notes the fault",
    )


class CodeParse(Rule[CodeParseSettings]):
    """Flags fenced Python, JSON and SQL that does not parse."""

    id = "code.parse"
    version = 1
    summary = "Fenced Python, JSON or SQL of an assistant turn does not parse; flags it as a note."
    settings_type = CodeParseSettings

    def check(self, view: View) -> Iterable[Action]:
        for finding in check_code(view).findings:
            yield Flag(
                finding.reason, caps=self.settings.caps, place=finding.place, defect=finding.kind
            )
