"""Drops bare refusals, notes reasoned ones.

Code cannot tell whether a refusal was right: declining to name a lethal dose and declining to
write a poem may read the same. So a refusal that says nothing else is dropped, since it teaches
nothing but refusing, and one that gives reasons or goes on to help is a note for the judge. Where
the sample declares tools or documents, a refusal may be the honest answer to what they lack, and
where the user asked for a refusal to be written it is the answer: a note as well.
"""

from collections.abc import Iterable
from typing import Literal

from pydantic import Field

from assay.domain.action import Action, Drop, Flag
from assay.domain.sample import SampleType
from assay.verifiers.patterns import compile_pattern
from assay.verifiers.refusal import RefusalKind, refusal_kind
from assay.verifiers.view import View
from assay_filter.rules.rule import Rule, RuleSettings

_GROUNDED = (SampleType.RAG, SampleType.TOOL_CALLING)
_WANTED = compile_pattern(
    r"(?:^|[^\pL])(?:declin|refus|apolog|reject|turn(?:ing)? (?:\pL+ )?down|say(?:ing)? no\b|sorry"
    r"|ablehn|absag|entschuldig|rechaz|disculp|excus|recus|desculp|rifiut|scus|weiger|afwijz|odmít"
    r"|omluv)|رفض|اعتذار|拒绝|道歉|断り|謝罪|거절|사과",
    ignore_case=True,
)


class SafetyRefusalSettings(RuleSettings):
    """What happens to a bare refusal."""

    bare: Literal["drop", "flag"] = Field(
        default="drop",
        description="drop: a response that only refuses is dropped; flag: it is flagged (caps)",
    )


class SafetyRefusal(Rule[SafetyRefusalSettings]):
    """Looks at the start of assistant turns."""

    id = "safety.refusal"
    summary = "Bare refusals are dropped, reasoned ones flagged (note)"
    settings_type = SafetyRefusalSettings

    def check(self, view: View) -> Iterable[Action]:
        turns = view.assistant_turns
        for index in turns:
            text = view.text(index)
            kind = refusal_kind(text)
            if kind is RefusalKind.NONE:
                continue
            quote = text[:80]
            if kind is RefusalKind.REASONED or self._is_excused(view, index):
                yield Flag(f"turn {index}: a refusal that may be right: {quote!r}", caps=False)
            elif self.settings.bare == "drop" and index == turns[-1]:
                yield Drop(f"turn {index}: nothing but a refusal: {quote!r}")
            else:
                yield Flag(f"turn {index}: nothing but a refusal: {quote!r}")

    def _is_excused(self, view: View, index: int) -> bool:
        sample = view.sample
        if sample.tools or sample.documents or sample.type in _GROUNDED:
            return True
        return _WANTED.search(view.user_text_before(index)) is not None
