import sys
from unicodedata import category

import pytest

from assay_rl_rewards.answers.digits import fold_digits


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("٣٤", "34"),
        ("१२३", "123"),
        ("１２３，４５６", "123,456"),
        ("۱۲٫۵", "12٫5"),  # the mark keeps its meaning
        ("𝟏𝟐", "12"),
        ("−5", "-5"),
        ("–5", "-5"),
        ("½", " 1/2"),
        ("2½", "2 1/2"),  # not 21/2
        ("10⁵", "10^{5}"),  # not 105
        ("x⁻¹²", "x^{-12}"),
        ("x₁₂", "x_{12}"),
        ("\u200f٤\u200f", "4"),
        ("（Ａ）", "(A)"),
        ("2 × 3", "2 × 3"),
    ],
)
def test_scripts_become_one(text: str, folded: str) -> None:
    assert fold_digits(text) == folded


def test_every_decimal_digit_of_unicode_is_folded() -> None:
    digits = [c for c in map(chr, range(sys.maxunicode)) if category(c) == "Nd"]
    assert len(digits) > 600
    assert all(fold_digits(d) in "0123456789" for d in digits)
