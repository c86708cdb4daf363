"""Agreement figures: published and hand-made values, scipy, and brute force over expanded rows."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from assay_judge.calibration.metrics import (
    coincidences_of_pairs,
    coincidences_of_units,
    count_tables,
    kendall,
    mean_error,
    midranks,
    ordinal_alpha,
    partial_spearman,
    quadratic_kappa,
    spearman,
)
from assay_judge.calibration.resampling import FloatArray, IntArray

SCORES = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(0, 3)), min_size=2, max_size=25
)


def ones(num: int) -> FloatArray:
    return np.ones((1, num))


def expand(values: IntArray, weights: IntArray) -> IntArray:
    return np.repeat(values, weights)


def brute_kappa(left: IntArray, right: IntArray) -> float:
    """Cohen's weighted kappa from its definition, over all pairs of rows."""
    observed = np.mean((left - right) ** 2.0)
    expected = np.mean((left[:, None] - right[None, :]) ** 2.0)
    return float("nan") if expected == 0 else float(1 - observed / expected)


def brute_alpha(units: list[list[int]], num_levels: int) -> float:
    """Krippendorff's alpha, ordinal, from its definition with explicit sums of frequencies."""
    units = [unit for unit in units if len(unit) > 1]
    values = [value for unit in units for value in unit]
    frequency = [values.count(level) for level in range(num_levels)]

    def distance(a: int, b: int) -> float:
        low, high = min(a, b), max(a, b)
        between = sum(frequency[low : high + 1])
        return (between - (frequency[a] + frequency[b]) / 2) ** 2

    num = len(values)
    observed = sum(
        distance(u[i], u[j]) / (len(u) - 1)
        for u in units
        for i in range(len(u))
        for j in range(len(u))
        if i != j
    )
    expected = sum(
        distance(a, b) for i, a in enumerate(values) for j, b in enumerate(values) if i != j
    )
    return float("nan") if expected == 0 else 1 - (num - 1) * observed / expected


def test_ordinal_alpha_of_the_published_example() -> None:
    # Krippendorff 2011, section D: four observers, twelve units; ordinal alpha is .815.
    missing = -1
    observers = [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, missing, missing, missing],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, missing, 3],
        [missing, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, missing],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, missing],
    ]
    levels = np.array([[v - 1 if v != missing else -1 for v in row] for row in observers]).T
    units = coincidences_of_units(levels, num_levels=5)
    alpha = ordinal_alpha((ones(12) @ units).reshape(1, 5, 5))[0]
    assert alpha == pytest.approx(0.815, abs=5e-4)


def test_quadratic_kappa_of_a_hand_made_table() -> None:
    # 2 levels: quadratic weights are Cohen's plain kappa: po .7, pe .5 -> .4
    table = np.array([[[20.0, 5.0], [10.0, 15.0]]])
    assert quadratic_kappa(table)[0] == pytest.approx(0.4)


def test_kendall_of_a_hand_made_ranking() -> None:
    left, right = np.array([1.0, 2, 3, 4]), np.array([1.0, 3, 2, 4])  # one of six pairs disagrees
    assert kendall(ones(4), left, right)[0] == pytest.approx(4 / 6)


def test_agreement_is_one_on_equal_and_minus_one_on_reversed_scores() -> None:
    scores = np.array([1.0, 2, 3, 4, 5])
    levels = scores.astype(np.int64) - 1
    for right, expected in ((levels, 1.0), (levels[::-1].copy(), -1.0)):
        assert quadratic_kappa(count_tables(ones(5), levels, right, num_levels=5))[0] == expected
        assert spearman(ones(5), scores, right.astype(float))[0] == pytest.approx(expected)
        assert kendall(ones(5), scores, right.astype(float))[0] == pytest.approx(expected)


