"""When a fast judgement leaves enough doubt to pay for a second look.

A pure function of the fast judgement and the rubric: near a threshold, spread over several levels,
a hard defect that nothing confirmed, or scores that accept what a flag or code speaks against.
"""

from collections.abc import Iterator

from assay.domain.judgement import Defect, DefectStatus, Judgement
from assay.domain.rubric import Rubric
from assay.domain.verdict import effective_scores, weigh
from assay_judge.engine.settings import EngineSettings

_OPEN = (DefectStatus.CLAIMED, DefectStatus.UNVERIFIED)


def doubts(judgement: Judgement, rubric: Rubric, settings: EngineSettings) -> tuple[str, ...]:
    """Return why a fast judgement should be followed by a standard one; empty when it need not."""
    return tuple(_doubts(judgement, rubric, settings))


def _doubts(judgement: Judgement, rubric: Rubric, settings: EngineSettings) -> Iterator[str]:
    overall = weigh(effective_scores(judgement, rubric), rubric).score
    accept_at, reject_below = _milli(rubric.accept_at), _milli(rubric.reject_below)
    within = _milli(settings.escalate_within)
    if overall is not None and min(abs(overall - accept_at), abs(overall - reject_below)) <= within:
        yield "near_threshold"
    if any(_near_floor(judgement, rubric, within)):
        yield "near_floor"
    limit = _milli(settings.escalate_entropy)
    if any(s.entropy is not None and s.entropy > limit for s in judgement.scores.values()):
        yield "entropy"
    hard = [d for d in judgement.defects if d.kind in rubric.hard_defects]
    if any(d.status in _OPEN for d in hard):
        yield "open_defect"
    if overall is not None and overall >= accept_at and (judgement.flags or any(_proved(hard))):
        yield "disagreement"


def _near_floor(judgement: Judgement, rubric: Rubric, within: int) -> Iterator[bool]:
    for name, score in effective_scores(judgement, rubric).items():
        floor = rubric.dimensions[name].floor_milli if name in rubric.dimensions else None
        if score.score is not None and floor is not None:
            yield abs(score.score - floor) <= within


def _proved(defects: list[Defect]) -> Iterator[bool]:
    return (defect.status is DefectStatus.VERIFIED for defect in defects)


def _milli(points: float) -> int:
    return round(points * 1000)
