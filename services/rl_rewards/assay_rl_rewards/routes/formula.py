"""The total of a rollout from its measured terms: pure, and the only place where it is computed.

A term that was not measured is None. With a weight above 0, as a gate, or as shaping, it makes the
whole reward None: an absent term is not 0, for 0 is what a wrong answer earns.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from assay_rl_rewards.routes.route import Route


@dataclass(frozen=True, slots=True)
class Total:
    """What a rollout earns; `unshaped` is the total before shaping and clipping. None: unknown."""

    reward: float | None
    unshaped: float | None


UNMEASURED = Total(None, None)


def compute_total(route: Route, measured: Mapping[str, float | None]) -> Total:
    """Return `clip(gate * sum(weight_i * part_i) + sum(weight_j * shaping_j))`.

    Args:
        route: says which terms there are, and their weights.
        measured: each term by its name; shaping without a weight may be left out.
    """
    parts = [(part.weight, measured[part.name]) for part in route.parts if part.weight]
    gates = [measured[gate.name] for gate in route.gates]
    shaping = [(s.weight, measured[s.name]) for s in route.shaping if s.weight]
    gate = _product(gates)
    earned, shaped = _weighted(parts), _weighted(shaping)
    if gate is None or earned is None:
        return UNMEASURED
    unshaped = gate * earned
    if shaped is None:
        return Total(None, unshaped)
    total = unshaped + shaped
    if route.clip is not None:
        total = min(max(total, route.clip.low), route.clip.high)
    return Total(total, unshaped)


def _weighted(terms: list[tuple[float, float | None]]) -> float | None:
    values = [weight * value for weight, value in terms if value is not None]
    return math.fsum(values) if len(values) == len(terms) else None


def _product(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return math.prod(known) if len(known) == len(values) else None
