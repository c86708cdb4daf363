"""Polynomials are compared exactly, and everything else is left to computer algebra."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay_rl_rewards.answers.polynomials import are_same_polynomials, read_polynomial
from assay_rl_rewards.answers.symbolic import Equality, compare


@pytest.mark.parametrize(
    ("left", "right", "are_same"),
    [
        ("x^2+2x+1", "(x+1)^{2}", True),
        ("x^2-1", "(x-1) \\cdot (x+1)", True),
        ("\\frac{x}{2}", "0.5x", True),
        ("-(x-y)", "y-x", True),
        ("2xy", "y*2*x", True),
        ("x^2+2x+1", "x^2+2x+1.0000000001", False),
        ("x-x", "0", True),
    ],
)
def test_equal_polynomials_are_told_as_computer_algebra_tells_them(
    left: str, right: str, are_same: bool
) -> None:
    assert are_same_polynomials(left, right) is are_same
    assert (compare(left, right) is Equality.EQUAL) is are_same


@pytest.mark.parametrize(
    "text",
    [
        "1/2x", "x_1", "x2", "2 3", "x^12", "x^{-1}", "x^{y}", "x^2^3", "f(x)", "e^{2}", "i", "x=1",
        "\\sqrt{x}", "2\\frac{1}{2}", "\\frac{1}{x}", "\\frac12", "(x", "x)", "x+", "", "x,y", "x!",
        "(x+1)^{25}", "(a+b+c+d)^{9}", "(" * 13 + "x" + ")" * 13, "x" * 401,
    ],
)  # fmt: skip
def test_what_has_another_meaning_or_is_large_is_left_alone(text: str) -> None:
    assert read_polynomial(text) is None


@given(st.lists(st.tuples(st.integers(-99, 99), st.integers(0, 6)), min_size=1, max_size=6))
def test_the_order_of_terms_does_not_matter(terms: list[tuple[int, int]]) -> None:
    def write(parts: list[tuple[int, int]]) -> str:
        return "+".join(f"({scale})x^{{{power}}}" for scale, power in parts)

    assert are_same_polynomials(write(terms), write(terms[::-1])) is True
    assert are_same_polynomials(write(terms), write(terms) + "+1") is False


@given(st.text("0123456789xy+-*^(){}\\frac .", max_size=60))
def test_any_text_is_read_or_not_without_an_error(text: str) -> None:
    read_polynomial(text)


def test_other_letters_are_left_to_computer_algebra() -> None:
    assert are_same_polynomials("x+1", "X+1") is None
