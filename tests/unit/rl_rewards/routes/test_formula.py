"""The total is what the route's formula says, and null where a term is."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay_rl_rewards.routes.formula import UNMEASURED, compute_total
from assay_rl_rewards.routes.route import Route

weights = st.floats(0, 10).map(lambda weight: round(weight, 3))
scores = st.floats(0, 1)
penalties = st.floats(-1, 0)


@st.composite
def measured_routes(draw: st.DrawFn) -> tuple[Route, dict[str, float]]:
    """A route of drawn terms, and a value for each of them."""
    parts = draw(st.lists(weights, min_size=1, max_size=4))
    parts[0] = parts[0] or 1.0
    gates = draw(st.integers(0, 3))
    shaping = draw(st.lists(weights, max_size=3))
    clip = draw(st.sampled_from([None, {"low": -1, "high": 1}, {"low": 0, "high": 0.5}]))
    route = Route.model_validate(
        {
            "parts": [
                {"type": "verifier", "name": f"p{at}", "verifier": "math", "weight": weight}
                for at, weight in enumerate(parts)
            ],
            "gates": [
                {"type": "verifier", "name": f"g{at}", "verifier": "math"} for at in range(gates)
            ],
            "shaping": [
                {
                    "type": "length",
                    "name": f"s{at}",
                    "weight": weight,
                    "free_tokens": 1,
                    "full_tokens": 2,
                }
                for at, weight in enumerate(shaping)
            ],
            "clip": clip,
        }
    )
    values = {f"p{at}": draw(scores) for at in range(len(parts))}
    values |= {f"g{at}": draw(scores) for at in range(gates)}
    values |= {f"s{at}": draw(penalties) for at in range(len(shaping))}
    return route, values


@given(measured_routes())
def test_the_total_is_the_declared_formula(drawn: tuple[Route, dict[str, float]]) -> None:
    route, values = drawn
    gate = math.prod(values[gate.name] for gate in route.gates)
    unshaped = gate * sum(part.weight * values[part.name] for part in route.parts)
    total = unshaped + sum(s.weight * values[s.name] for s in route.shaping)
    if route.clip is not None:
        total = min(max(total, route.clip.low), route.clip.high)
    found = compute_total(route, values)
    assert found.reward == pytest.approx(total, abs=1e-12)
    assert found.unshaped == pytest.approx(unshaped, abs=1e-12)


@given(measured_routes(), st.data())
def test_a_missing_term_that_counts_makes_the_total_null(
    drawn: tuple[Route, dict[str, float]], data: st.DataObject
) -> None:
    route, values = drawn
    counting = [part.name for part in route.parts if part.weight]
    counting += [gate.name for gate in route.gates]
    counting += [shaping.name for shaping in route.shaping if shaping.weight]
    missing = data.draw(st.sampled_from(counting))
    assert compute_total(route, {**values, missing: None}).reward is None


@given(measured_routes())
def test_a_part_without_weight_may_be_missing(drawn: tuple[Route, dict[str, float]]) -> None:
    route, values = drawn
    missing = {part.name: None for part in route.parts if not part.weight}
    assert compute_total(route, {**values, **missing}) == compute_total(route, values)


def test_an_unmeasured_part_leaves_nothing_to_compare_a_group_by() -> None:
    route = Route.model_validate(
        {"parts": [{"type": "verifier", "name": "p", "verifier": "math", "weight": 1}]}
    )
    assert compute_total(route, {"p": None}) is UNMEASURED
