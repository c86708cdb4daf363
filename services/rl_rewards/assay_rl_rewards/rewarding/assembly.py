"""One rollout's reward from its measured terms: parts, status, reason, version.

An answer that forfeits its parts (cut by the length limit, too long to be graded, ended by its
deadline) has all of them reported as 0, so the total is still what the route's formula says. An
invalid task stays null even then.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from assay.domain.reward import Reward, RewardStatus
from assay.domain.rollout import Rollout
from assay_rl_rewards.final_text import FinalText
from assay_rl_rewards.rewarding.measurement import Measurement, worst
from assay_rl_rewards.routes.formula import compute_total
from assay_rl_rewards.routes.route import (
    AnswerGate,
    Gate,
    LengthShaping,
    OverlongShaping,
    RepetitionShaping,
    Shaping,
)
from assay_rl_rewards.routes.shaping import (
    length_penalty,
    overlong_penalty,
    repetition_penalty,
)
from assay_rl_rewards.routes.versions import VersionedRoute

MAX_EXTRACTED_CHARS = 300
_TRUNCATED = "the response was cut by the length limit and earns nothing of its parts"
_TOO_LONG = "the response is too long to be graded and earns nothing of its parts"
_NO_LENGTH = "expected num_tokens with the rollout, found none; the route's shaping needs it"
_NOTHING = Measurement(0.0, RewardStatus.OK, "not asked")


@dataclass(frozen=True, slots=True)
class Rewarded:
    """A reward, and the total before shaping, by which groups are compared."""

    reward: Reward
    unshaped: float | None


def assemble(
    rollout: Rollout,
    route: VersionedRoute,
    version: str,
    text: FinalText,
    measured: Mapping[str, Measurement],
) -> Rewarded:
    """Return the reward of one rollout; `measured` has each term that was asked for by name."""
    forfeit = _forfeit(rollout, route, text, measured)
    terms = _terms(rollout, route, measured, is_forfeited=forfeit is not None)
    total = compute_total(route.route, {name: term.value for name, term in terms.items()})
    telling = _telling(route, terms)
    is_ok = telling.status is RewardStatus.OK
    reward = Reward.model_construct(
        id=rollout.id,
        reward=total.reward,
        status=telling.status,
        parts=_parts(terms, is_truncated=rollout.is_truncated),
        extracted=_extracted(measured),
        reason=forfeit if is_ok and forfeit else telling.reason,
        verifier=route.id,
        version=version,
        milliseconds=math.fsum(term.milliseconds for term in measured.values()),
    )
    return Rewarded(reward, total.unshaped)


def refuse(id: str | None, reason: str, *, verifier: str = "", version: str = "") -> Rewarded:
    """Return the null of a rollout that cannot be graded at all."""
    reward = Reward(
        id=id,
        reward=None,
        status=RewardStatus.INVALID_TASK,
        reason=reason,
        verifier=verifier,
        version=version,
        milliseconds=0.0,
    )
    return Rewarded(reward, None)


def _forfeit(
    rollout: Rollout,
    route: VersionedRoute,
    text: FinalText,
    measured: Mapping[str, Measurement],
) -> str | None:
    """Return why an answer earns nothing of its parts, None where it may."""
    if rollout.is_truncated and route.route.truncated == "zero":
        return _TRUNCATED
    if text.is_too_long:
        return _TOO_LONG
    ended = [term for term in measured.values() if term.is_forfeited]
    return worst(ended).reason if ended else None


def _terms(
    rollout: Rollout,
    route: VersionedRoute,
    measured: Mapping[str, Measurement],
    *,
    is_forfeited: bool,
) -> dict[str, Measurement]:
    terms: dict[str, Measurement] = {}
    for part in route.route.parts:
        term = measured.get(part.name, _NOTHING)
        terms[part.name] = _emptied(term) if is_forfeited else term
    for gate in route.route.gates:
        terms[gate.name] = _gate(gate, measured)
    for shaping in route.route.shaping:
        if shaping.weight:
            terms[shaping.name] = _shape(shaping, rollout, measured)
    return terms


def _emptied(term: Measurement) -> Measurement:
    """Return a part that earns nothing; what speaks against the task itself stays."""
    if term.status is RewardStatus.INVALID_TASK:
        return term
    is_the_answers = term.is_forfeited
    status = term.status if is_the_answers else RewardStatus.OK
    return Measurement(0.0, status, term.reason, milliseconds=term.milliseconds)


def _gate(gate: Gate, measured: Mapping[str, Measurement]) -> Measurement:
    if not isinstance(gate, AnswerGate):
        return measured[gate.name]
    part = measured[gate.part]
    if part.value is None or part.is_forfeited:
        return Measurement(part.value, part.status, part.reason)
    return Measurement(float(part.extracted is not None), part.status, part.reason)


def _shape(shaping: Shaping, rollout: Rollout, measured: Mapping[str, Measurement]) -> Measurement:
    if isinstance(shaping, RepetitionShaping):
        term = measured[shaping.name]
        if term.value is None or term.is_forfeited:
            return term
        return Measurement(repetition_penalty(shaping, 1.0 - term.value), term.status, term.reason)
    if rollout.num_tokens is None:
        return Measurement(None, RewardStatus.INVALID_TASK, _NO_LENGTH)
    value = _length_curve(shaping, rollout.num_tokens)
    return Measurement(value, RewardStatus.OK, "shaped by its length")


def _length_curve(shaping: OverlongShaping | LengthShaping, num_tokens: int) -> float:
    if isinstance(shaping, OverlongShaping):
        return overlong_penalty(shaping, num_tokens)
    return length_penalty(shaping, num_tokens)


def _telling(route: VersionedRoute, terms: Mapping[str, Measurement]) -> Measurement:
    """Return the term that says most of what the total depends on.

    The worst; else a gate that is closed; else the heaviest part.
    """
    parts = [part for part in route.route.parts if part.weight]
    parts.sort(key=lambda part: -part.weight)
    gates = [terms[gate.name] for gate in route.route.gates]
    gates.sort(key=lambda gate: gate.value != 0.0)  # closed ones first
    has_closed = bool(gates) and gates[0].value == 0.0
    ordered = [terms[part.name] for part in parts]
    ordered = [*gates, *ordered] if has_closed else [*ordered, *gates]
    return worst([*ordered, *(terms[s.name] for s in route.route.shaping if s.weight)])


def _parts(terms: Mapping[str, Measurement], *, is_truncated: bool) -> dict[str, float]:
    parts: dict[str, float] = {}
    for name, term in terms.items():
        if term.value is not None:
            parts[name] = term.value
        for below, value in term.parts.items():
            parts[f"{name}.{below}"] = value
    if is_truncated:
        parts["truncated"] = 1.0
    return parts


def _extracted(measured: Mapping[str, Measurement]) -> str | None:
    for term in measured.values():
        if term.extracted is not None:
            return term.extracted[:MAX_EXTRACTED_CHARS]
    return None
