"""The texts of a sample that are looked at, each with its place: every role and the documents."""

from collections.abc import Iterator
from typing import NamedTuple

from assay.domain.sample import JsonObject, JsonValue, Message, Sample
from assay_filter.decontamination.contamination import DOCUMENTS


class PlacedText(NamedTuple):
    """A text, the message it stands in (-1: the documents) and its field."""

    message: int
    field: str
    text: str


def texts_of(sample: Sample) -> Iterator[PlacedText]:
    """Yield documents first, then messages with their tool calls, in order."""
    for at, document in enumerate(sample.documents):
        if document.title:
            yield PlacedText(DOCUMENTS, f"documents/{at}/title", document.title)
        yield PlacedText(DOCUMENTS, f"documents/{at}/text", document.text)
    for index, message in enumerate(sample.messages):
        if message.content:
            yield PlacedText(index, "content", message.content)
        for at, call in enumerate(message.tool_calls):
            yield PlacedText(index, f"tool_calls/{at}/arguments", call.arguments)


def lenient_sample(payload: JsonObject) -> Sample:
    """Read what texts there are from a payload whose structure is unsound."""
    messages = payload.get("messages")
    found = [
        Message(str(message.get("role")), _text(message.get("content")))
        for message in (messages if isinstance(messages, list) else [])
        if isinstance(message, dict)
    ]
    return Sample(tuple(found))


def _text(content: JsonValue) -> str:
    if isinstance(content, str):
        return content
    if isinstance(content, dict):
        return _text(content.get("text"))
    if isinstance(content, list):
        return "\n".join(text for part in content if (text := _text(part)))
    return ""
