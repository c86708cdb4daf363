import random
from collections.abc import Mapping
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.domain.errors import ConfigError
from assay.domain.reward import RewardDomain
from assay_rl_rewards.plans.countdown import check_countdown
from assay_rl_rewards.tasks.making.calendars import CalendarDay, count_days, find_day, weekday_of
from assay_rl_rewards.tasks.making.drafts import Draft, ExhaustedError, stream_tasks
from assay_rl_rewards.tasks.making.formulas import Formula, relation, tell
from assay_rl_rewards.tasks.making.logic_worlds import (
    Claim,
    Order,
    draw_claims,
    draw_order,
    solve_claims,
    solve_order,
)
from assay_rl_rewards.tasks.making.logical_reasoning import solve_countdown
from assay_rl_rewards.tasks.making.model_card import read_card

P, Q = Formula("p"), Formula("q")
NOT_P = Formula("not", (P,))


@given(st.dates())
def test_the_calendar_agrees_with_the_standard_library(day: date) -> None:
    ours = CalendarDay(day.year, day.month, day.day)
    assert find_day(count_days(ours)) == ours
    assert count_days(ours) - count_days(CalendarDay(1, 1, 1)) == day.toordinal() - 1
    assert weekday_of(ours) == day.weekday()
    assert str(ours) == day.isoformat()


def test_the_truth_table_decides_entailment() -> None:
    names = ("p", "q")
    assert relation([Formula("if", (P, Q)), P], Q, names) == "follows"
    assert relation([Formula("or", (P, Q)), NOT_P], Formula("not", (Q,)), names) == "contradicted"
    assert relation([Formula("or", (P, Q))], Q, names) == "open"
    assert relation([P, NOT_P], Q, names) is None
    assert relation([Formula("and", (P, Q))], Q, names) == "follows"


def test_a_formula_is_told_by_its_parts() -> None:
    words = {"not": "not {0}", "if": "if {0} then {1}"}
    told = tell(Formula("if", (NOT_P, Q)), {"p": "it rains", "q": "it is dry"}, words)
    assert told == "if not it rains then it is dry"


def test_knights_and_knaves_by_hand() -> None:
    # 0 says: 1 is a knave; 1 says: 0 and 2 are of the same kind; 2 says: 1 is a knight.
    claims = [Claim(0, "knave", 1, 2), Claim(1, "same", 0, 2), Claim(2, "knight", 1, 0)]
    assert solve_claims(claims, 3) == [(True, False, False)]


def test_orders_by_hand() -> None:
    statements = [Order("next_before", 0, 1), Order("before", 1, 2)]
    assert solve_order(statements, 3) == [(0, 1, 2)]
    assert len(solve_order([Order("adjacent", 0, 1)], 3)) == 4
    assert solve_order([Order("not_at", 0, 0), Order("not_at", 0, 1)], 2) == []


@pytest.mark.parametrize("seed", range(6))
def test_what_is_drawn_has_one_solution(seed: int) -> None:
    chance = random.Random(seed)
    drawn = draw_claims(chance, 3)
    if drawn is not None:
        assert solve_claims(drawn[0], 3) == [drawn[1]]
    statements, order = draw_order(chance, 4)
    assert [list(each) for each in solve_order(statements, 4)] == [list(order)]
    assert all(len(solve_order([s for s in statements if s != t], 4)) > 1 for t in statements)


def test_the_numbers_game_is_solved_or_said_to_be_impossible() -> None:
    solution = solve_countdown([3, 3, 8, 8], 24)
    assert solution is not None
    assert check_countdown(solution, numbers=(3, 3, 8, 8), target=24, uses_all=True) is None
    assert solve_countdown([1, 1, 1, 1], 99) is None


def test_a_maker_with_nothing_new_to_ask_says_so() -> None:
    stream = stream_tasks(RewardDomain.MATH, 1, lambda chance: Draft("the same", 1, {}))
    assert next(stream)["reference"] == 1
    with pytest.raises(ExhaustedError):
        next(stream)


def test_a_system_turn_stands_before_the_question() -> None:
    stream = stream_tasks(RewardDomain.MATH, 1, lambda c: Draft("q", 1, {}, system="s"))
    assert next(stream)["messages"] == [
        {"role": "system", "content": "s"},
        {"role": "user", "content": "q"},
    ]


@pytest.mark.parametrize("card", [{}, {"name": "X"}, {"name": 7, "maker": "Y"}])
def test_an_incomplete_card_is_refused(card: Mapping[str, object]) -> None:
    with pytest.raises(ConfigError, match="expected a model card"):
        read_card(card)
