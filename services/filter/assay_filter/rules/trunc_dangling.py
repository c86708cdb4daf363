"""Drops responses that plainly stop before their end, flags those that may.

In a dialogue whose assistant leaves out the last mark elsewhere too, only signs at the cut itself
count. The evidence and its weights are in `assay.verifiers.truncation`; here stand the two
thresholds. A text inside an unclosed code fence is left to trunc.open_fence.
"""

from collections.abc import Iterable

from pydantic import Field

from assay.domain.action import Action, Drop, Flag, Place
from assay.verifiers.truncation import CUT_SIGNALS, CutEvidence, cut_evidence, ends_in_mark
from assay.verifiers.view import View
from assay_filter.rules.rule import Rule, RuleSettings

_COMMON_ENDS = frozenset('.!?。！？"')


class TruncDanglingSettings(RuleSettings):
    """How much evidence it takes."""

    drop_score: float = Field(
        default=0.75, gt=0, le=1, description="evidence of a cut, 0..1; from here dropped"
    )
    flag_score: float = Field(
        default=0.5, gt=0, le=1, description="evidence of a cut, 0..1; from here flagged (caps)"
    )


class TruncDangling(Rule[TruncDanglingSettings]):
    """Judges the last response; an earlier one is flagged at most, since the talk went on."""

    id = "trunc.dangling"
    summary = "Responses that stop in the middle are dropped, doubtful ones flagged (caps)"
    settings_type = TruncDanglingSettings

    def check(self, view: View) -> Iterable[Action]:
        turns = view.assistant_turns
        for index in turns:
            text = view.text(index)
            if text[-1:] in _COMMON_ENDS and "{" not in text and "\n" not in text[-8:]:
                continue
            blocks = view.code_blocks(index)
            if blocks and not blocks[-1].closed:
                continue
            evidence = cut_evidence(text, view.user_text_before(index))
            if evidence.score < self.settings.flag_score:
                continue
            if CUT_SIGNALS.isdisjoint(evidence.signals) and (
                index != turns[-1] or _is_unmarked_elsewhere(view, index)
            ):
                continue
            yield self._action(text, index, evidence, is_last=index == turns[-1])

    def _action(self, text: str, index: int, evidence: CutEvidence, *, is_last: bool) -> Action:
        stripped = text.rstrip()
        quote = stripped[-80:]
        reason = (
            f"turn {index}: a finished text was expected, it stops at {quote!r} "
            f"({', '.join(evidence.signals)})"
        )
        place = Place(index, len(stripped) - len(quote), quote)
        if evidence.score >= self.settings.drop_score and is_last:
            return Drop(reason, evidence.score, self.settings.drop_score, place)
        return Flag(reason, value=evidence.score, threshold=self.settings.flag_score, place=place)


def _is_unmarked_elsewhere(view: View, index: int) -> bool:
    """Another response of the dialogue ends without a mark: a habit, not a cut."""
    return any(not ends_in_mark(view.text(i)) for i in view.assistant_turns if i != index)
