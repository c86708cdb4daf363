"""When a fast judgement is followed by a standard one."""

from collections.abc import Mapping

import pytest

from assay.domain.judgement import Defect, DefectStatus, DimensionScore, Judgement
from assay.domain.rubric import Rubric
from assay.rubrics import load_rubric
from assay_judge.engine.cascade import doubts
from assay_judge.engine.settings import EngineSettings

RUBRIC = load_rubric("default")
SETTINGS = EngineSettings(escalate_within=0.3, escalate_entropy=1.5)


def judgement(
    points: float = 5.0,
    *,
    entropy: int | None = 100,
    defect: tuple[str, DefectStatus] | None = None,
    flags: tuple[str, ...] = (),
    **own: float,
) -> Judgement:
    scores: Mapping[str, DimensionScore] = {
        name: DimensionScore(score=round(1000 * own.get(name, points)), entropy=entropy)
        for name in RUBRIC.judged_dimensions
    }
    defects = () if defect is None else (_defect(*defect),)
    return Judgement(
        judge="m", version="v", turn=1, scores=scores, defects=defects, flags=flags, mode="fast"
    )


def _defect(kind: str, status: DefectStatus) -> Defect:
    return Defect(
        kind=kind, status=status, quote="q", message=1, detector="judge", reason="because"
    )


def why(judged: Judgement, rubric: Rubric = RUBRIC) -> tuple[str, ...]:
    return doubts(judged, rubric, SETTINGS)


@pytest.mark.parametrize("points", [5.0, 4.31, 3.65, 2.0, 1.0])
def test_clear_scores_leave_no_doubt(points: float) -> None:
    assert "near_threshold" not in why(judgement(points))


@pytest.mark.parametrize("points", [4.3, 4.0, 3.7, 3.3, 3.0, 2.7])
def test_scores_near_a_threshold_do(points: float) -> None:
    assert "near_threshold" in why(judgement(points))


def test_a_score_near_its_floor_does() -> None:
    assert why(judgement(5.0, correctness=3.2)) == ("near_floor",)
    assert not why(judgement(5.0, conciseness=3.2))  # has no floor


def test_one_spread_distribution_does() -> None:
    assert why(judgement(entropy=1501)) == ("entropy",)
    assert not why(judgement(entropy=1500))
    assert not why(judgement(entropy=None))


@pytest.mark.parametrize(
    ("kind", "status", "expected"),
    [
        ("hallucination", DefectStatus.UNVERIFIED, ("open_defect",)),
        ("hallucination", DefectStatus.CLAIMED, ("open_defect",)),
        ("hallucination", DefectStatus.REFUTED, ()),
        ("typo", DefectStatus.CLAIMED, ()),
        ("invalid_tool_call", DefectStatus.VERIFIED, ("disagreement",)),
    ],
)
def test_defects_that_nothing_settled_do(
    kind: str, status: DefectStatus, expected: tuple[str, ...]
) -> None:
    assert why(judgement(5.0, defect=(kind, status))) == expected


def test_a_flag_counts_where_the_scores_would_accept() -> None:
    assert why(judgement(5.0, flags=("injection_suspected",))) == ("disagreement",)
    assert not why(judgement(1.5, flags=("injection_suspected",)))


def test_thresholds_are_the_rubrics() -> None:
    strict = RUBRIC.model_copy(update={"accept_at": 4.9})
    assert why(judgement(5.0), strict) == ("near_threshold",)
