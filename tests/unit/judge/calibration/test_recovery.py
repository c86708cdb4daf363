"""Planted truth is recovered: intervals cover it about as often as they promise."""

from collections import Counter

import numpy as np
import pytest
from tests.unit.judge.calibration.planted import (
    every_dimension,
    make_judgement,
    make_labelled,
    observe,
)

from assay.rubrics import load_rubric
from assay_judge.calibration.agreement import (
    Agreement,
    DimensionRows,
    measure_agreement,
    measure_dimension,
    to_levels,
)
from assay_judge.calibration.curves import MAX_KNOTS, CurveFit, apply_knots, fit_curve, fit_knots
from assay_judge.calibration.labels import Labels
from assay_judge.calibration.mapping import DimensionLabel
from assay_judge.calibration.metrics import count_tables, quadratic_kappa
from assay_judge.calibration.resampling import Estimate, FloatArray, IntArray, Resamples, Statistic
from assay_judge.calibration.threshold import choose_threshold

SEEDS = 200
LEVELS = 4
FIGURES = ("kappa", "spearman", "kendall", "alpha", "mae", "bias")
# P(level of people, level of the judge): agreement with noise, the judge a little lenient.
JOINT = np.array(
    [
        [0.08, 0.05, 0.02, 0.01],
        [0.03, 0.10, 0.08, 0.02],
        [0.01, 0.05, 0.18, 0.09],
        [0.00, 0.02, 0.08, 0.18],
    ]
)


