import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from assay_filter.decontamination.contamination import Tier
from assay_filter.decontamination.scoring import (
    Evidence,
    Shared,
    may_drop,
    score_of,
    threshold_of,
    tier_of,
)
from assay_filter.decontamination.settings import DecontaminationSettings

DEFAULT = DecontaminationSettings()
SHARES = st.integers(0, 1000)
EVIDENCE = st.builds(Evidence, st.none() | SHARES, st.none() | SHARES)


@pytest.mark.parametrize(
    ("num_tokens", "expected"), [(1, 1000), (20, 1000), (35, 900), (50, 800), (900, 800)]
)
def test_short_questions_need_more(num_tokens: int, expected: int) -> None:
    assert threshold_of(num_tokens, DEFAULT) == expected


@pytest.mark.parametrize(
    ("share", "evidence", "expected"),
    [
        (700, Evidence(None, None), 700),
        (700, Evidence(1000, None), 775),
        (700, Evidence(None, 1000), 745),
        (700, Evidence(1000, 1000), 790),
        (900, Evidence(0, 0), 900),
    ],
)
def test_evidence_adds_and_its_absence_takes_nothing(
    share: int, evidence: Evidence, expected: int
) -> None:
    assert score_of(share, evidence) == expected


@given(SHARES, EVIDENCE, SHARES)
def test_what_may_not_drop_drops_with_no_evidence(
    share: int, evidence: Evidence, threshold: int
) -> None:
    if not may_drop(share, threshold):
        assert score_of(share, evidence) < threshold
    assert share <= score_of(share, evidence) <= 1000


def shared(**changes: int) -> Shared:
    base = Shared(0, 1000, 0, 1000, 0, 0, num_tokens=27, num_telling_tokens=27)
    return base._replace(**changes)


def test_share_is_the_smaller_of_all_grams_and_telling_ones() -> None:
    assert shared(weight=900, telling=300).share == 300
    assert shared(weight=200, telling=1000).share == 200
    assert shared(weight=900, telling=0, total_telling=0).share == 0


@pytest.mark.parametrize(
    ("found", "score", "tier"),
    [
        (shared(), 950, Tier.NGRAM),
        (shared(run_telling=9), 100, Tier.SOFT),
        (shared(run_telling=8), 100, None),
        (shared(num_eights=10, weight=500, telling=500), 500, Tier.SOFT),
        (shared(num_eights=9, weight=500, telling=500), 500, None),
        (shared(num_eights=10, weight=500, telling=100), 100, None),
        (shared(num_tokens=7, num_eights=0), 100, None),
    ],
)
def test_tiers(found: Shared, score: int, tier: Tier | None) -> None:
    assert tier_of(found, score, 950, DEFAULT) is tier


def test_decay_without_a_length_is_refused() -> None:
    with pytest.raises(ValidationError, match="strict_tokens must be below lenient_tokens"):
        DecontaminationSettings(strict_tokens=50, lenient_tokens=50)
