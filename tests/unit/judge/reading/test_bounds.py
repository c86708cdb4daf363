"""Bounds: halved for another try, and what they mean for the length of an answer."""

import pytest
from tests.unit.judge.reading.answers import RUBRIC, compact, generation

from assay.domain.judgement import DIMENSIONS
from assay_judge.reading.form import Bounds, EvidenceForm


def fullest(bounds: Bounds) -> str:
    """The longest answer in the form."""
    claim = {"q": "q" * bounds.quote_chars, "s": "contradicted", "src": "D99"}
    why = "w" * bounds.why_chars
    defect = {"k": "incorrect_computation", "q": claim["q"], "why": why}
    return compact(
        {
            "lang": "eng",
            "claims": [claim] * bounds.num_claims,
            "defects": [defect] * bounds.num_defects,
            "notes": dict.fromkeys(DIMENSIONS, "n" * bounds.note_chars),
            "scores": dict.fromkeys(DIMENSIONS, 5),
        }
    )


@pytest.mark.parametrize("bounds", [Bounds(), Bounds().smaller(), Bounds(1, 60, 1, 60, 60)])
def test_max_tokens_hold_the_fullest_answer_at_two_characters_a_token(bounds: Bounds) -> None:
    form = EvidenceForm(RUBRIC, with_scores=True, bounds=bounds)
    text = fullest(bounds)
    form.parse(generation(text))
    assert len(text) <= 2 * form.shape.max_tokens <= 1.1 * len(text)


def test_smaller_bounds_shrink_until_a_minimum() -> None:
    first = Bounds()
    second = first.smaller()
    assert second == Bounds(4, 100, 2, 80, 80)
    least = second.smaller().smaller().smaller()
    assert least == least.smaller() == Bounds(2, 60, 2, 60, 60)


def test_smaller_never_grows_a_small_bound() -> None:
    assert Bounds(1, 10, 1, 10, 10).smaller() == Bounds(1, 10, 1, 10, 10)


def test_bounds_below_one_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        Bounds(num_claims=0)
