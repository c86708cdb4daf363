"""Scores from distributions: exact against numpy, careful with what a server cannot show."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.domain.errors import JudgeBackendError
from assay.domain.judgement import DimensionScore
from assay_judge.backend.contract import LabelRead
from assay_judge.reading.distribution import mean_score, score_of_read, yes_probability

POINTS = np.arange(1, 6)
weights = st.lists(st.floats(0, 1), min_size=5, max_size=5).filter(lambda w: sum(w) > 1e-6)
masses = st.floats(0.5, 1)


def read_of(weights: list[float], mass: float | None = 1.0) -> LabelRead:
    shares = np.array(weights) / sum(weights) * (1.0 if mass is None else mass)
    return LabelRead({str(k): float(p) for k, p in zip(POINTS, shares, strict=True)}, mass)


def sampled(digit: int) -> LabelRead:
    return LabelRead({str(k): float(k == digit) for k in POINTS}, None, is_sampled=True)


def whole(*numbers: int | None) -> list[int]:
    assert None not in numbers
    return [n for n in numbers if n is not None]


@settings(max_examples=300)
@given(weights, masses)
def test_moments_are_those_that_numpy_computes(weights: list[float], mass: float) -> None:
    score = score_of_read(read_of(weights, mass), min_mass=0.4)
    p = np.array(weights) / sum(weights)
    mean = float(p @ POINTS)
    entropy = -float(sum(x * np.log2(x) for x in p if x > 0))
    found, spread, bits, share = whole(score.score, score.spread, score.entropy, score.mass)
    assert abs(found - 1000 * mean) <= 5.001
    assert found % 10 == 0
    assert abs(spread - 1000 * math.sqrt(max(0.0, float(p @ (POINTS - mean) ** 2)))) <= 0.6
    assert abs(bits - 1000 * entropy) <= 0.6
    assert abs(share - 1000 * mass) <= 0.51
    assert score.distribution is not None
    assert sum(score.distribution) == 1000
    assert np.abs(np.array(score.distribution) - 1000 * p).max() < 1


@settings(max_examples=300)
@given(weights | st.permutations([0.5, 1.5, 2.5, 497.5, 498.0]))  # remainders that are alike
def test_largest_remainders_are_rounded_up(weights: list[float]) -> None:
    shares = [weight / math.fsum(weights) for weight in weights]
    scaled = [1000 * (share / math.fsum(shares)) for share in shares]
    expected = [math.floor(share) for share in scaled]
    by_remainder = sorted(range(5), key=lambda i: expected[i] - scaled[i])
    for i in by_remainder[: 1000 - sum(expected)]:
        expected[i] += 1
    read = LabelRead(dict(zip("12345", shares, strict=True)), None)
    assert score_of_read(read, min_mass=0.5).distribution == tuple(expected)


@given(weights, masses)
def test_mass_does_not_move_the_score(weights: list[float], mass: float) -> None:
    masked = score_of_read(read_of(weights, None), min_mass=0.9)
    seen = score_of_read(read_of(weights, mass), min_mass=0.4)
    assert masked.mass is None
    assert abs((masked.score or 0) - (seen.score or 0)) <= 10  # one step of rounding
    assert masked.features == seen.features == {}


@pytest.mark.parametrize(
    ("shares", "score", "spread", "entropy"),
    [
        ([0, 0, 0, 0, 1], 5000, 0, 0),
        ([1, 0, 0, 0, 0], 1000, 0, 0),
        ([0, 0, 0, 0.5, 0.5], 4500, 500, 1000),
        ([0.2] * 5, 3000, 1414, 2322),
        ([0.5, 0, 0, 0, 0.5], 3000, 2000, 1000),
    ],
)
def test_known_distributions(shares: list[float], score: int, spread: int, entropy: int) -> None:
    found = score_of_read(read_of(shares), min_mass=0.5)
    assert (found.score, found.spread, found.entropy, found.mass) == (score, spread, entropy, 1000)


def test_absent_labels_have_no_probability() -> None:
    found = score_of_read(LabelRead({"4": 0.6, " 5": 0.2}, 0.8), min_mass=0.5)
    assert (found.score, found.mass, found.distribution) == (4250, 800, (0, 0, 0, 750, 250))


def test_too_little_mass_is_no_score() -> None:
    read = read_of([0, 0, 0, 0.5, 0.5], 0.3)
    with pytest.raises(
        JudgeBackendError, match=r"at least 0\.500 on the labels, found 0\.300"
    ) as e:
        score_of_read(read, min_mass=0.5)
    assert e.value.code == "low_label_mass"
    assert score_of_read(read, min_mass=0.3).score == 4500


def test_no_mass_at_all_is_low_mass() -> None:
    with pytest.raises(JudgeBackendError) as caught:
        score_of_read(LabelRead(dict.fromkeys("12345", 0.0), 0.0), min_mass=0.5)
    assert caught.value.code == "low_label_mass"


@pytest.mark.parametrize(
    "read",
    [
        LabelRead({}, None),
        LabelRead(dict.fromkeys("12345", 0.0), None),
        LabelRead({"5": math.nan}, None),
        LabelRead({"5": -0.1, "4": 0.5}, None),
        LabelRead({"5": 0.9, "4": 0.9}, None),
        LabelRead({"5": 1.5}, None),
        LabelRead({"6": 1.0}, None),
        LabelRead({"yes": 1.0}, None),
        LabelRead({"5": 0.9}, math.nan),
        LabelRead({"5": 0.9}, 1.7),
        LabelRead({}, None, is_sampled=True),
    ],
    ids=range(11),
)
def test_what_is_no_distribution_is_malformed(read: LabelRead) -> None:
    with pytest.raises(JudgeBackendError) as caught:
        score_of_read(read, min_mass=0.5)
    assert caught.value.code == "malformed"


def test_float_noise_above_one_is_no_fault() -> None:
    read = LabelRead({"5": 0.6000001, "4": 0.4000001}, 1.0000002)
    assert score_of_read(read, min_mass=0.5).mass == 1000


@pytest.mark.parametrize("digit", range(1, 6))
def test_a_sampled_token_claims_no_spread(digit: int) -> None:
    assert score_of_read(sampled(digit), min_mass=0.9) == DimensionScore(
        score=1000 * digit, features={"sampled": 1.0}
    )


@given(st.lists(weights, min_size=2, max_size=6))
def test_mean_is_the_mixture(lists: list[list[float]]) -> None:
    blend = mean_score([score_of_read(read_of(w, 0.8), min_mass=0.5) for w in lists])
    p = np.mean([np.array(w) / sum(w) for w in lists], axis=0)
    mean = float(p @ POINTS)
    score, spread, entropy = whole(blend.score, blend.spread, blend.entropy)
    assert abs(score - 1000 * mean) <= 10.1  # parts and mixture are rounded to .01 point each
    variance = 1e6 * float(p @ (POINTS - mean) ** 2)
    assert abs(spread**2 - variance) <= 2 * 2000 * 10  # 10 thousandths on at most 2 points
    shares = np.array(blend.distribution) / 1000
    assert np.abs(shares - p).max() < 0.002
    bits = -float(sum(x * np.log2(x) for x in shares if x > 0))
    assert abs(entropy - 1000 * bits) < 25
    assert blend.mass == 800
    assert blend.features == {"reads": len(lists)}


def test_several_sampled_tokens_are_an_empirical_distribution() -> None:
    blend = mean_score([score_of_read(sampled(d), min_mass=0.5) for d in (4, 4, 5, 3)])
    assert (blend.score, blend.spread, blend.mass) == (4000, 707, None)
    assert blend.distribution == (0, 0, 250, 500, 250)
    assert blend.features == {"sampled": 1.0, "reads": 4.0}


def test_mean_of_one_is_itself_and_of_unscored_ones_unscored() -> None:
    one = score_of_read(sampled(4), min_mass=0.5)
    none = DimensionScore(features={"why": 1.0})
    assert mean_score([one]) == mean_score([none, one]) == one
    assert mean_score([none, none]) == none
    with pytest.raises(ValueError, match="at least one score"):
        mean_score([])


def test_mean_keeps_no_mass_where_one_read_has_none() -> None:
    parts = [score_of_read(read_of([0, 0, 0, 0, 1], m), min_mass=0.5) for m in (0.9, None)]
    assert mean_score(parts).mass is None


def test_mean_with_a_score_that_shows_no_distribution_claims_none() -> None:
    blend = mean_score([DimensionScore(score=4200), score_of_read(sampled(5), min_mass=0.5)])
    assert (blend.score, blend.spread, blend.entropy, blend.distribution) == (
        4600,
        None,
        None,
        None,
    )


@pytest.mark.parametrize(
    ("chances", "mass", "expected"),
    [
        ({"yes": 0.6, "no": 0.2}, 0.8, 0.75),
        ({"Yes": 0.3, "yes": 0.3, " no": 0.2}, 0.8, 0.75),
        ({"yes": 1.0, "no": 0.0}, None, 1.0),
        ({"no": 1.0}, None, 0.0),
    ],
)
def test_yes_is_normalised(chances: dict[str, float], mass: float | None, expected: float) -> None:
    assert yes_probability(LabelRead(chances, mass), min_mass=0.5) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("read", "code"),
    [
        (LabelRead({"yes": 0.2, "no": 0.1}, 0.3), "low_label_mass"),
        (LabelRead({}, None), "malformed"),
        (LabelRead({"5": 1.0}, None), "malformed"),
    ],
)
def test_yes_needs_mass_and_its_labels(read: LabelRead, code: str) -> None:
    with pytest.raises(JudgeBackendError) as caught:
        yes_probability(read, min_mass=0.5)
    assert caught.value.code == code
