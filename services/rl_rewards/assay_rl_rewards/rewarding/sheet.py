"""The questions of a batch of rollouts, each asked once however often it stands there.

A group's answers share their task, and many of its answers are equal. A question is a verifier, a
task and a text; verifiers are pure, so equal questions have equal answers.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from assay.datasets.json_text import dump_json
from assay.domain.errors import InvalidTaskError
from assay.domain.rollout import Rollout
from assay.domain.sample import JsonObject, JsonValue, Message
from assay_rl_rewards.pool.jobs import PoolItem
from assay_rl_rewards.scorer import Answer
from assay_rl_rewards.verifier import Task


@dataclass(frozen=True, slots=True)
class NamedTask:
    """A task, its form for the pool, and bytes that equal tasks share."""

    task: Task
    body: JsonObject
    content: bytes


class Tasks:
    """The tasks of a batch; each is written once.

    Rollouts of one group often share the very objects that they were read from, so objects are
    looked at first and content second.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[object, ...], NamedTask] = {}

    def of(self, rollout: Rollout) -> NamedTask:
        """Return a rollout's task.

        Raises:
            InvalidTaskError: it holds what JSON in UTF-8 cannot say.
        """
        look = (
            rollout.domain,
            rollout.language,
            id(rollout.messages),
            id(rollout.reference),
            id(rollout.params),
        )
        found = self._known.get(look)
        if found is None:
            found = self._known[look] = _name(rollout)
        return found


class Sheet:
    """Questions for the pool, in the order of their first asking."""

    def __init__(self) -> None:
        self.items: list[PoolItem] = []
        self._places: dict[tuple[str, bytes, str], int] = {}

    def add(self, verifier: str, task: NamedTask, text: str) -> int:
        """Return the place at which the question's answer will stand."""
        key = (verifier, task.content, text)
        place = self._places.get(key)
        if place is None:
            place = self._places[key] = len(self.items)
            self.items.append(PoolItem(verifier, task.body, text))
        return place


class Questions:
    """Questions for a scorer, in the order of their first asking."""

    def __init__(self) -> None:
        self.items: list[Answer] = []
        self._places: dict[tuple[bytes, str], int] = {}

    def add(self, task: NamedTask, text: str) -> int:
        """Return the place at which the answer's grade will stand."""
        key = (task.content, text)
        place = self._places.get(key)
        if place is None:
            place = self._places[key] = len(self.items)
            self.items.append(Answer(task.task, text))
        return place


def _name(rollout: Rollout) -> NamedTask:
    body: dict[str, JsonValue] = {
        "domain": rollout.domain,
        "messages": [_plain(message) for message in rollout.messages],
        "reference": rollout.reference,
        "params": rollout.params,
        "language": rollout.language,
    }
    try:
        content = dump_json(body, sort_keys=True)
    except ValueError as exc:  # half a character, in Python's own strings
        raise InvalidTaskError(
            "expected a task that JSON in UTF-8 can say, found one that is not; mend its text"
        ) from exc
    task = Task(
        rollout.domain, rollout.messages, rollout.reference, rollout.params, rollout.language
    )
    return NamedTask(task, body, content)


def _plain(message: Message) -> Mapping[str, JsonValue]:
    """Return what verifiers may read of a turn; a tool's name is in the call that it answers."""
    plain: dict[str, JsonValue] = {"role": message.role, "content": message.content}
    if message.tool_calls:
        plain["tool_calls"] = [
            {"id": call.id, "name": call.name, "arguments": call.arguments}
            for call in message.tool_calls
        ]
    if message.tool_call_id is not None:
        plain["tool_call_id"] = message.tool_call_id
    return plain
