from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.domain.errors import ConfigError
from assay.domain.judgement import Usage
from assay_judge.cost.prices import ModelPrice, PriceTable, describe_money, load_prices

TABLE = PriceTable(
    version="test",
    local=("local/*",),
    models=(
        ModelPrice(
            match="vendor/small-*",
            prompt=Decimal("0.15"),
            cached=Decimal("0.075"),
            completion=Decimal("0.6"),
        ),
        ModelPrice(match="vendor/*", prompt=Decimal(3), completion=Decimal(15)),
    ),
)
tokens = st.integers(0, 10**9)


def _usage(prompt: int, completion: int, cached: int | None = None) -> Usage:
    return Usage(
        num_prompt_tokens=prompt, num_completion_tokens=completion, num_cached_tokens=cached
    )


def test_the_shipped_table_invents_no_price() -> None:
    table = load_prices()
    assert table.models == ()
    assert table.cost("anything", _usage(1_000_000, 1)) is None


def test_a_price_per_million_tokens_is_paid_for_a_million_tokens() -> None:
    assert TABLE.cost("vendor/large", _usage(1_000_000, 1_000_000)) == 18_000_000


def test_the_first_match_counts() -> None:
    assert TABLE.cost("vendor/small-3", _usage(1_000_000, 0)) == 150_000


def test_cached_tokens_have_their_own_price_where_they_are_known() -> None:
    assert TABLE.cost("vendor/small-3", _usage(1_000_000, 0, 400_000)) == 120_000
    assert TABLE.cost("vendor/small-3", _usage(1_000_000, 0, None)) == 150_000


def test_cached_tokens_without_a_price_of_their_own_cost_as_others() -> None:
    assert TABLE.cost("vendor/large", _usage(1_000_000, 0, 999_999)) == 3_000_000


def test_local_models_cost_nothing_and_unknown_ones_have_no_cost() -> None:
    assert TABLE.cost("local/mine", _usage(10**9, 10**9)) == 0
    assert TABLE.cost("Vendor/large", _usage(1, 1)) is None  # case counts


def test_the_smallest_use_is_never_free() -> None:
    assert TABLE.cost("vendor/small-3", _usage(1, 0, 1)) == 1


@given(tokens, tokens, st.none() | tokens, tokens)
def test_more_tokens_never_cost_less(
    prompt: int, completion: int, cached: int | None, more: int
) -> None:
    before = TABLE.cost("vendor/small-3", _usage(prompt, completion, cached))
    after = TABLE.cost("vendor/small-3", _usage(prompt + more, completion, cached))
    assert before is not None and after is not None
    assert after >= before


@given(st.lists(st.tuples(tokens, tokens), max_size=20))
def test_a_sum_costs_at_most_what_its_parts_cost(parts: list[tuple[int, int]]) -> None:
    usages = [_usage(*part) for part in parts]
    whole = TABLE.cost("vendor/small-3", sum(usages, Usage()))
    each = [TABLE.cost("vendor/small-3", usage) or 0 for usage in usages]
    assert whole is not None
    assert whole <= sum(each) <= whole + len(each)


def test_more_cached_tokens_than_prompt_tokens_are_no_gain() -> None:
    assert TABLE.cost("vendor/small-3", _usage(100, 0, 10**6)) == 8


@pytest.mark.parametrize(
    "body",
    [
        "version: x\nmodels: [{match: a, prompt: -1, completion: 1}]",
        "version: x\nmodels: [{match: a, prompt: 1}]",
        "models: []",
        "version: x\nprice: 1",
        "version: x\nmodels: [{match: a, prompt: .nan, completion: 1}]",
    ],
)
def test_a_table_that_makes_no_sense_is_refused(tmp_path: Path, body: str) -> None:
    path = tmp_path / "prices.yaml"
    path.write_text(body)
    with pytest.raises(ConfigError, match="not valid"):
        load_prices(str(path))


def test_prices_in_a_file_are_exact(tmp_path: Path) -> None:
    path = tmp_path / "prices.yaml"
    path.write_text("version: x\nmodels: [{match: m, prompt: 0.1, completion: 0.3}]")
    assert load_prices(str(path)).cost("m", _usage(10**10, 0)) == 10**9  # no 0.1000000000000000055


def test_money_is_shown_in_cents_or_in_millionths() -> None:
    assert describe_money(5_000_000) == "$5.00"
    assert describe_money(1_234_567_890_000) == "$1,234,567.89"
    assert describe_money(1) == "$0.000001"
