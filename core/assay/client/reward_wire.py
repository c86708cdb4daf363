"""Rollouts and rewards as they go over the wire; what comes in is believed only if it fits.

An answer counts when it has one reward per rollout, in order and under the same id: a reward given
to the wrong rollout would be worse than none.
"""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from assay.client.service_transport import broken
from assay.client.wire import message_row
from assay.domain.errors import InputError
from assay.domain.reward import GroupDiagnostics, Reward, RewardStatus
from assay.domain.rollout import Rollout
from assay.domain.sample import JsonValue

MAX_NAME_CHARS = 256  # of an id or a group; the service gives longer ones no reward and no name


class RewardsAnswer(NamedTuple):
    """The rewards in the order of the rollouts, and how their groups compare."""

    rewards: tuple[Reward, ...]
    groups: tuple[GroupDiagnostics, ...]


class _Body(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)  # a newer service may say more

    rewards: tuple[dict[str, Any], ...]
    groups: tuple[dict[str, Any], ...]


class VerifierFacts(BaseModel):
    """A verifier of a route; `params` is the JSON Schema of what it takes, where it says so."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: str
    version: int
    params: Mapping[str, Any] | None


class DomainFacts(BaseModel):
    """A domain, the version and digest of its route, and the route itself."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    domain: str
    version: str
    digest: str
    route: Mapping[str, Any]
    verifiers: tuple[VerifierFacts, ...]


class RewardLimits(BaseModel):
    """How much the service takes on."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    max_rollouts: int
    max_body_bytes: int
    max_response_chars: int


class ServiceDomains(BaseModel):
    """What a reward service rewards."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    domains: tuple[DomainFacts, ...]
    limits: RewardLimits


def rollouts_body(rollouts: Sequence[Rollout]) -> bytes:
    """Return a request for rewards.

    Raises:
        InputError: a rollout holds what JSON in UTF-8 cannot say (NaN and infinity among it), or
            its id or group is longer than `MAX_NAME_CHARS`.
    """
    body = {"rollouts": [_members(rollout) for rollout in rollouts]}
    try:
        _check(rollouts)
        return orjson.dumps(body)
    except (TypeError, RecursionError):
        pass  # integers beyond 64 bits, half a character, or nested without end
    try:
        return json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except (TypeError, ValueError, RecursionError) as exc:
        raise InputError(
            "expected rollouts that JSON in UTF-8 can say, found half a character or another "
            "object in one; mend it"
        ) from exc


def read_rewards(body: object, rollouts: Sequence[Rollout]) -> RewardsAnswer:
    """Return the rewards of `rollouts`, under their ids.

    A rollout that the service could not read far enough to know its id is given back without one.

    Raises:
        BrokenAnswerError: the answer is not of the form agreed on.
    """
    try:
        answer = _Body.model_validate(body)
        rewards = tuple([Reward.model_validate(_known(Reward, r)) for r in answer.rewards])
        groups = tuple(
            [GroupDiagnostics.model_validate(_known(GroupDiagnostics, g)) for g in answer.groups]
        )
    except ValidationError as exc:
        raise broken("none with rewards and groups") from exc
    if len(rewards) != len(rollouts) or not all(map(_belongs, rewards, rollouts)):
        raise broken(f"{len(rewards)} rewards that are not those of {len(rollouts)} rollouts")
    return RewardsAnswer(tuple(map(_named, rewards, rollouts)), groups)


def read_domains(body: object) -> ServiceDomains:
    """Return what a service rewards.

    Raises:
        BrokenAnswerError: the answer is not of the form agreed on.
    """
    try:
        return ServiceDomains.model_validate(body)
    except ValidationError as exc:
        raise broken("none that describes domains") from exc


def _belongs(reward: Reward, rollout: Rollout) -> bool:
    is_unread = reward.id is None and reward.status is RewardStatus.INVALID_TASK
    return reward.id == rollout.id or is_unread


def _named(reward: Reward, rollout: Rollout) -> Reward:
    return reward if reward.id == rollout.id else reward.model_copy(update={"id": rollout.id})


def _check(rollouts: Sequence[Rollout]) -> None:
    """Refuse what the service could not give back, or would be told otherwise than it is.

    Rollouts of a group share their reference and params: each object is looked through once.
    """
    looked: set[int] = set()
    for at, rollout in enumerate(rollouts):
        for name, text in (("id", rollout.id), ("group", rollout.group)):
            if text is not None and len(text) > MAX_NAME_CHARS:
                raise InputError(
                    f"expected at most {MAX_NAME_CHARS} characters in {name} of "
                    f"rollouts[{at}], found {len(text)}; shorten it"
                )
        for name, value in (("reference", rollout.reference), ("params", rollout.params)):
            if id(value) not in looked and not _is_finite(value):
                raise InputError(
                    f"expected JSON in {name} of rollouts[{at}], found NaN or infinity, which it "
                    "has not; write null or a text"
                )
            looked.add(id(value))


def _is_finite(value: object) -> bool:
    """Return whether all numbers of a JSON value are."""
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, Mapping):
        return all(map(_is_finite, value.values()))
    return not isinstance(value, list | tuple) or all(map(_is_finite, value))


def _known(model: type[BaseModel], members: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members that this version knows; a newer service may say more."""
    return {name: value for name, value in members.items() if name in model.model_fields}


def _members(rollout: Rollout) -> dict[str, JsonValue]:
    members: dict[str, JsonValue] = {
        "domain": rollout.domain,
        "messages": [message_row(message) for message in rollout.messages],
        "response": _utf8(rollout.response),
    }
    optional = {
        "id": rollout.id,
        "group": rollout.group,
        "reference": rollout.reference,
        "params": rollout.params or None,
        "language": rollout.language,
        "finish_reason": rollout.finish_reason,
        "num_tokens": rollout.num_tokens,
    }
    return members | {name: value for name, value in optional.items() if value is not None}


def _utf8(text: str) -> str:
    """Return a response without half characters: a policy may write them, and must be rewarded."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()
