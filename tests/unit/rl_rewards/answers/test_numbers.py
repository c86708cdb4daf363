from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay_rl_rewards.answers.numbers import (
    MAX_DIGITS,
    DecimalMark,
    Number,
    NumberKind,
    is_same_value,
    read_number,
)

INTEGER, DECIMAL = NumberKind.INTEGER, NumberKind.DECIMAL
FRACTION, SCIENTIFIC = NumberKind.FRACTION, NumberKind.SCIENTIFIC


@pytest.mark.parametrize(
    ("text", "value", "kind"),
    [
        ("5", "5", INTEGER),
        ("-5", "-5", INTEGER),
        ("- 5", "-5", INTEGER),
        ("$5$", "5", INTEGER),
        ("5.", "5", INTEGER),
        ("5.0", "5", INTEGER),
        (r"\text{5}", "5", INTEGER),
        ("1,234,567", "1234567", INTEGER),
        ("12,34,567", "1234567", INTEGER),
        (r"1\,000", "1000", INTEGER),
        (r"1{,}000", "1000", INTEGER),
        ("１２３", "123", INTEGER),
        ("١٬٢٣٤", "1234", INTEGER),
        ("٣٫١٤", "3.14", DECIMAL),
        (".5", "0.5", DECIMAL),
        ("1/2", "1/2", FRACTION),
        (r"-\dfrac{1}{2}", "-1/2", FRACTION),
        (r"\frac{-1}{2}", "-1/2", FRACTION),
        (r"\frac12", "1/2", FRACTION),
        ("½", "1/2", FRACTION),
        ("2½", "5/2", FRACTION),
        (r"-2\frac{1}{2}", "-5/2", FRACTION),
        ("1.5e3", "1500", SCIENTIFIC),
        (r"1.5 \times 10^{-3}", "0.0015", SCIENTIFIC),
        ("3×10⁵", "300000", SCIENTIFIC),
    ],
)
def test_numerals_are_read_exactly(text: str, value: str, kind: NumberKind) -> None:
    assert read_number(text) == Number(Fraction(value), kind)


@pytest.mark.parametrize(
    "text",
    [
        r"123 \times 456",
        "123*456",
        "2^10",
        "2+3",
        "--5",
        "x=5",
        "4=3",
        "3 or 4",
        "3, 4",
        "5 cm",
        "1,22",
        "1,2345",
        "0,123",
        "1.2.3",
        "1 2",
        "1/0",
        "1/2/3",
        "",
        "-",
        ".",
        "five",
    ],
)
def test_unsolved_and_other_text_is_not_a_number(text: str) -> None:
    assert read_number(text) is None


@pytest.mark.parametrize("text", ["12/4", "6/8", "4/1", r"\frac{6}{8}", r"1\frac{3}{2}", "0/3"])
def test_a_division_left_undone_is_not_reduced(text: str) -> None:
    number = read_number(text)
    assert number is not None
    assert not number.is_reduced


@pytest.mark.parametrize("text", ["50%", r"50\%", "50 %", "٥٠٪"[:2] + "%"])
def test_percentages_keep_their_sign(text: str) -> None:
    assert read_number(text) == Number(Fraction(50), INTEGER, is_percent=True)


@pytest.mark.parametrize(
    ("text", "point", "comma", "either"),
    [
        ("1.234", "1.234", "1234", None),  # ambiguous: refused unless the task says
        ("1,234", "1234", "1.234", None),
        ("3,5", None, "3.5", "3.5"),
        ("3.5", "3.5", None, "3.5"),
        ("1.234,5", None, "1234.5", "1234.5"),
        ("0.125", "0.125", None, "0.125"),
        ("1 234", "1234", "1234", "1234"),
    ],
)
def test_the_decimal_mark_follows_the_task(
    text: str, point: str | None, comma: str | None, either: str | None
) -> None:
    for mark, value in zip(DecimalMark, (point, comma, either), strict=True):
        number = read_number(text, mark=mark)
        assert (number and number.value) == (value and Fraction(value))


@pytest.mark.parametrize(
    "text", ["1e1001", "1e99999999999", "10^{99999999}", "1e-1001", "9" * (MAX_DIGITS + 1)]
)
def test_huge_numbers_are_refused_before_they_are_made(text: str) -> None:
    assert read_number(text) is None


@pytest.mark.parametrize(
    ("gold", "answer"),
    [
        ("1e-20", "2e-20"),  # six decimals would not tell them apart
        ("1e-7", "2e-7"),
        ("123456789012345", "123456789012346"),  # nor a relative tolerance
        ("1234567890.12", "1234567890.13"),
        ("0.333", "1/3"),
    ],
)
def test_small_differences_count(gold: str, answer: str) -> None:
    left, right = read_number(gold), read_number(answer)
    assert left is not None
    assert right is not None
    assert not is_same_value(left.value, right.value)


def test_a_long_decimal_is_a_fraction_that_never_ends() -> None:
    assert is_same_value(Fraction(1, 3), Fraction("0.3333333333"))
    assert not is_same_value(Fraction(1, 3), Fraction("0.33333333"))


def test_a_tolerance_is_relative_to_the_gold() -> None:
    tolerance = Fraction(1, 100)
    assert is_same_value(Fraction(200), Fraction(202), tolerance=tolerance)
    assert not is_same_value(Fraction(200), Fraction(203), tolerance=tolerance)
    assert not is_same_value(Fraction(0), Fraction(1, 10**9), tolerance=tolerance)


@given(st.integers(), st.integers(min_value=2, max_value=10**6))
def test_reduced_fractions_are_read_back(above: int, below: int) -> None:
    value = Fraction(above, below)
    if value.denominator > 1:
        assert read_number(str(value)) == Number(value, FRACTION)


@given(st.text("0123456789.,/-+eE %\\frac{}x^*'", max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    for mark in DecimalMark:
        read_number(text, mark=mark)
