"""Penalties are 0 where they should be, -1 at most, and fall in between."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay_rl_rewards.routes.route import LengthShaping, OverlongShaping, RepetitionShaping
from assay_rl_rewards.routes.shaping import length_penalty, overlong_penalty, repetition_penalty

# The example of the paper: 16,384 tokens are free, 20,480 are the limit.
DAPO = OverlongShaping(type="overlong", name="o", max_tokens=20_480, cache_tokens=4_096)


@pytest.mark.parametrize(
    ("num_tokens", "expected"),
    [(0, 0.0), (16_384, 0.0), (17_408, -0.25), (18_432, -0.5), (20_480, -1.0), (1 << 30, -1.0)],
)
def test_overlong_follows_equation_13_and_is_clamped(num_tokens: int, expected: float) -> None:
    assert overlong_penalty(DAPO, num_tokens) == expected


@given(st.integers(0, 1 << 31), st.integers(0, 1 << 31))
def test_longer_is_never_better_and_never_below_minus_one(first: int, second: int) -> None:
    shaping = LengthShaping(type="length", name="l", free_tokens=100, full_tokens=1_000)
    shorter, longer = sorted((first, second))
    assert -1.0 <= overlong_penalty(DAPO, longer) <= overlong_penalty(DAPO, shorter) <= 0.0
    assert -1.0 <= length_penalty(shaping, longer) <= length_penalty(shaping, shorter) <= 0.0


def test_repetition_is_free_up_to_its_share() -> None:
    shaping = RepetitionShaping(type="repetition", name="r", free_share=0.2, full_share=0.6)
    assert [repetition_penalty(shaping, share) for share in (0.0, 0.2, 0.4, 0.6, 1.0)] == [
        0.0,
        0.0,
        pytest.approx(-0.5),
        -1.0,
        -1.0,
    ]
