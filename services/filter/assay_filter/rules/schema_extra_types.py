"""Turns content of other JSON types into text where that loses nothing.

A list of text parts becomes the joined text, arguments given as an object become JSON text. Parts
that are no text (images, audio) cannot be trained on as text and drop. So does an answer that is
exactly the name of nothing in some language: a serialiser wrote it, not a model.
"""

from collections.abc import Iterable, Mapping, Sequence

import orjson
from pydantic import Field

from assay.domain.action import Action, Drop, Edit, Fix
from assay.domain.sample import JsonObject, JsonValue
from assay_filter.rules.payload import is_list, message_list, role_of
from assay_filter.rules.rule import PayloadRule, RuleSettings

_TEXT_PARTS = ("text", "input_text", "output_text")


class SchemaExtraTypesSettings(RuleSettings):
    """How parts are joined and what no answer looks like."""

    joiner: str = Field(
        default="\n", description="text put between the parts of a content list; empty glues them"
    )
    nothings: tuple[str, ...] = Field(
        default=("None", "null", "NaN", "nan", "undefined", "[object Object]"),
        description="whole answers that a serialiser wrote; compared exactly, letter case included",
    )


class SchemaExtraTypes(PayloadRule[SchemaExtraTypesSettings]):
    """Yields a Fix for each value that has a text form, a Drop for each that has none."""

    id = "schema.extra_types"
    summary = "Lists of text parts become text (fix); other parts and serialised nothings drop"
    settings_type = SchemaExtraTypesSettings

    def check(self, payload: JsonObject) -> Iterable[Action]:
        for index, message in enumerate(message_list(payload)):
            if not isinstance(message, dict):
                continue
            content = message.get("content")
            if isinstance(content, str):
                if role_of(message) == "assistant" and content in self.settings.nothings:
                    yield Drop(f"the answer at /messages/{index}/content is {content!r}")
            elif content is not None:
                yield from self._content(f"/messages/{index}/content", content)
            if message.get("tool_calls"):
                yield from _arguments(index, message)

    def _content(self, pointer: str, content: JsonValue) -> Iterable[Action]:
        parts = [content] if isinstance(content, dict) else content
        if not is_list(parts):
            return  # numbers and booleans: schema.messages says so
        texts: list[str] = []
        for number, part in enumerate(parts):
            text = _part_text(part)
            if text is None:
                yield Drop(
                    f"{pointer}/{number} is no text but {_kind(part)!r}; expected text parts"
                )
                return
            texts.append(text)
        joined = self.settings.joiner.join(texts)
        yield Fix(
            (Edit(pointer, None, content, joined),), f"{pointer} is {len(texts)} text part(s)"
        )


def _part_text(part: JsonValue) -> str | None:
    if isinstance(part, str):
        return part
    if not isinstance(part, dict) or part.get("type", "text") not in _TEXT_PARTS:
        return None
    text = part.get("text")
    return text if isinstance(text, str) else None


def _kind(part: JsonValue) -> str:
    kind = part.get("type") if isinstance(part, dict) else None
    return kind[:80] if isinstance(kind, str) else type(part).__name__


def _arguments(index: int, message: Mapping[str, JsonValue]) -> Iterable[Action]:
    calls = message["tool_calls"]
    if not is_list(calls):
        return
    for number, call in enumerate(calls):
        function = call.get("function") if isinstance(call, dict) else None
        arguments = function.get("arguments") if isinstance(function, dict) else None
        if isinstance(arguments, dict):
            pointer = f"/messages/{index}/tool_calls/{number}/function/arguments"
            yield Fix(
                (Edit(pointer, None, arguments, _json(arguments)),),
                f"{pointer} is an object; expected JSON text",
            )


def _json(value: Mapping[str, JsonValue] | Sequence[JsonValue]) -> str:
    return orjson.dumps(value).decode()
