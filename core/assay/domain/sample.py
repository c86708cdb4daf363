"""The sample: one conversation, the unit that is graded, kept or rejected.

Two forms exist. The payload is the JSON object as read (`messages`, `tools`, `documents`), before
any fix; its canonical bytes give the sample its address (`sample_id`). `Sample` is the typed form
that rules, verifiers and judges read; it is built once the structure has been checked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple, TypeAlias

JsonValue: TypeAlias = (
    "bool | int | float | str | Sequence[JsonValue] | Mapping[str, JsonValue] | None"
)
JsonObject: TypeAlias = Mapping[str, JsonValue]

ROLES = ("system", "user", "assistant", "tool")
CONTENT_KEYS = ("documents", "messages", "tools")  # what the sample's address covers


class SampleType(StrEnum):
    """What kind of conversation a sample is; decides which checks and prompts apply."""

    SINGLE_TURN = "single_turn"
    MULTI_TURN = "multi_turn"
    RAG = "rag"
    TOOL_CALLING = "tool_calling"
    MULTILINGUAL = "multilingual"
    MATH = "math"
    CODE = "code"


class Row(NamedTuple):
    """Where a sample was read: the input file (as the user named it) and its 1-based line."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One call made by an assistant turn; `arguments` is the JSON text as written."""

    id: str | None
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Message:
    """One turn. `content` is None only where an assistant turn holds nothing but tool calls."""

    role: str
    content: str | None
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Tool:
    """A function that the sample declares; `parameters` is its JSON Schema as written."""

    name: str
    description: str
    parameters: JsonObject | None


@dataclass(frozen=True, slots=True)
class Document:
    """A passage that the answer may rest on."""

    doc_id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Sample:
    """A conversation whose structure has been checked."""

    messages: tuple[Message, ...]
    tools: tuple[Tool, ...] = ()
    documents: tuple[Document, ...] = ()
    type: SampleType = SampleType.SINGLE_TURN
    language: str | None = None
    metadata: JsonObject = field(default_factory=dict)
    source: str | None = None
    id: str | None = None

    @property
    def assistant_turns(self) -> tuple[int, ...]:
        """Indexes of the assistant messages, the only ones that are graded."""
        return tuple(i for i, m in enumerate(self.messages) if m.role == "assistant")
