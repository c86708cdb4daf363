"""When two results say the same."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay_rl_rewards.sql.comparison import are_equal
from assay_rl_rewards.sql.result import Row, Table


def table(*rows: Row) -> Table:
    return Table(len(rows[0]) if rows else 1, rows)


def equal(gold: Table, answer: Table, *, is_ordered: bool = False, swaps: bool = False) -> bool:
    return are_equal([gold], [answer], is_ordered=is_ordered, any_column_order=swaps)


@pytest.mark.parametrize(
    ("gold", "answer"),
    [
        (table((1,), (2,)), table((2,), (1,))),
        (table((3,)), table((3.0,))),
        (table((0.1 + 0.2,)), table((0.3,))),
        (table((1_000_000.0,)), table((1_000_000.5,))),
        (table((0.0,)), table((1e-17,))),
        (table((None, "a")), table((None, "a"))),
        (table(("caf\u00e9",)), table(("cafe\u0301",))),
        (table((b"\x01",)), table((b"\x01",))),
        (table((float("inf"),)), table((float("inf"),))),
    ],
)
def test_same_results_are_equal(gold: Table, answer: Table) -> None:
    assert equal(gold, answer)
    assert equal(answer, gold)


@pytest.mark.parametrize(
    ("gold", "answer"),
    [
        (table((1,), (1,), (2,)), table((1,), (2,), (2,))),  # a set would not see it
        (table((1,), (1,)), table((1,))),
        (table((3,)), table(("3",))),
        (table((None,)), table((0,))),
        (table((None,)), table(("",))),
        (table((None,)), table(("None",))),
        (table((0,)), table(("",))),
        (table(("a",)), table(("A",))),
        (table(("a",)), table(("a ",))),
        (table(("a",)), table((b"a",))),
        (table((1_000_000,)), table((1_000_001,))),  # whole numbers have no tolerance
        (table((1.0,)), table((1.00001,))),
        (table((1e-7,)), table((2e-7,))),
        (table((1, 2)), table((1,))),
        (table((1, 2)), table((1, 2, 3))),
        (table((1, "a"), (2, "b")), table((1, "b"), (2, "a"))),
        (Table(1, ()), Table(2, ())),
        (table(("\ufb01",)), table(("fi",))),  # NFC, not NFKC
    ],
)
def test_other_results_differ(gold: Table, answer: Table) -> None:
    assert not equal(gold, answer)
    assert not equal(answer, gold)


def test_order_counts_only_where_it_is_asked_for() -> None:
    gold, answer = table((1,), (2,)), table((2,), (1,))

    assert equal(gold, answer)
    assert not equal(gold, answer, is_ordered=True)
    assert equal(gold, gold, is_ordered=True)


def test_columns_swap_only_where_the_task_says_so() -> None:
    gold, answer = table((1, "a"), (2, "b")), table(("b", 2), ("a", 1))

    assert not equal(gold, answer)
    assert equal(gold, answer, swaps=True)
    assert not equal(gold, table(("b", 1), ("a", 2)), swaps=True)
    assert not equal(gold, answer, is_ordered=True, swaps=True)
    assert equal(gold, table(("a", 1), ("b", 2)), is_ordered=True, swaps=True)


def test_columns_swap_in_the_same_way_on_all_databases() -> None:
    golds = [table((1, 2)), table((3, 4))]

    assert are_equal(golds, [table((2, 1)), table((4, 3))], is_ordered=False, any_column_order=True)
    assert not are_equal(
        golds, [table((2, 1)), table((3, 4))], is_ordered=False, any_column_order=True
    )


def test_more_than_six_columns_stay_in_place() -> None:
    gold, answer = table(tuple(range(7))), table((1, 0, 2, 3, 4, 5, 6))

    assert equal(gold, gold, swaps=True)
    assert not equal(gold, answer, swaps=True)


def test_rows_whose_first_numbers_differ_by_rounding_alone_are_paired() -> None:
    gold = table((0.3, 1.0), (0.3, 2.0))
    answer = table((0.1 + 0.2, 1.0), (0.3, 2.0))

    assert equal(gold, answer)
    assert not equal(gold, table((0.1 + 0.2, 1.0), (0.3, 1.0)))


def test_combining_marks_in_long_text_take_no_square_time() -> None:
    marks = "\u0300\u0316" * 100_000

    assert not equal(table((marks,)), table((marks + "a",)))
    assert equal(table((marks,)), table((marks,)))


CELLS = st.one_of(
    st.none(), st.text("ab\u00e9", max_size=2), st.integers(-3, 3), st.floats(-4, 4).map(abs)
)
ROWS = st.integers(1, 4).flatmap(
    lambda n: st.lists(st.tuples(*[CELLS] * n), min_size=1, max_size=8)
)


@given(ROWS, st.randoms(use_true_random=False), st.integers(-4, 4))
def test_shuffled_rows_with_other_rounding_are_equal(
    rows: list[Row], chance: random.Random, ulps: int
) -> None:
    noisy: list[Row] = [
        tuple(c * (1 + ulps * 1e-12 * chance.random()) if isinstance(c, float) else c for c in row)
        for row in rows
    ]
    chance.shuffle(noisy)

    assert equal(table(*rows), table(*noisy))


@given(ROWS, st.data())
def test_one_changed_cell_makes_a_difference(rows: list[Row], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(rows) - 1))
    column = data.draw(st.integers(0, len(rows[0]) - 1))
    changed = list(rows)
    row = list(rows[index])
    row[column] = "another"
    changed[index] = tuple(row)

    assert not equal(table(*rows), table(*changed))
    assert not equal(table(*rows), table(*changed), swaps=True)
