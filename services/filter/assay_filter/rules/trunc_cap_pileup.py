"""Finds responses cut at a token cap by how many of a source end at the same length.

The idea: uncapped lengths spread out, so the longest length of a source is rare. When many of its
responses share exactly that length, a generation limit cut them. This is a rule on a corpus: it
reads the histogram of a whole run and needs no text. Two parts: `find_pileups` on the histograms,
`check_member` on a sample of a source with a pileup.

Invariant: a member whose text shows no sign of a cut is flagged, not dropped, since a length may
be estimated (see `assay.verifiers.tokens`).
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from pydantic import Field

from assay.domain.action import Action, Drop, Flag
from assay.verifiers.tokens import TokenCounter, estimate_tokens
from assay.verifiers.truncation import cut_evidence
from assay.verifiers.view import View
from assay_filter.rules.rule import BaseRule, RuleSettings


class Pileup(NamedTuple):
    """So many responses of `source` share its maximum `length`; `share` of all its responses."""

    source: str
    length: int
    num: int
    share: float


class CapPileupSettings(RuleSettings):
    """When a maximum length is suspicious."""

    min_samples: int = Field(
        default=20, gt=1, description="responses at the source's maximum length, at least"
    )
    min_share: float = Field(
        default=0.01,
        gt=0,
        le=1,
        description="share of the source's responses at its maximum length, 0..1, at least",
    )
    min_tokens: int = Field(
        default=64, ge=1, description="tokens; a shorter maximum is a label or a word, not a cap"
    )
    min_cut_score: float = Field(
        default=0.5,
        ge=0,
        le=1,
        description="evidence of a cut, 0..1, from which a member is dropped; below it is flagged",
    )


class CapPileup(BaseRule[CapPileupSettings]):
    """A rule on a corpus: the engine gathers the histograms and asks for each member."""

    id = "trunc.cap_pileup"
    summary = (
        "Responses that pile up at their source's maximum length are dropped when they look cut, "
        "else flagged (caps)"
    )
    settings_type = CapPileupSettings

    def find_pileups(self, lengths: Mapping[str, Mapping[int, int]]) -> list[Pileup]:
        """Return the sources of `lengths` (tokens -> responses) that pile up, in source order."""
        pileups: list[Pileup] = []
        for source in sorted(lengths):
            histogram = lengths[source]
            if not histogram:
                continue
            length = max(histogram)
            num, total = histogram[length], sum(histogram.values())
            if (
                num >= self.settings.min_samples
                and num >= self.settings.min_share * total
                and length >= self.settings.min_tokens
            ):
                pileups.append(Pileup(source, length, num, num / total))
        return pileups

    def check_member(
        self, view: View, pileup: Pileup, *, count_tokens: TokenCounter = estimate_tokens
    ) -> Iterable[Action]:
        """Yield what is to be said of the turns of `view` that have the length of `pileup`."""
        for index in view.assistant_turns:
            text = view.text(index)
            if count_tokens(text) != pileup.length:
                continue
            evidence = cut_evidence(text, view.user_text_before(index))
            reason = (
                f"turn {index}: {pileup.num} responses of {pileup.source!r} "
                f"({pileup.share:.1%}) end at {pileup.length} tokens, its maximum"
            )
            if evidence.score >= self.settings.min_cut_score:
                yield Drop(reason, value=evidence.score, threshold=self.settings.min_cut_score)
            else:
                yield Flag(reason, value=pileup.share, threshold=self.settings.min_share)
