"""What all trainers' shims share: a client a service, and a trainer's words as a rollout.

A trainer calls a reward function from threads and loops of its own, so each service has one client
in a thread of its own, for the life of the process. A reward that is null is handed on as None
where the trainer has a None; where it has none, it is an error, never a zero.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import orjson

from assay.client.rewards import BlockingRewardsClient
from assay.domain.errors import InputError, RewardError
from assay.domain.reward import Reward
from assay.domain.rollout import Rollout
from assay.domain.sample import JsonValue, Message

DEFAULT_URL = "http://127.0.0.1:8003"
MAX_SERVICES = 16


@lru_cache(maxsize=MAX_SERVICES)
def open_client(url: str, api_key: str | None) -> BlockingRewardsClient:
    """Return the process's client of a service."""
    return BlockingRewardsClient(url, api_key=api_key)


def to_messages(prompt: object) -> tuple[Message, ...]:
    """Return a prompt, a text or a list of role and content, as messages.

    Raises:
        InputError: it is neither.
    """
    if isinstance(prompt, str):
        return (Message("user", prompt),)
    if isinstance(prompt, Sequence) and all(isinstance(turn, Mapping) for turn in prompt):
        return tuple(Message(str(turn["role"]), to_text(turn.get("content"))) for turn in prompt)
    raise InputError(f"expected a prompt as text or messages, found {type(prompt).__name__}")


def to_text(content: object) -> str:
    """Return a completion or a message's content as text; of parts, those that are text.

    Raises:
        InputError: it is of another form.
    """
    if isinstance(content, str):
        return content
    if content is None:
        return ""
    if isinstance(content, Sequence):
        return "".join(_part(part) for part in content)
    raise InputError(f"expected text or messages, found {type(content).__name__}")


def to_rollout(
    task: Mapping[str, Any], *, domain: str | None, prompt: object, response: str, **facts: Any
) -> Rollout:
    """Return a rollout of a task given by `domain`, `reference`, `params`, `language`.

    `answer` stands for a reference that is missing or None, as a column is where its rows differ;
    `params` may be JSON text, as Parquet holds it.

    Raises:
        InputError: no domain is known, or the prompt is of another form.
    """
    named = task.get("domain") or domain
    if not isinstance(named, str):
        raise InputError(
            "expected a domain, found none; give the data a column `domain`, or name one for "
            "it: domain='math'"
        )
    reference: JsonValue = first_given(task.get("reference"), task.get("answer"))
    return Rollout(
        named,
        to_messages(prompt),
        response,
        reference,
        _params(task.get("params")),
        task.get("language"),
        **facts,
    )


def first_given(*values: Any) -> Any:
    """Return the first value that is not None, None without one."""
    return next((value for value in values if value is not None), None)


def number_of(reward: Reward) -> float:
    """Return a reward's number.

    Raises:
        RewardError: it was not measured.
    """
    if reward.reward is None:
        raise RewardError(
            f"expected a reward, found {reward.status}: {reward.reason}; mask this rollout, or try "
            "it again: it is not 0"
        )
    return reward.reward


def _part(part: object) -> str:
    if isinstance(part, Mapping):
        return to_text(part.get("text", part.get("content")))
    return to_text(part)


def _params(params: object) -> Mapping[str, JsonValue]:
    try:
        read = orjson.loads(params) if isinstance(params, str) and params else params or {}
    except orjson.JSONDecodeError as exc:
        raise InputError(f"expected JSON in params, found {params!r:.60}") from exc
    if not isinstance(read, Mapping):
        raise InputError(f"expected an object in params, found {read!r:.60}")
    return read
