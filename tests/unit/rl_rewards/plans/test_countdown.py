import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay_rl_rewards.plans.countdown import check_countdown

NUMBERS = (8, 4, 7, 1)


def _fault(text: str, *, uses_all: bool = True) -> str | None:
    return check_countdown(text, numbers=NUMBERS, target=24, uses_all=uses_all)


@pytest.mark.parametrize(
    "text",
    [
        "(8-4)*(7-1)", "(7 − 1) × (8 − 4)", "(8-4)\\times(7-1)", "(8-4)*(7-1) = 24",
        "\\left(8-4\\right) \\cdot (7-1)", "(٨-٤)*(٧-١)",
    ],
)  # fmt: skip
def test_expressions_that_make_the_target(text: str) -> None:
    assert _fault(text) is None


def test_other_numbers_that_make_the_target_earn_nothing() -> None:
    assert _fault("4*6*1*1") == "the numbers used are not those given"
    assert _fault("24") == "the numbers used are not those given"


def test_a_number_used_twice_or_left_out_earns_nothing() -> None:
    assert _fault("8*4-7-1*1") is not None
    assert check_countdown("4*8-8", numbers=(4, 8, 8, 2), target=24, uses_all=True) is not None
    assert check_countdown("4*8-8", numbers=(4, 8, 8, 2), target=24, uses_all=False) is None
    assert check_countdown("3*8", numbers=(3, 8), target=24, uses_all=True) is None


def test_digits_are_not_joined_and_signs_stand_between_numbers() -> None:
    assert check_countdown("24", numbers=(2, 4), target=24, uses_all=True) is not None
    assert check_countdown("2 4", numbers=(2, 4), target=24, uses_all=True) is not None
    assert check_countdown("-4+2", numbers=(2, 4), target=-2, uses_all=True) is not None


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')", "8**4", "8^4", "(8-4)*(7-1", "8//4", "(8-4)*(7-1)=25",
        "8-4*7-1", "", "8!4", "(" * 300, "8/(4-4)", "=24", "(8-4)(7-1)", "lambda: 24",
    ],
)  # fmt: skip
def test_no_other_text_is_an_expression(text: str) -> None:
    assert _fault(text) is not None


def test_a_long_expression_is_not_read() -> None:
    assert _fault("(8-4)*(7-1)" + " " * 400) == "the expression is too long"


def test_division_is_exact() -> None:
    assert check_countdown("8/(3-8/3)", numbers=(3, 3, 8, 8), target=24, uses_all=True) is None
    assert check_countdown("7/2*2", numbers=(7, 2, 2), target=7, uses_all=True) is None


@given(st.text(alphabet="0123456789+-*/()= ", max_size=80))
def test_any_expression_is_judged(text: str) -> None:
    told = _fault(text)
    assert told is None or told
