"""How the rollouts of one group compare: what a trainer must know before it computes advantages.

Zero variance is looked for before shaping: a penalty for length gives every group some variance and
would hide that its answers are all right, or all wrong. Source: the `unshaped` totals of NeMo-RL,
SkyRL's tolerance of 1e-6.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from assay.domain.reward import GroupDiagnostics

TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True)
class Member:
    """One rollout of a group; rewards None: not measured, length in tokens or characters."""

    reward: float | None
    unshaped: float | None
    length: int
    is_truncated: bool


def diagnose(group: str, members: Sequence[Member]) -> GroupDiagnostics:
    """Return how the members of a group compare; there is at least one."""
    scored = [member for member in members if member.reward is not None]
    rewards = [member.reward for member in scored if member.reward is not None]
    mean = math.fsum(rewards) / len(rewards) if rewards else None
    return GroupDiagnostics(
        group=group,
        num_rollouts=len(members),
        num_scored=len(scored),
        mean=mean,
        std=None if mean is None else _deviation(rewards, mean),
        is_zero_variance=_is_flat([m.unshaped for m in scored if m.unshaped is not None]),
        truncated_share=sum(member.is_truncated for member in members) / len(members),
        length_correlation=rank_correlation(rewards, [member.length for member in scored]),
    )


def rank_correlation(first: Sequence[float], second: Sequence[float]) -> float | None:
    """Return Spearman's correlation, ties at their mean rank; None where either is constant."""
    first_ranks, second_ranks = _centred_ranks(first), _centred_ranks(second)
    norm = math.sqrt(_squares(first_ranks) * _squares(second_ranks))
    if not norm:
        return None
    product = math.fsum(a * b for a, b in zip(first_ranks, second_ranks, strict=True))
    return min(max(product / norm, -1.0), 1.0)


def _centred_ranks(values: Sequence[float]) -> list[float]:
    """Ranks around their mean; equal values share the mean of the places that they take."""
    order = sorted(range(len(values)), key=values.__getitem__)
    ranks = [0.0] * len(values)
    centre = (len(values) - 1) / 2
    begin = 0
    while begin < len(order):
        end = begin
        while end < len(order) and values[order[end]] == values[order[begin]]:
            end += 1
        for place in order[begin:end]:
            ranks[place] = (begin + end - 1) / 2 - centre
        begin = end
    return ranks


def _squares(values: Iterable[float]) -> float:
    return math.fsum(value * value for value in values)


def _deviation(values: Sequence[float], mean: float) -> float:
    return math.sqrt(_squares(value - mean for value in values) / len(values))


def _is_flat(values: Sequence[float]) -> bool | None:
    return max(values) - min(values) <= TOLERANCE if len(values) >= 2 else None
