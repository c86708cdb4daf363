"""From a request's bytes to rollouts, each read alone: a wrong one becomes a null, not a refusal.

The fast way reads the whole body in one pass of C; only where that fails is each rollout looked at
by itself. Rollouts of one group repeat their prompt, reference and params: equal bytes are parsed
once and give the same objects, by which the engine knows equal tasks.
"""

import json
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, TypeVar

import msgspec

from assay.datasets.json_text import JsonTextError, parse_json
from assay.domain.rollout import Rollout
from assay.domain.sample import Message, ToolCall
from assay.web.problems import (
    MALFORMED_BODY,
    FieldError,
    Problem,
    ProblemError,
    invalid,
    shown,
)
from assay_rl_rewards.engine import UnreadRollout

MAX_NAME_CHARS = 256  # of an id or a group
MAX_REASON_CHARS = 200
MAX_NUM_TOKENS = (1 << 31) - 1
_HALF_A_CHARACTER = (b"\\ud", b"\\uD")

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


class _Body(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, gc=False):
    """A rollout as sent; what rollouts of a group share is parsed later, once."""

    domain: str
    response: str
    prompt: str | None = None
    messages: msgspec.Raw = msgspec.Raw()
    reference: msgspec.Raw = msgspec.Raw()
    params: msgspec.Raw = msgspec.Raw()
    id: _ShortText | None = None
    group: _ShortText | None = None
    language: _ShortText | None = None
    finish_reason: _ShortText | None = None
    num_tokens: Annotated[int, msgspec.Meta(ge=0, le=MAX_NUM_TOKENS)] | None = None


class _Request(msgspec.Struct, forbid_unknown_fields=True):
    rollouts: list[_Body]


class _RoughRequest(msgspec.Struct, forbid_unknown_fields=True):
    rollouts: list[msgspec.Raw]


_REQUEST = msgspec.json.Decoder(_Request)
_ROUGH = msgspec.json.Decoder(_RoughRequest)
_BODY = msgspec.json.Decoder(_Body)
_MESSAGES = msgspec.json.Decoder(list[_Message])


def read_rollouts(body: bytes, *, max_rollouts: int) -> list[Rollout | UnreadRollout]:
    """Return the rollouts of a request, in order.

    Raises:
        ProblemError: 400 for what is no JSON, 422 for an envelope that does not fit, or too many.
    """
    try:
        bodies: list[_Body | UnreadRollout] = [*_decoded(_REQUEST, body).rollouts]
    except msgspec.ValidationError:
        bodies = _one_by_one(body)
    if not 1 <= len(bodies) <= max_rollouts:
        expected = f"1 to {max_rollouts} rollouts"
        raise ProblemError(invalid([FieldError("/rollouts", expected, str(len(bodies)))]))
    reader = _Reader()
    return [each if isinstance(each, UnreadRollout) else reader.read(each) for each in bodies]


class _Reader:
    """Reads the rollouts of one request; equal parts give the same objects."""

    def __init__(self) -> None:
        self._messages: dict[bytes | str, tuple[Message, ...]] = {}
        self._values: dict[bytes, Any] = {}

    def read(self, body: _Body) -> Rollout | UnreadRollout:
        try:
            return Rollout(
                body.domain,
                self._prompt(body),
                body.response,
                self._value(bytes(body.reference)),
                self._params(bytes(body.params)),
                body.language,
                body.finish_reason,
                body.num_tokens,
                body.id,
                body.group,
            )
        except (msgspec.MsgspecError, JsonTextError, _MisfitError) as exc:
            return UnreadRollout(_said(exc), body.id, body.group)

    def _prompt(self, body: _Body) -> tuple[Message, ...]:
        raw = bytes(body.messages)
        has_messages = raw not in (b"", b"null")
        if has_messages == (body.prompt is not None):
            found = "both" if has_messages else "none"
            raise _MisfitError(f"expected either prompt or messages, found {found}")
        if body.prompt is not None:
            return _once(self._messages, body.prompt, _user_turn)
        return _once(self._messages, raw, _read_messages)

    def _params(self, raw: bytes) -> Mapping[str, Any]:
        params = self._value(raw)
        if params is None:
            return _NO_PARAMS
        if not isinstance(params, dict):
            raise _MisfitError(f"expected an object in params, found {shown(params)}")
        return params

    def _value(self, raw: bytes) -> Any:
        return _once(self._values, raw, parse_json) if raw else None


class _MisfitError(Exception):
    """A rollout is JSON, but not what was agreed on."""


_NO_PARAMS: Mapping[str, Any] = {}
K = TypeVar("K", bytes, str, bytes | str)


def _once(known: dict[Any, T], key: K, read: Callable[[K], T]) -> T:
    value = known.get(key)
    if value is None:
        value = known[key] = read(key)
    return value


def _user_turn(prompt: str) -> tuple[Message, ...]:
    return (Message("user", prompt),)


def _read_messages(raw: bytes) -> tuple[Message, ...]:
    messages = _MESSAGES.decode(raw)
    if not messages:
        raise _MisfitError("expected a message in messages, found none")
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


def _one_by_one(body: bytes) -> list[_Body | UnreadRollout]:
    try:
        rough = _decoded(_ROUGH, body)
    except msgspec.ValidationError as exc:
        raise ProblemError(
            invalid([FieldError("", "an object with rollouts", _said(exc))])
        ) from exc
    found: list[_Body | UnreadRollout] = []
    for raw in rough.rollouts:
        try:
            found.append(_BODY.decode(raw))
        except msgspec.ValidationError as exc:
            found.append(_unread(bytes(raw), _said(exc)))
    return found


def _unread(raw: bytes, reason: str) -> UnreadRollout:
    """Return the null of a rollout of another form, under its own id where it has one."""
    value = msgspec.json.decode(raw)
    members = value if isinstance(value, dict) else {}
    names = [members.get(name) for name in ("id", "group")]
    id_, group = [n if isinstance(n, str) and len(n) <= MAX_NAME_CHARS else None for n in names]
    return UnreadRollout(reason, id_, group)


def _decoded(decoder: "msgspec.json.Decoder[T]", body: bytes) -> T:
    try:
        return decoder.decode(body)
    except msgspec.ValidationError:
        raise
    except (msgspec.DecodeError, RecursionError) as exc:
        if isinstance(exc, msgspec.DecodeError) and any(half in body for half in _HALF_A_CHARACTER):
            return _decode_mended(decoder, body)
        raise _malformed(exc) from None


def _decode_mended(decoder: "msgspec.json.Decoder[T]", body: bytes) -> T:
    """Decode a body with half characters, which a policy may write: each becomes `?`."""
    try:
        mended = json.dumps(json.loads(body), ensure_ascii=False).encode("utf-8", "replace")
        return decoder.decode(mended)
    except msgspec.ValidationError:
        raise
    except (ValueError, RecursionError) as exc:
        raise _malformed(exc) from None


def _malformed(error: Exception) -> ProblemError:
    detail = f"expected one JSON object in UTF-8, found: {_said(error)}; send rollouts as JSON"
    return ProblemError(Problem(MALFORMED_BODY, detail))


def _said(error: Exception) -> str:
    text = error.reason if isinstance(error, JsonTextError) else str(error)
    text = text.replace("\n", " ")
    return text if len(text) <= MAX_REASON_CHARS else text[:MAX_REASON_CHARS] + "..."