@settings(max_examples=150, deadline=None)
@given(SCORES)
def test_figures_equal_brute_force_over_rows_repeated_by_weight(
    rows: list[tuple[int, int, int]],
) -> None:
    left, right, counts = (np.array(column, dtype=np.int64) for column in zip(*rows, strict=True))
    weights = counts[None, :].astype(float)
    a, b = expand(left, counts), expand(right, counts)
    if len(a) < 2:
        return
    table = count_tables(weights, left, right, num_levels=5)
    assert quadratic_kappa(table)[0] == pytest.approx(brute_kappa(a, b), nan_ok=True)
    alpha = ordinal_alpha(coincidences_of_pairs(table))[0]
    pairs = [[int(x), int(y)] for x, y in zip(a, b, strict=True)]
    assert alpha == pytest.approx(brute_alpha(pairs, 5), nan_ok=True)
    if len(set(a)) > 1 and len(set(b)) > 1:
        x, y = left.astype(float), right.astype(float)
        assert spearman(weights, x, y)[0] == pytest.approx(stats.spearmanr(a, b).statistic)
        assert kendall(weights, x, y)[0] == pytest.approx(stats.kendalltau(a, b).statistic)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.integers(-1, 3), min_size=3, max_size=3), min_size=2, max_size=15))
def test_alpha_of_several_coders_with_gaps_equals_brute_force(rows: list[list[int]]) -> None:
    units = [[value for value in row if value >= 0] for row in rows]
    flat = coincidences_of_units(np.array(rows), num_levels=4)
    found = ordinal_alpha((ones(len(rows)) @ flat).reshape(1, 4, 4))[0]
    assert found == pytest.approx(brute_alpha(units, 4), nan_ok=True)


def test_kendall_over_more_cells_than_a_block_equals_scipy() -> None:
    rng = np.random.default_rng(1)
    left = rng.normal(size=1500)
    right = left + rng.normal(size=1500)
    assert kendall(ones(1500), left, right)[0] == pytest.approx(
        stats.kendalltau(left, right).statistic
    )


def test_constant_scores_define_no_agreement() -> None:
    constant, varied = np.full(6, 2.5), np.arange(6.0)
    assert np.isnan(spearman(ones(6), constant, varied)[0])
    assert np.isnan(kendall(ones(6), constant, varied)[0])
    levels = np.full(6, 2)
    assert np.isnan(quadratic_kappa(count_tables(ones(6), levels, levels, num_levels=5))[0])


def test_rank_correlations_survive_a_million_rows_worth_of_weight() -> None:
    left, right = np.array([1.0, 2, 3, 3]), np.array([1.0, 3, 2, 2])
    once, often = ones(4), np.full((1, 4), 250_000.0)
    assert spearman(often, left, right) == pytest.approx(spearman(once, left, right))


def test_midranks_share_the_mean_rank_among_ties() -> None:
    values = np.array([10.0, 20.0, 20.0, 30.0])
    ranks = midranks(ones(4), values)[0] + 0.5
    assert list(ranks) == list(stats.rankdata(values))


def test_partial_correlation_takes_out_what_the_third_explains() -> None:
    rng = np.random.default_rng(0)
    human = rng.normal(size=4000)
    length = human + rng.normal(size=4000)
    judge = human + rng.normal(size=4000)
    assert spearman(ones(4000), length, judge)[0] > 0.4
    assert abs(partial_spearman(ones(4000), length, judge, human)[0]) < 0.05
    biased = judge + length
    assert partial_spearman(ones(4000), length, biased, human)[0] > 0.4


def test_partial_correlation_equals_correlation_of_rank_residuals() -> None:
    rng = np.random.default_rng(3)
    columns = [rng.integers(0, 6, 80).astype(float) for _ in range(3)]
    ranks = [stats.rankdata(column) for column in columns]
    r = {(i, j): np.corrcoef(ranks[i], ranks[j])[0, 1] for i, j in combinations(range(3), 2)}
    expected = (r[0, 1] - r[0, 2] * r[1, 2]) / np.sqrt((1 - r[0, 2] ** 2) * (1 - r[1, 2] ** 2))
    assert partial_spearman(ones(80), *columns)[0] == pytest.approx(expected)


def test_mean_error_of_no_rows_is_undefined() -> None:
    assert np.isnan(mean_error(np.zeros((1, 2)), np.array([1.0, 2.0]))[0])
