"""The judgement: usage adds up, and what is stored comes back as it was."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from assay.domain.judgement import DimensionScore, Judgement, Reduction, Usage

counts = st.integers(0, 10**9)
usages = st.builds(
    Usage,
    num_calls=counts,
    num_retries=counts,
    num_prompt_tokens=counts,
    num_cached_tokens=st.one_of(st.none(), counts),
    num_completion_tokens=counts,
    milliseconds=counts,
    from_cache=counts,
)


@given(usages, usages, usages)
def test_usage_adds_up_in_any_order(a: Usage, b: Usage, c: Usage) -> None:
    assert a + b == b + a
    assert (a + b) + c == a + (b + c)
    assert a + Usage() == a


@given(usages, usages)
def test_every_count_is_summed(a: Usage, b: Usage) -> None:
    total = a + b
    for name in Usage.model_fields:
        parts = [getattr(u, name) for u in (a, b) if getattr(u, name) is not None]
        assert getattr(total, name) == (sum(parts) if parts else None)


def test_cached_tokens_stay_unknown_only_where_nobody_tells() -> None:
    assert (Usage() + Usage()).num_cached_tokens is None
    assert (Usage(num_cached_tokens=5) + Usage()).num_cached_tokens == 5


def test_a_full_judgement_survives_storing() -> None:
    score = DimensionScore(
        score=4210,
        spread=300,
        features={"reads": 2.0},
        entropy=900,
        mass=990,
        distribution=(0, 0, 100, 590, 310),
    )
    judgement = Judgement(
        judge="granite",
        version="1",
        turn=3,
        scores={"correctness": score, "calibration": DimensionScore()},
        flags=("injection_suspected",),
        checks={"states_assumptions": 730},
        mode="standard",
        rubric="a" * 64,
        prompts="b" * 64,
        reduction=Reduction(num_turns_omitted=2),
        num_fabricated_quotes=1,
        num_neutralised=4,
        raw=('{"lang":"en"}',),
        usage=Usage(num_calls=2),
    )
    stored = json.dumps(judgement.model_dump(mode="json"), sort_keys=True)
    assert Judgement.model_validate_json(stored) == judgement


@pytest.mark.parametrize(
    "fields",
    [
        {"score": 999},
        {"score": 5001},
        {"spread": -1},
        {"entropy": -1},
        {"mass": 1001},
        {"distribution": (500, 500)},
        {"points": 4},
    ],
)
def test_scores_off_the_scale_are_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        DimensionScore.model_validate(fields)
