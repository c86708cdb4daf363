"""An answer that misses a form its user asked for, where code can tell.

The idea: a requested JSON, length, list or word is either there or not. The verifier counts clear
violations only; the rule holds the verdict at borderline, since what an answer lacks in form a
person or a judge may still forgive.
"""

from collections.abc import Iterator

from pydantic import Field

from assay.domain.action import Action, Flag
from assay.verifiers.requested_format import check_requested_format
from assay.verifiers.view import View
from assay_filter.rules.rule import Rule, RuleSettings


class FormatRequestedSettings(RuleSettings):
    """What a violation does."""

    caps: bool = Field(
        default=True, description="true holds the verdict at borderline, false only notes"
    )
    ignored_checks: tuple[str, ...] = Field(
        default=(),
        description="check codes to leave out, such as words, sentences, json or an instruction id",
    )


class FormatRequested(Rule[FormatRequestedSettings]):
    """Flags each requested form that the answer does not have."""

    id = "format.requested"
    summary = "A form that the user asked for and code can check is missing: flags."
    settings_type = FormatRequestedSettings

    def check(self, view: View) -> Iterator[Action]:
        report = check_requested_format(view)
        for finding in report.findings:
            if finding.code not in self.settings.ignored_checks:
                yield Flag(
                    finding.reason,
                    caps=self.settings.caps,
                    place=finding.place,
                    defect=finding.kind,
                )
