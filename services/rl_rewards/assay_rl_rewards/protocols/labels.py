"""What a trainer's label says of its task: the reference alone, or the whole task as an object.

Trainers pass a label through as it stands in the data set. A plain value is the reference; its
domain then comes with the URL (`?domain=math`). An object, or a text that holds one, with any of
the keys `domain`, `reference`, `params`, `language`, `messages` is the task.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from assay.datasets.json_text import JsonTextError, parse_json
from assay.domain.errors import InvalidTaskError
from assay.domain.rollout import Rollout
from assay.domain.sample import ROLES, JsonValue, Message
from assay_rl_rewards.engine import UnreadRollout
from assay_rl_rewards.protocols.task_fields import read_params, read_reference, read_text
from assay_rl_rewards.protocols.templated import read_prompt

KEYS = frozenset(("domain", "reference", "params", "language", "messages"))


def make_rollout(
    label: JsonValue,
    *,
    prompt: str | Sequence[JsonValue],
    response: str,
    domain: str | None,
    finish_reason: str | None = None,
) -> Rollout | UnreadRollout:
    """Return the rollout that a label, a prompt and a response describe, or why there is none.

    Args:
        label: see the module.
        prompt: as the model saw it, in its chat template or plain; or its messages.
        response: what the policy wrote.
        domain: where the label names none.
        finish_reason: `length` where the response was cut.
    """
    try:
        task = _task_of(label)
        return Rollout(
            read_text(task, "domain") or domain or _no_domain(),
            read_messages(task.get("messages") or ()) or _asked(prompt),
            response,
            read_reference(task),
            read_params(task),
            read_text(task, "language"),
            finish_reason,
        )
    except InvalidTaskError as exc:
        return UnreadRollout(str(exc))


def read_messages(messages: JsonValue) -> tuple[Message, ...]:
    """Return messages of text.

    Raises:
        InvalidTaskError: they are none.
    """
    if isinstance(messages, str) or not isinstance(messages, Sequence):
        raise InvalidTaskError(f"expected a list of messages, found {messages!r:.60}")
    if not all(map(_is_message, messages)):
        raise InvalidTaskError("expected messages with role and content (a text), found another")
    return tuple(Message(message["role"], message["content"]) for message in messages)  # type: ignore[index,call-overload,arg-type]


def _task_of(label: JsonValue) -> Mapping[str, Any]:
    if isinstance(label, str) and label.lstrip().startswith("{"):
        try:
            label_read: JsonValue = parse_json(label.encode())
        except (JsonTextError, UnicodeEncodeError):
            label_read = label  # a reference may be any text
        label = label_read if _is_task(label_read) else label
    if isinstance(label, Mapping) and _is_task(label):
        return label
    return {"reference": label}


def _is_task(value: JsonValue) -> bool:
    return isinstance(value, Mapping) and bool(value) and value.keys() <= KEYS


def _no_domain() -> str:
    raise InvalidTaskError(
        "expected a domain, found none; put it into the label, or into the URL as ?domain=math"
    )


def _asked(prompt: str | Sequence[JsonValue]) -> tuple[Message, ...]:
    return read_prompt(prompt) if isinstance(prompt, str) else read_messages(prompt)


def _is_message(value: Any) -> bool:
    return (
        isinstance(value, Mapping)
        and value.get("role") in ROLES
        and isinstance(value.get("content"), str)
    )
