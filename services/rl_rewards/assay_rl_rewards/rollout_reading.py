"""One rollout from its JSON, read alone: a wrong one becomes a null, and nothing else does.

Rollouts of one group repeat their prompt, reference and params: equal bytes are parsed once and
give the same objects, by which the engine knows equal tasks.
"""

import json
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, TypeVar

import msgspec

from assay.datasets.json_text import JsonTextError, parse_json
from assay.domain.rollout import Rollout
from assay.domain.sample import Message, ToolCall
from assay_rl_rewards.engine import UnreadRollout

MAX_NAME_CHARS = 256  # of an id or a group
MAX_REASON_CHARS = 200
MAX_NUM_TOKENS = (1 << 31) - 1
_HALF_A_CHARACTER = (b"\\ud", b"\\uD")

K = TypeVar("K", bytes, str)
T = TypeVar("T")
_ShortText = Annotated[str, msgspec.Meta(max_length=MAX_NAME_CHARS)]


class _Function(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    arguments: str


class _Call(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    id: str | None = None
    type: Literal["function"] = "function"
    function: _Function


class _Message(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    role: Literal["system", "user", "assistant", "tool"]
    content: str | None = None
    tool_calls: list[_Call] | None = None
    tool_call_id: str | None = None
    name: str | None = None


class TaskBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, gc=False):
    """A task as sent; what many of them share is parsed later, once."""

    domain: str
    prompt: str | None = None
    messages: msgspec.Raw = msgspec.Raw()
    reference: msgspec.Raw = msgspec.Raw()
    params: msgspec.Raw = msgspec.Raw()
    id: _ShortText | None = None
    language: _ShortText | None = None


class RolloutBody(TaskBody, forbid_unknown_fields=True, kw_only=True, gc=False):
    """A rollout as sent: a task and one answer to it."""

    response: str
    group: _ShortText | None = None
    finish_reason: _ShortText | None = None
    num_tokens: Annotated[int, msgspec.Meta(ge=0, le=MAX_NUM_TOKENS)] | None = None


_BODY = msgspec.json.Decoder(RolloutBody)
_MESSAGES = msgspec.json.Decoder(list[_Message])
_NO_PARAMS: Mapping[str, Any] = {}


class MisfitError(Exception):
    """Something is JSON, but not what was agreed on."""


class TaskReader:
    """Reads what bodies share; equal bytes give the same objects. One for a batch."""

    def __init__(self) -> None:
        self._prompts: dict[str, tuple[Message, ...]] = {}
        self._messages: dict[bytes, tuple[Message, ...]] = {}
        self._values: dict[bytes, Any] = {}

    def read_prompt(self, body: TaskBody) -> tuple[Message, ...]:
        """Return the turns of a prompt.

        Raises:
            MisfitError: there is none, or both forms.
            msgspec.MsgspecError: its messages do not fit.
        """
        raw = bytes(body.messages)
        has_messages = raw not in (b"", b"null")
        if has_messages == (body.prompt is not None):
            found = "both" if has_messages else "none"
            raise MisfitError(f"expected either prompt or messages, found {found}")
        if body.prompt is not None:
            return _once(self._prompts, body.prompt, _user_turn)
        return _once(self._messages, raw, _read_messages)

    def read_params(self, body: TaskBody) -> Mapping[str, Any]:
        """Return a task's params.

        Raises:
            MisfitError: they are no object.
            JsonTextError: they are nested too deeply.
        """
        params = self._value(bytes(body.params))
        if params is None:
            return _NO_PARAMS
        if not isinstance(params, dict):
            raise MisfitError(f"expected an object in params, found a {type(params).__name__}")
        return params

    def read_reference(self, body: TaskBody) -> Any:
        """Return a task's reference, None without one.

        Raises:
            JsonTextError: it is nested too deeply.
        """
        return self._value(bytes(body.reference))

    def _value(self, raw: bytes) -> Any:
        return _once(self._values, raw, parse_json) if raw else None


class RolloutReader:
    """Reads the rollouts of one batch, each alone."""

    def __init__(self) -> None:
        self._tasks = TaskReader()

    def read(self, body: RolloutBody) -> Rollout | UnreadRollout:
        """Return a rollout, or why it cannot be read."""
        tasks = self._tasks
        try:
            return Rollout(
                body.domain,
                tasks.read_prompt(body),
                body.response,
                tasks.read_reference(body),
                tasks.read_params(body),
                body.language,
                body.finish_reason,
                body.num_tokens,
                body.id,
                body.group,
            )
        except (msgspec.MsgspecError, JsonTextError, MisfitError) as exc:
            return UnreadRollout(said(exc), body.id, body.group)

    def read_text(self, text: bytes) -> Rollout | UnreadRollout:
        """Return the rollout that a JSON text holds, or why it cannot be read."""
        try:
            return self.read(decode(_BODY, text))
        except msgspec.ValidationError as exc:
            return _unread(text, said(exc))
        except (msgspec.DecodeError, RecursionError) as exc:
            return UnreadRollout(f"expected one JSON object in UTF-8, found: {said(exc)}")


def decode(decoder: "msgspec.json.Decoder[T]", text: bytes) -> T:
    """Return what a JSON text holds; half characters, which a policy may write, become `?`.

    Raises:
        msgspec.ValidationError: it does not fit.
        msgspec.DecodeError: it is no JSON.
        RecursionError: it is nested too deeply.
    """
    try:
        return decoder.decode(text)
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError:
        if not any(half in text for half in _HALF_A_CHARACTER):
            raise
        return decoder.decode(_mended(text))


def said(error: Exception) -> str:
    """Return what an error says, on one line and cut."""
    text = error.reason if isinstance(error, JsonTextError) else str(error)
    text = text.replace("\n", " ")
    return text if len(text) <= MAX_REASON_CHARS else text[:MAX_REASON_CHARS] + "..."


def _mended(text: bytes) -> bytes:
    try:
        return json.dumps(json.loads(text), ensure_ascii=False).encode("utf-8", "replace")
    except ValueError as exc:
        raise msgspec.DecodeError(str(exc)) from exc


def _once(known: dict[K, T], key: K, read: Callable[[K], T]) -> T:
    value = known.get(key)
    if value is None:
        value = known[key] = read(key)
    return value


def _user_turn(prompt: str) -> tuple[Message, ...]:
    return (Message("user", prompt),)


def _read_messages(raw: bytes) -> tuple[Message, ...]:
    messages = _MESSAGES.decode(raw)
    if not messages:
        raise MisfitError("expected a message in messages, found none")
    return tuple(
        Message(
            message.role,
            message.content,
            tuple(
                ToolCall(call.id, call.function.name, call.function.arguments)
                for call in message.tool_calls or ()
            ),
            message.tool_call_id,
            message.name,
        )
        for message in messages
    )


def _unread(text: bytes, reason: str) -> UnreadRollout:
    """Return the null of a rollout of another form, under its own id where it has one."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):  # fitting text follows what does not fit
        value = None
    members = value if isinstance(value, dict) else {}
    names = [members.get(name) for name in ("id", "group")]
    id_, group = [n if isinstance(n, str) and len(n) <= MAX_NAME_CHARS else None for n in names]
    return UnreadRollout(reason, id_, group)
