"""The cluster bootstrap: reproducible, and wide where rows hang together."""

import numpy as np
import pytest

from assay_judge.calibration.metrics import mean_error
from assay_judge.calibration.resampling import Estimate, Resamples


def mean_of(
    values: "np.ndarray[tuple[int], np.dtype[np.float64]]", resamples: Resamples
) -> Estimate:
    return resamples.estimate({"mean": lambda weights: mean_error(weights, values)})["mean"]


def test_same_seed_gives_the_same_interval_and_another_seed_another_one() -> None:
    values = np.arange(50.0) % 7
    clusters = [str(i) for i in range(50)]
    first, again, other = (
        mean_of(values, Resamples(clusters, num_resamples=300, seed=seed)) for seed in (1, 1, 2)
    )
    assert first == again
    assert first.value == other.value and first.low != other.low


def test_interval_does_not_depend_on_how_draws_are_cut_into_blocks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    values = np.arange(40.0)
    clusters = [str(i // 2) for i in range(40)]
    whole = mean_of(values, Resamples(clusters, num_resamples=100, seed=0))
    monkeypatch.setattr("assay_judge.calibration.resampling.MAX_BLOCK_CELLS", 40 * 7)
    assert mean_of(values, Resamples(clusters, num_resamples=100, seed=0)) == whole


def test_interval_of_a_mean_agrees_with_theory() -> None:
    values = np.random.default_rng(0).normal(size=400)
    found = mean_of(values, Resamples([str(i) for i in range(400)], num_resamples=2000, seed=0))
    assert found.low is not None and found.high is not None
    assert found.high - found.low == pytest.approx(2 * 1.96 * values.std() / 20, rel=0.08)


def test_rows_that_repeat_within_their_cluster_do_not_narrow_the_interval() -> None:
    values = np.random.default_rng(0).normal(size=100)
    once = mean_of(values, Resamples([str(i) for i in range(100)], num_resamples=500, seed=0))
    repeated = np.repeat(values, 5)
    clusters = [str(i) for i in range(100) for _ in range(5)]
    often = mean_of(repeated, Resamples(clusters, num_resamples=500, seed=0))
    assert (often.low, often.high) == pytest.approx((once.low, once.high))


def test_a_handful_of_clusters_gives_no_interval() -> None:
    found = mean_of(np.arange(40.0), Resamples(["a", "b"] * 20, num_resamples=500, seed=0))
    assert found.value == pytest.approx(19.5)
    assert found.low is None and found.high is None


def test_a_figure_that_most_draws_do_not_define_has_no_interval() -> None:
    def only_with_first(
        weights: "np.ndarray[tuple[int, int], np.dtype[np.float64]]",
    ) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
        return np.where(weights[:, 0] > 0, 1.0, np.nan)  # drawn in 63 % of the resamples

    resamples = Resamples([str(i) for i in range(30)], num_resamples=500, seed=0)
    assert resamples.estimate({"first": only_with_first})["first"] == Estimate(1.0)
