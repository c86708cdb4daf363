"""rag.citation: citations point at documents that exist, quotations stand in them."""

from collections.abc import Iterable

from pydantic import Field

from assay.domain.action import Action, Drop, Flag
from assay.verifiers.citations import check_citations
from assay.verifiers.view import View
from assay_filter.rules.rule import Rule, RuleSettings


class RagCitationSettings(RuleSettings):
    """What an unsupported quotation does."""

    caps: bool = Field(
        default=False,
        description="true holds the verdict at borderline for a quotation that stands nowhere; "
        "false only notes it",
    )


class RagCitation(Rule[RagCitationSettings]):
    """Drops citations of documents that do not exist and flags quotations that stand nowhere."""

    id = "rag.citation"
    version = 1
    summary = "A cited document does not exist: drop; a quotation stands in no document: flag"
    settings_type = RagCitationSettings

    def check(self, view: View) -> Iterable[Action]:
        for finding in check_citations(view).findings:
            if finding.hard:
                yield Drop(finding.reason, place=finding.place, defect=finding.kind)
            else:
                yield Flag(
                    finding.reason,
                    caps=self.settings.caps,
                    place=finding.place,
                    defect=finding.kind,
                )
