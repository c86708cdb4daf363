"""Detection figures: hand-made values and brute force."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay_judge.calibration.detection import (
    average_precision,
    bins_of,
    calibration_error,
    measure_detection,
    measure_probability,
)
from assay_judge.calibration.resampling import Resamples


def resamples(num: int) -> Resamples:
    return Resamples([str(i) for i in range(num)], num_resamples=200, seed=0)


def test_figures_of_a_hand_made_table() -> None:
    claimed = np.array([1] * 8 + [1] * 2 + [0] * 4 + [0] * 6, dtype=bool)
    present = np.array([1] * 8 + [0] * 2 + [1] * 4 + [0] * 6, dtype=bool)
    clusters = [str(i) for i in range(20)]
    found = measure_detection(claimed, present, clusters, resamples(20))
    assert (found.num_true_positives, found.num_false_positives) == (8, 2)
    assert (found.num_false_negatives, found.num_true_negatives) == (4, 6)
    assert found.precision.value == pytest.approx(0.8)
    assert found.recall.value == pytest.approx(8 / 12)
    assert found.f1.value == pytest.approx(16 / 22)
    assert found.balanced_accuracy.value == pytest.approx((8 / 12 + 6 / 8) / 2)


def test_a_judge_without_claims_has_no_precision_and_no_recall_to_be_sure_of() -> None:
    present = np.array([True] * 10 + [False] * 10)
    found = measure_detection(
        np.zeros(20, bool), present, [str(i) for i in range(20)], resamples(20)
    )
    assert found.precision.value is None
    assert found.recall.value == 0.0
    assert found.recall.high is not None and found.recall.high > 0.2  # ten rows prove little


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=1, max_size=30))
def test_average_precision_equals_its_definition(rows: list[tuple[int, bool]]) -> None:
    score = np.array([s for s, _ in rows], dtype=float)
    present = np.array([p for _, p in rows])
    found = average_precision(np.ones((1, len(rows))), score, present)[0]
    if not present.any():
        assert np.isnan(found)
        return
    expected, recall_before = 0.0, 0.0
    for threshold in sorted(set(score.tolist()), reverse=True):
        taken = score >= threshold
        recall = present[taken].sum() / present.sum()
        expected += (recall - recall_before) * present[taken].mean()
        recall_before = recall
    assert found == pytest.approx(expected)


def test_calibration_error_of_hand_made_bins() -> None:
    # bin of .1: mean .1, none true -> gap .1; bin of .95: mean .95, one of two -> gap .45
    probability = np.array([0.1, 0.1, 0.95, 0.95])
    truth = np.array([0.0, 0.0, 1.0, 0.0])
    found = calibration_error(np.ones((1, 4)), probability, truth, bins_of(probability))[0]
    assert found == pytest.approx((2 * 0.1 + 2 * 0.45) / 4)


def test_calibrated_probabilities_have_a_small_error_and_certain_ones_a_large_one() -> None:
    rng = np.random.default_rng(0)
    probability = rng.uniform(size=5000)
    present = rng.uniform(size=5000) < probability
    honest = measure_probability(probability, present, resamples(5000))
    boastful = measure_probability(np.round(probability), present, resamples(5000))
    assert honest.ece.value is not None and honest.ece.value < 0.03
    assert boastful.ece.value is not None and boastful.ece.value > 0.2
    assert honest.brier.value == pytest.approx(1 / 6, abs=0.01)
    assert honest.pr_auc.value is not None and honest.pr_auc.value > honest.prevalence + 0.2
    assert sum(b.num for b in honest.bins) == 5000
