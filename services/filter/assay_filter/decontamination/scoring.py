"""From what a passage shares with a question to a tier; pure, on whole thousandths.

The share of a question is the smaller of two: its weighted 5-grams, and those of them that no
template has. A template alone therefore shares nothing, and a fragment without its template little.
Weights of question, answer and passage, and how strict short questions are, follow decon
(doc/simple-details.md); unlike there, evidence adds to a score and its absence takes nothing away.
"""

from typing import NamedTuple

from assay_filter.decontamination.contamination import Tier
from assay_filter.decontamination.settings import NGRAM, DecontaminationSettings

_WHOLE = 1000
_WITH_ANSWER = (750, 250)  # question, answer
_WITH_PASSAGE = (850, 150)  # question, passage
_WITH_BOTH = (700, 200, 100)  # question, answer, passage
_EIGHT_GRAM = 8
_NEARBY = 500


class Shared(NamedTuple):
    """What a passage shares with a question; weights as in the index, runs in tokens."""

    weight: int
    total_weight: int
    telling: int
    total_telling: int
    run_telling: int  # telling grams of the longest run
    num_eights: int
    num_tokens: int  # of the question
    num_telling_tokens: int

    @property
    def share(self) -> int:
        """Thousandths of the question."""
        if not self.total_telling:
            return 0
        shares = (
            self.weight * _WHOLE // self.total_weight,
            self.telling * _WHOLE // self.total_telling,
        )
        return min(shares)


class Evidence(NamedTuple):
    """Thousandths of the item's answer and passage found nearby; None: it has none."""

    answer: int | None
    passage: int | None

    @property
    def is_near(self) -> bool:
        """Whether enough stands nearby to make a leak of a short question."""
        return max(self.answer or 0, self.passage or 0) >= _NEARBY


def threshold_of(num_tokens: int, settings: DecontaminationSettings) -> int:
    """Return the score, in thousandths, that a question of so many tokens needs."""
    least = round(settings.threshold * _WHOLE)
    span = settings.lenient_tokens - settings.strict_tokens
    over = min(max(num_tokens - settings.strict_tokens, 0), span)
    return _WHOLE - (_WHOLE - least) * over // span


def score_of(share: int, evidence: Evidence) -> int:
    """Return the score of a question's share with what stands around it."""
    answer, passage = evidence
    scores = [share]
    if answer is not None:
        scores.append((_WITH_ANSWER[0] * share + _WITH_ANSWER[1] * answer) // _WHOLE)
    if passage is not None:
        scores.append((_WITH_PASSAGE[0] * share + _WITH_PASSAGE[1] * passage) // _WHOLE)
    if answer is not None and passage is not None:
        parts = zip(_WITH_BOTH, (share, answer, passage), strict=True)
        scores.append(sum(weight * part for weight, part in parts) // _WHOLE)
    return max(scores)


def may_drop(share: int, threshold: int) -> bool:
    """Whether any evidence could lift a share to its threshold."""
    return score_of(share, Evidence(_WHOLE, _WHOLE)) >= threshold


def tier_of(
    shared: Shared, score: int, threshold: int, settings: DecontaminationSettings
) -> Tier | None:
    """Return the tier of a passage, or None where it is too little."""
    if score >= threshold:
        return Tier.NGRAM
    if shared.run_telling >= settings.soft_tokens - NGRAM + 1:
        return Tier.SOFT
    num_eights = shared.num_tokens - _EIGHT_GRAM + 1
    least = round(settings.soft_coverage * _WHOLE)
    covered = num_eights > 0 and shared.num_eights * _WHOLE >= least * num_eights
    return Tier.SOFT if covered and shared.share >= least else None
