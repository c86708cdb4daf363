"""What several parts of the documents, and several drafts, say together.

A claim is as well supported as the part that supports it best (the idea of MiniCheck, arXiv
2404.10774): a hallucination counts only where every part calls it one, and correctness is that of
the best part. Everything else does not depend on the part, and is averaged.
"""

from collections.abc import Mapping, Sequence
from statistics import fmean

from assay.domain.judgement import DimensionScore
from assay_judge.engine.quoting import Checked, Located
from assay_judge.engine.subject import Field
from assay_judge.reading.distribution import mean_score
from assay_judge.reading.form import Claim

GROUNDED_DEFECT = "hallucination"
GROUNDED_DIMENSION = "correctness"

# From worst to best; what needs no support is as good as supported.
_SUPPORT = {"unsupported": 0, "contradicted": 1, "n/a": 2, "supported": 3}


def join_parts(parts: Sequence[Checked], fields: Sequence[Field]) -> Checked:
    """Return what the evidence of all parts of the documents says together."""
    if len(parts) == 1:
        return parts[0]
    best: dict[str, Claim] = {}
    for claim in (claim for part in parts for claim in part.claims):
        known = best.get(claim.quote)
        if known is None or _SUPPORT[claim.support] > _SUPPORT[known.support]:
            best[claim.quote] = claim
    defects = join_defects([_standing(part, parts, fields) for part in parts], fields)
    num_fabricated = sum(part.num_fabricated for part in parts)
    return Checked(parts[0].lang, tuple(best.values()), defects, num_fabricated)


def join_defects(
    groups: Sequence[Sequence[Located]], fields: Sequence[Field]
) -> tuple[Located, ...]:
    """Return all defects; of those of one kind that share words, the first."""
    kept: list[Located] = []
    for defect in (defect for group in groups for defect in group):
        if not any(defect.overlaps(other, fields) for other in kept):
            kept.append(defect)
    return tuple(kept)


def join_scores(
    by_part: Sequence[Mapping[str, DimensionScore]],
) -> Mapping[str, DimensionScore]:
    """Return the scores of one draft over all parts of the documents."""
    if len(by_part) == 1:
        return by_part[0]
    return {
        name: _best(scores) if name == GROUNDED_DIMENSION else mean_score(scores)
        for name, scores in _by_name(by_part).items()
    }


def average_scores(
    by_draft: Sequence[Mapping[str, DimensionScore]],
) -> Mapping[str, DimensionScore]:
    """Return the mean scores of all drafts."""
    if len(by_draft) == 1:
        return by_draft[0]
    return {name: mean_score(scores) for name, scores in _by_name(by_draft).items()}


def join_confirmations(kind: str, by_part: Sequence[float]) -> float:
    """Return P(yes) for one claim over all parts of the documents."""
    return min(by_part) if kind == GROUNDED_DEFECT else fmean(by_part)


def _standing(
    part: Checked, parts: Sequence[Checked], fields: Sequence[Field]
) -> tuple[Located, ...]:
    """The defects of one part, without hallucinations that another part does not see."""
    return tuple(
        defect
        for defect in part.defects
        if defect.kind != GROUNDED_DEFECT
        or all(any(defect.overlaps(d, fields) for d in other.defects) for other in parts)
    )


def _by_name(
    groups: Sequence[Mapping[str, DimensionScore]],
) -> Mapping[str, list[DimensionScore]]:
    return {name: [group[name] for group in groups] for name in groups[0]}


def _best(scores: Sequence[DimensionScore]) -> DimensionScore:
    return max(scores, key=lambda score: score.score or 0)
