"""Group diagnostics: variance before shaping, ranks with ties, nulls left out."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr

from assay_rl_rewards.routes.groups import Member, diagnose, rank_correlation

few = st.integers(0, 4).map(float)


def member(reward: float | None, length: int = 10, *, unshaped: float | None = None) -> Member:
    return Member(reward, reward if unshaped is None else unshaped, length, False)


def test_a_penalty_does_not_hide_that_all_answers_are_wrong() -> None:
    found = diagnose("g", [member(-0.1, 5, unshaped=0.0), member(-0.9, 9, unshaped=0.0)])
    assert found.is_zero_variance is True
    assert found.std == pytest.approx(0.4)


def test_nulls_count_as_rollouts_and_as_nothing_else() -> None:
    found = diagnose("g", [member(1.0), member(None), member(0.0)])
    assert (found.num_rollouts, found.num_scored) == (3, 2)
    assert (found.mean, found.std) == (0.5, 0.5)
    assert found.is_zero_variance is False


def test_a_group_without_a_reward_says_nothing() -> None:
    found = diagnose("g", [member(None), member(None)])
    assert (found.mean, found.std, found.is_zero_variance) == (None, None, None)
    assert found.length_correlation is None


def test_variance_needs_two_rewards() -> None:
    assert diagnose("g", [member(1.0), member(None)]).is_zero_variance is None


def test_rounding_is_no_variance() -> None:
    assert diagnose("g", [member(0.3), member(0.1 + 0.2)]).is_zero_variance is True


def test_truncated_ones_are_a_share_of_all() -> None:
    members = [Member(None, None, 10, True), Member(1.0, 1.0, 10, False)]
    assert diagnose("g", members).truncated_share == 0.5


@given(st.lists(st.tuples(few, few), min_size=2, max_size=30))
def test_the_correlation_is_spearmans_with_ties(pairs: list[tuple[float, float]]) -> None:
    first, second = [a for a, _ in pairs], [b for _, b in pairs]
    found = rank_correlation(first, second)
    if len(set(first)) == 1 or len(set(second)) == 1:
        assert found is None
    else:
        assert found == pytest.approx(spearmanr(first, second).statistic, abs=1e-9)
        assert found is not None and math.fabs(found) <= 1.0
