"""One total order on judged samples: which of two has less against it.

Hard defects count first, then all defects, then what the scores lack, weighed as in the rubric. A
dimension that is not applicable lacks nothing, so that a judgement with more evidence is not better
or worse for that alone.
"""

from collections.abc import Sequence
from typing import NamedTuple

from assay.domain.judgement import Judgement
from assay.domain.rubric import Rubric
from assay_judge.evidence.measures import BEST


class RankKey(NamedTuple):
    """Compares as a tuple; the larger key is the better sample. No part is above zero."""

    hard_defects: int
    defects: int
    missing: int


def rank_key(judgements: Sequence[Judgement], rubric: Rubric) -> RankKey:
    """The key of a sample, from the judgements of its turns."""
    defects = [defect for judgement in judgements for defect in judgement.defects]
    missing = sum(
        rubric.dimensions[name].weight_milli * (BEST - score.score)
        for judgement in judgements
        for name, score in judgement.scores.items()
        if score.score is not None
    )
    num_hard = sum(defect.kind in rubric.hard_defects for defect in defects)
    return RankKey(-num_hard, -len(defects), -missing)
