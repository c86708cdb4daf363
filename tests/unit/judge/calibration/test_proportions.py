"""Shares and the corrected accept rate: known values, and coverage under planted truth."""

import numpy as np
import pytest

from assay_judge.calibration.proportions import (
    Rates,
    corrected_rate,
    measure_rates,
    proportion,
)


def test_wilson_interval_of_a_known_share() -> None:
    # 20 of 50, 95 %: (.276, .538), Brown, Cai and DasGupta 2001
    found = proportion(np.arange(50) < 20, [str(i) for i in range(50)])
    assert found.value == pytest.approx(0.4)
    assert found.low == pytest.approx(0.276, abs=5e-4)
    assert found.high == pytest.approx(0.538, abs=5e-4)


def test_all_right_is_not_certain_and_less_so_with_few_prompts() -> None:
    alone = proportion(np.ones(40, bool), [str(i) for i in range(40)])
    shared = proportion(np.ones(40, bool), [str(i // 10) for i in range(40)])
    assert alone.low is not None and 0.9 < alone.low < 1
    assert shared.low is not None and shared.low < 0.6  # four prompts


def test_no_rows_have_no_share() -> None:
    assert proportion(np.empty(0, bool), []).value is None


def test_interval_of_clustered_rows_covers_the_truth() -> None:
    rng = np.random.default_rng(0)
    hits = naive = 0
    for _ in range(300):
        rates = np.clip(rng.beta(2, 1, size=60), 0, 1)  # mean 2/3; rows of a cluster share one
        rows = rng.uniform(size=(60, 5)) < rates[:, None]
        clusters = [str(i) for i in range(60) for _ in range(5)]
        found = proportion(rows.ravel(), clusters)
        alone = proportion(rows.ravel(), [str(i) for i in range(300)])
        hits += (found.low or 0) <= 2 / 3 <= (found.high or 0)
        naive += (alone.low or 0) <= 2 / 3 <= (alone.high or 0)
    assert hits >= 0.92 * 300
    assert naive < 0.88 * 300  # what taking rows as independent would give


def test_correction_undoes_known_error_rates() -> None:
    rates = Rates(specificity=0.8, sensitivity=0.9, num_bad=100_000, num_good=100_000)
    truth = 0.3
    accepted = truth * 0.9 + (1 - truth) * (1 - 0.8)
    found = corrected_rate(accepted, 100_000, rates)
    assert found.value == pytest.approx(truth)
    assert found.low is not None and found.high is not None
    assert found.low < truth < found.high and found.high - found.low < 0.02


def test_corrected_interval_covers_the_truth_where_the_raw_rate_does_not() -> None:
    rng = np.random.default_rng(0)
    q0, q1, truth = 0.75, 0.9, 0.4
    hits = raw_hits = 0
    for _ in range(400):
        bad, good = rng.binomial(80, q0) / 80, rng.binomial(80, q1) / 80
        rate = rng.binomial(300, truth * q1 + (1 - truth) * (1 - q0)) / 300
        found = corrected_rate(rate, 300, Rates(bad, good, 80, 80))
        assert found.low is not None and found.high is not None
        hits += found.low <= truth <= found.high
        raw = proportion(np.arange(300) < rate * 300, [str(i) for i in range(300)])
        raw_hits += (raw.low or 0) <= truth <= (raw.high or 0)
    assert hits >= 0.92 * 400
    assert raw_hits < 0.3 * 400


def test_a_judge_that_cannot_tell_corrects_nothing() -> None:
    assert corrected_rate(0.5, 100, Rates(0.5, 0.5, 50, 50)).value is None
    assert measure_rates(np.ones(5, bool), np.ones(5, bool)) is None
