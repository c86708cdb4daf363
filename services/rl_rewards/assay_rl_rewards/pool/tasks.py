"""A task as it travels to a worker: the fields of `Task` as JSON."""

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from assay.domain.errors import InvalidTaskError
from assay.domain.sample import Message, ToolCall
from assay_rl_rewards.verifier import Task


class _ToolCall(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str | None = None
    name: str
    arguments: str


class _Turn(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    role: str
    content: str | None = None
    tool_calls: tuple[_ToolCall, ...] = ()
    tool_call_id: str | None = None


class _Task(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    domain: str
    messages: tuple[_Turn, ...] = ()
    reference: JsonValue = None
    params: dict[str, JsonValue] = Field(default_factory=dict)
    language: str | None = None


def parse_task(payload: bytes) -> Task:
    """Return the task of its JSON.

    Raises:
        InvalidTaskError: a field is missing, unknown or of another type.
    """
    try:
        read = _Task.model_validate_json(payload)
    except ValidationError as exc:
        first = exc.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(step) for step in first["loc"])[:80]
        raise InvalidTaskError(f"task field {place!r}: {first['type']}") from None
    messages = tuple(
        Message(
            turn.role,
            turn.content,
            tuple(ToolCall(call.id, call.name, call.arguments) for call in turn.tool_calls),
            turn.tool_call_id,
        )
        for turn in read.messages
    )
    return Task(read.domain, messages, read.reference, read.params, read.language)