def points_of(levels: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> FloatArray:
    return 1 + 4 * levels / (LEVELS - 1)


def true_agreement() -> Agreement:
    """The figures of the planted distribution itself: its cells, each as often as it is likely."""
    counts = np.rint(JOINT * 2000).astype(np.int64)
    human, judge = np.divmod(np.repeat(np.arange(LEVELS**2), counts.ravel()), LEVELS)
    resamples = Resamples([str(i) for i in range(len(human))], num_resamples=0, seed=0)
    return measure_agreement(points_of(judge), points_of(human), LEVELS, resamples)


def covers(found: Estimate, truth: Estimate) -> bool:
    assert truth.value is not None
    return found.low is not None and found.low <= truth.value <= (found.high or 0.0)


def draw(rng: np.random.Generator, num: int) -> tuple[FloatArray, FloatArray]:
    human, judge = np.divmod(rng.choice(LEVELS**2, size=num, p=JOINT.ravel() / JOINT.sum()), LEVELS)
    return points_of(judge), points_of(human)


def test_intervals_cover_the_planted_agreement() -> None:
    truth = true_agreement()
    # By hand: mean squared distance .75; expected 1.0771 + .9744 + .11**2 from the margins.
    assert truth.kappa.value == pytest.approx(1 - 0.75 / 2.0636)
    hits: Counter[str] = Counter()
    widths = []
    for seed in range(SEEDS):
        rng = np.random.default_rng(seed)
        judge, human = draw(rng, 250)
        resamples = Resamples([str(i) for i in range(250)], num_resamples=200, seed=seed)
        found = measure_agreement(judge, human, LEVELS, resamples)
        hits.update(n for n in FIGURES if covers(getattr(found, n), getattr(truth, n)))
        assert found.kappa.low is not None and found.kappa.high is not None
        widths.append(found.kappa.high - found.kappa.low)
    assert all(hits[name] >= 0.9 * SEEDS for name in FIGURES), hits
    assert np.mean(widths) < 0.2  # they cover because they are right, not because they are wide


def kappa_of(left: IntArray, right: IntArray) -> Statistic:
    return lambda w: quadratic_kappa(count_tables(w, left, right, num_levels=LEVELS))


def test_answers_to_the_same_prompt_widen_intervals_as_they_must() -> None:
    truth = true_agreement()
    hits: Counter[str] = Counter()
    for seed in range(SEEDS // 2):
        judge, human = (np.repeat(side, 5) for side in draw(np.random.default_rng(seed), 80))
        for name, clusters in (
            ("clustered", [str(i // 5) for i in range(400)]),
            ("independent", [str(i) for i in range(400)]),
        ):
            resamples = Resamples(clusters, num_resamples=200, seed=seed)
            human_levels, judge_levels = to_levels(human, LEVELS), to_levels(judge, LEVELS)
            found = resamples.estimate({"kappa": kappa_of(human_levels, judge_levels)})
            hits[name] += covers(found["kappa"], truth.kappa)
    assert hits["clustered"] >= 0.9 * SEEDS / 2
    assert hits["independent"] < 0.7 * SEEDS / 2


def test_ceiling_covers_the_planted_agreement_of_annotators() -> None:
    # Each annotator gives the true level with .6, else one level off; pairs agree as this implies.
    prior = np.array([0.1, 0.2, 0.3, 0.4])
    given = np.array([[0.8, 0.2, 0, 0], [0.2, 0.6, 0.2, 0], [0, 0.2, 0.6, 0.2], [0, 0, 0.2, 0.8]])
    joint = np.einsum("t,ta,tb->ab", prior, given, given)
    truth = Estimate(float(quadratic_kappa(joint[None] * 1000)[0]))
    label = DimensionLabel(field="x", scale=(1, 4))
    rows = tuple(observe(make_labelled(i, Labels()), make_judgement({})) for i in range(200))
    hits = 0
    for seed in range(SEEDS):
        rng = np.random.default_rng(seed)
        levels = rng.choice(4, size=200, p=prior)
        annotators = np.stack(
            [
                points_of((rng.uniform(size=(200, 1)) > given.cumsum(1)[levels]).sum(1))
                for _ in range(3)
            ],
            1,
        )
        gathered = DimensionRows(rows, np.full(200, np.nan), annotators.mean(1), annotators)
        figures = measure_dimension(gathered, "naturalness", label, num_resamples=200, seed=seed)
        assert figures.ceiling is not None and figures.agreement is None
        hits += covers(figures.ceiling.kappa, truth)
    assert hits >= 0.9 * SEEDS


def test_planted_curve_is_recovered_with_few_knots() -> None:
    rng = np.random.default_rng(0)
    raw = rng.uniform(2.5, 5, size=3000)

    def truth(x: FloatArray) -> FloatArray:
        return np.clip(1 + 4 * ((x - 2.5) / 2.5) ** 2, 1, 5)

    human = np.clip(truth(raw) + rng.normal(0, 0.5, size=3000), 1, 5)
    knots = fit_knots(raw, human)
    inside = np.linspace(2.7, 4.8, 50)
    assert 2 <= len(knots) <= MAX_KNOTS
    assert np.abs(apply_knots(knots, inside) - truth(inside)).max() < 0.2


def fit_halves(judge: FloatArray, human: FloatArray) -> CurveFit:
    half = len(judge) // 2
    resamples = Resamples([str(i) for i in range(half)], num_resamples=200, seed=0)
    return fit_curve(
        "correctness", (judge[:half], human[:half]), (judge[half:], human[half:]), resamples
    )


def test_curve_of_a_lenient_judge_is_kept_and_undoes_its_leniency() -> None:
    human = np.random.default_rng(0).uniform(1, 5, size=600)
    fit = fit_halves(3 + human * 0.4, human)
    assert fit.is_kept
    assert (fit.mae_calibrated.value or 9) < 0.1 < 1 < (fit.mae_raw.value or 0)


def test_curves_of_random_judges_are_hardly_ever_kept() -> None:
    kept = 0
    for seed in range(250):
        rng = np.random.default_rng(seed)
        fit = fit_halves(rng.uniform(1, 5, size=400), rng.uniform(1, 5, size=400))
        kept += fit.is_kept
        assert len(fit.knots) <= MAX_KNOTS
    assert kept <= 0.06 * 250  # 2.5 % is what the interval promises


def test_a_harsh_curve_is_not_kept_where_it_raises_the_error() -> None:
    rng = np.random.default_rng(0)
    human = rng.uniform(1, 5, size=400)
    judge = human.copy()
    human[:200] = np.clip(human[:200] - 1.5, 1, 5)  # the fit part was labelled by harsher people
    fit = fit_halves(judge, human)
    assert not fit.is_kept and "does not lower the error" in fit.reason


def test_held_out_interval_covers_the_true_precision_of_the_chosen_threshold() -> None:
    rubric = load_rubric("default")
    grid = np.linspace(3.0, 5.0, 20001)

    def chance_of_good(score: FloatArray) -> FloatArray:
        return 1 / (1 + np.exp(-4 * (score - 3.6)))

    hits = num_chosen = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        scores = rng.uniform(3.0, 5.0, size=300)
        good = rng.uniform(size=300) < chance_of_good(scores)
        observations = [
            observe(
                make_labelled(i, Labels(is_good=bool(good[i]))),
                make_judgement(every_dimension(float(scores[i]))),
            )
            for i in range(300)
        ]
        choice = choose_threshold(observations, np.arange(300) % 2 == 0, rubric, target=0.95)
        if choice.fit_precision is None:
            continue
        num_chosen += 1
        assert choice.accept_at is not None or choice.precision.high is not None
        at = min(p.accept_at for p in choice.curve if p.precision == choice.fit_precision)
        truth = Estimate(float(chance_of_good(grid[grid >= at]).mean()))
        hits += covers(choice.precision, truth)
    assert num_chosen > 54
    assert hits >= 0.9 * num_chosen


def test_perfect_and_random_judges() -> None:
    rng = np.random.default_rng(0)
    human = points_of(rng.integers(0, LEVELS, size=400))
    resamples = Resamples([str(i) for i in range(400)], num_resamples=200, seed=0)
    perfect = measure_agreement(human, human, LEVELS, resamples)
    assert perfect.kappa == Estimate(1.0, 1.0, 1.0)
    assert perfect.mae.value == 0.0
    chance = measure_agreement(rng.permutation(human), human, LEVELS, resamples)
    for name in ("kappa", "spearman", "kendall", "alpha"):
        assert covers(getattr(chance, name), Estimate(0.0)), name
