"""math.arith: an assistant turn must not state a computation that is false.

Code decides this exactly (`assay.verifiers.arithmetic`), so a finding is a verified hard defect.
"""

from collections.abc import Iterable

from pydantic import Field

from assay.domain.action import Action, Drop
from assay.verifiers.arithmetic import check_arithmetic
from assay.verifiers.view import View
from assay_filter.rules.rule import Rule, RuleSettings


class MathArithSettings(RuleSettings):
    """Settings of math.arith."""

    max_false: int = Field(
        default=0,
        ge=0,
        description="false computations that a sample may hold before it is dropped, count",
    )


class MathArith(Rule[MathArithSettings]):
    """Drops samples with a false computation."""

    id = "math.arith"
    version = 1
    summary = "A computation in an assistant turn is false, evaluated exactly; drops the sample."
    settings_type = MathArithSettings

    def check(self, view: View) -> Iterable[Action]:
        findings = check_arithmetic(view).findings
        if len(findings) <= self.settings.max_false:
            return
        for finding in findings:
            yield Drop(
                f"false computation: {finding.reason}",
                value=float(len(findings)),
                threshold=float(self.settings.max_false),
                place=finding.place,
                defect=finding.kind,
            )
