"""Contaminations as what a rule says of a sample: a drop, or a flag that holds the verdict."""

from collections.abc import Sequence

from assay.domain.action import Place
from assay_filter.decontamination.contamination import (
    DOCUMENTS,
    RULE_VERSION,
    Contamination,
    Tier,
)
from assay_filter.screening import Hit


def to_hits(found: Sequence[Contamination]) -> list[Hit]:
    """Return one hit of `decon.exact`, `decon.ngram` or `decon.soft` for each contamination.

    Value and threshold are scores on 0..1. A place in documents has the message index -1.
    """
    return [_to_hit(one) for one in found]


def _to_hit(one: Contamination) -> Hit:
    span = one.spans[0]
    share = "the whole" if one.score == 1000 else f"{one.score / 10:.1f} %"
    where = "documents" if span.message == DOCUMENTS else f"message {span.message}"
    kind = "question" if one.tier is not Tier.SEMANTIC else "meaning"
    return Hit(
        one.rule,
        RULE_VERSION,
        one.action,
        f"{where}: {share} of the {kind} of {one.name[:120]}",
        one.score / 1000,
        one.threshold / 1000,
        place=Place(span.message, span.start, span.quote, span.field),
    )
