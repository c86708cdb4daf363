"""What a route may say, and what it must not."""

from typing import Any

import pytest
from pydantic import ValidationError

from assay_rl_rewards.routes.route import Route

PART: dict[str, Any] = {
    "type": "verifier",
    "name": "correctness",
    "verifier": "math",
    "weight": 1.0,
}


def refuse(**fields: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        Route.model_validate({"parts": [PART], **fields})
    return str(caught.value)


def test_the_names_of_terms_differ() -> None:
    assert "names must differ" in refuse(gates=[{"type": "language", "name": "correctness"}])
    assert "names must differ" in refuse(gates=[{"type": "language", "name": "truncated"}])


def test_an_answer_gate_names_a_verifier_part() -> None:
    assert "must name a verifier part" in refuse(
        gates=[{"type": "answer", "name": "format", "part": "other"}]
    )


def test_a_route_pays_for_something() -> None:
    assert "weight above 0" in refuse(parts=[PART | {"weight": 0}])
    assert "parts" in refuse(parts=[])


@pytest.mark.parametrize("weight", [-1, float("nan"), float("inf")])
def test_a_weight_is_a_finite_number_from_0(weight: float) -> None:
    assert "weight" in refuse(parts=[PART | {"weight": weight}])


def test_unknown_types_and_fields_are_refused() -> None:
    assert "type" in refuse(parts=[PART | {"type": "vibes"}])
    assert "Extra inputs" in refuse(parts=[PART | {"wieght": 1}])


@pytest.mark.parametrize(
    "shaping",
    [
        {"type": "overlong", "name": "o", "max_tokens": 10, "cache_tokens": 11},
        {"type": "length", "name": "l", "free_tokens": 10, "full_tokens": 10},
        {"type": "repetition", "name": "r", "free_share": 0.5, "full_share": 0.5},
    ],
)
def test_a_penalty_has_room_to_fall(shaping: dict[str, Any]) -> None:
    assert "must" in refuse(shaping=[shaping])


def test_a_clip_is_a_range() -> None:
    assert "high must exceed low" in refuse(clip={"low": 1, "high": 1})
