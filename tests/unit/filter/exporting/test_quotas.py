"""Whole numbers by weight: sums, caps, no repeats unasked."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.domain.errors import ConfigError
from assay_filter.exporting.quotas import Quota, allocate, apportion

WEIGHTS = st.floats(1e-3, 1e6)
COUNTS = st.integers(0, 10_000)
FIXED = st.builds(Quota, st.text(max_size=3), COUNTS, rows=COUNTS, max_repeats=st.integers(1, 5))
WEIGHTED = st.builds(
    Quota, st.text(max_size=3), st.integers(1, 10_000), weight=WEIGHTS,
    max_repeats=st.integers(1, 5),
)  # fmt: skip
QUOTAS = st.lists(FIXED | WEIGHTED, max_size=8)


@given(st.integers(0, 10**9), st.lists(WEIGHTS, min_size=1, max_size=20))
def test_shares_add_up_and_differ_from_the_exact_by_less_than_one(
    total: int, weights: list[float]
) -> None:
    exact = [Fraction(weight) for weight in weights]
    shares = apportion(total, exact)
    assert sum(shares) == total
    for share, weight in zip(shares, exact, strict=True):
        assert abs(share - total * weight / sum(exact)) < 1


@given(QUOTAS, st.none() | st.integers(1, 50_000), st.none() | st.integers(1, 50_000))
def test_nobody_gives_more_than_asked_or_had(
    quotas: list[Quota], total_rows: int | None, max_rows: int | None
) -> None:
    fixed = sum(quota.rows or 0 for quota in quotas)
    if total_rows is not None and fixed > total_rows:
        with pytest.raises(ConfigError, match="total_rows"):
            allocate(quotas, total_rows=total_rows, max_rows=max_rows)
        return
    found = allocate(quotas, total_rows=total_rows, max_rows=max_rows)
    assert [quota.name for quota in found] == [quota.name for quota in quotas]
    for quota in found:
        assert 0 <= quota.given <= min(quota.asked, quota.capacity)
        assert quota.rows is None or quota.asked == quota.rows
    given_rows = sum(quota.given for quota in found)
    unlimited = allocate(quotas, total_rows=total_rows)
    assert given_rows == min(sum(quota.given for quota in unlimited), max_rows or given_rows)
    if total_rows is not None and any(quota.weight for quota in quotas):
        assert sum(quota.asked for quota in found) == total_rows


@given(st.lists(WEIGHTED, min_size=1, max_size=8))
def test_weights_without_a_total_leave_nobody_short_by_more_than_rounding(
    quotas: list[Quota],
) -> None:
    found = allocate(quotas)
    whole = sum(Fraction(quota.weight or 0) for quota in quotas)
    pool = sum(quota.asked for quota in found)
    for quota in found:
        assert quota.short in (0, 1)
        assert abs(quota.asked - pool * Fraction(quota.weight or 0) / whole) < 1
    larger = pool + len(quotas) + 1  # and more would be too much for somebody
    exact = [larger * Fraction(quota.weight or 0) / whole for quota in quotas]
    assert any(share > q.capacity for share, q in zip(exact, quotas, strict=True))


def test_short_group_is_not_filled_up_by_others() -> None:
    found = allocate([Quota("a", 10, weight=1), Quota("b", 1000, weight=1)], total_rows=100)
    assert [(q.asked, q.given, q.short) for q in found] == [(50, 10, 40), (50, 50, 0)]


def test_repeats_only_where_they_are_allowed() -> None:
    found = allocate([Quota("a", 10, rows=25), Quota("b", 10, rows=25, max_repeats=3)])
    assert [q.given for q in found] == [10, 25]


def test_empty_group_with_a_weight_needs_a_total() -> None:
    quotas = [Quota("none", 0, weight=1), Quota("some", 5, weight=1)]
    with pytest.raises(ConfigError, match="'none'"):
        allocate(quotas)
    assert [q.given for q in allocate(quotas, total_rows=6)] == [0, 3]
